"""What a process takes from its start to its end: `python3 Benchmarks/start.py [DL…]`, each DL a build of the command to compare.

`first.dl` makes a tiny network, takes the first step of its training and ends; beside it one expression, `dl -e '1 + 1'`. Medians of ROUNDS (40)
rounds, the builds in turn, and the most memory at once. `.build/release/dl` unless given.
"""
import os, statistics, subprocess, sys, time
import peak

HERE = os.path.dirname(os.path.abspath(__file__))
BUILDS, ROUNDS = sys.argv[1:] or [f"{HERE}/../.build/release/dl"], int(os.environ.get("ROUNDS", 40))
WORK = {"the first step of a tiny network": [f"{HERE}/first.dl"], "`-e '1 + 1'`": ["-e", "1 + 1"]}


def seconds(command):
    begin = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begin


def main():
    print("| build | work | ms | MB |\n|" + "---|" * 4)
    for name, arguments in WORK.items():
        times = [[seconds([dl, *arguments]) for dl in BUILDS] for _ in range(ROUNDS + 2)][2:]
        for dl, own in zip(BUILDS, zip(*times)):
            print(f"| {dl} | {name} | {statistics.median(own) * 1e3:.1f} | {peak.run([dl, *arguments])[1] / 2**20:.1f} |", flush=True)


if __name__ == "__main__": main()
