#!/usr/bin/env bash
# Trains on a CSV that is larger than the memory it may use, made on the spot and removed again, and prints the most memory that was used.
#   bash Benchmarks/streaming/run.sh [gigabytes, 4 unless given] [folder for the file, /tmp unless given]
set -euo pipefail
cd "$(dirname "$0")/../.."
gigabytes=${1:-4}
folder=${2:-/tmp}
dl=${DL:-.build/release/dl}
file=$(mktemp "$folder/daedal-streaming-XXXXXX.csv")
block=$(mktemp "$folder/daedal-streaming-XXXXXX.block")
trap 'rm -f "$file" "$block"' EXIT

# Rows of sixteen numbers and a target that depends on them; a block of 64 MB is written once and repeated.
awk 'BEGIN {
  srand(1)
  while (bytes < 64 * 1048576) {
    sum = 0; line = ""
    for (i = 1; i <= 16; i++) { x = rand() * 2 - 1; sum += x * (i % 4 - 1.5); line = line sprintf("%.5f,", x) }
    line = line sprintf("%.4f", sum + 0.1 * (rand() - 0.5))
    bytes += length(line) + 1
    print line
  }
}' > "$block"
{
  for i in $(seq 16); do printf 'x%d,' "$i"; done
  echo y
  for _ in $(seq $((gigabytes * 16))); do cat "$block"; done
} > "$file"
rm -f "$block"
echo "file: $(du -h "$file" | cut -f1)"

# GNU time where there is one, else the shell's own children.
if [ -x /usr/bin/time ]; then
  /usr/bin/time -f 'peak memory: %M KB, %e s, %P of a processor' "$dl" run Benchmarks/streaming/stream.dl "$file"
else
  "$dl" run Benchmarks/streaming/stream.dl "$file" &
  pid=$!
  most=0
  while kill -0 "$pid" 2> /dev/null; do
    now=$(awk '/VmHWM/ { print $2 }' "/proc/$pid/status" 2> /dev/null || echo 0)
    [ "${now:-0}" -gt "$most" ] && most=$now
    sleep 0.2
  done
  wait "$pid"
  echo "peak memory: $most KB"
fi
