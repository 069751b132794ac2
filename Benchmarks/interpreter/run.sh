#!/bin/bash
# Times the same programs in Daedal, CPython and Lua, turn by turn, and prints the medians in milliseconds (start-up included).
# Usage: Benchmarks/interpreter/run.sh [turns]; DL, PYTHON and LUA name other commands.
set -e
cd "$(dirname "$0")"
turns=${1:-5}
dl=${DL:-../../.build/release/dl}
python=${PYTHON:-python3}
lua=${LUA:-lua5.4}
now() { date +%s%N; }
median() { sort -n | awk '{ v[NR] = $1 } END { print (NR % 2) ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }
printf '%-10s %10s %10s %10s %12s %10s\n' program daedal "$("$python" -V | tr -d ' ')" lua5.4 'vs python' 'vs lua'
for program in fib loop sort closures; do
    rm -f /tmp/daedal-bench-$$-*
    for _ in $(seq "$turns"); do
        for language in dl py lua; do
            case $language in dl) command=("$dl" fib.dl) ;; py) command=("$python" fib.py) ;; lua) command=("$lua" fib.lua) ;; esac
            command[1]=$program.$language
            start=$(now)
            "${command[@]}" > /dev/null
            echo $((($(now) - start) / 10000)) >> /tmp/daedal-bench-$$-$language
        done
    done
    d=$(median < /tmp/daedal-bench-$$-dl); p=$(median < /tmp/daedal-bench-$$-py); l=$(median < /tmp/daedal-bench-$$-lua)
    awk -v n=$program -v d="$d" -v p="$p" -v l="$l" \
        'BEGIN { printf "%-10s %10.1f %10.1f %10.1f %11.2fx %9.2fx\n", n, d / 100, p / 100, l / 100, p / d, l / d }'
done
rm -f /tmp/daedal-bench-$$-*
