"""One thread beside two, turn by turn: `PEERS_PYTHON=…/python python3 Benchmarks/threads.py [CASE…]` (cnn, resnet18_cifar and transformer unless given).

Of the cases of `peers`, ours alone: the seconds of a step on one thread over those on two, the median of the ratios of neighbouring turns. DL is the
command, ROUNDS the turns (7), TURN the seconds of a turn (0.7).
"""
import os, statistics, subprocess, sys, tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
PYTHON = os.environ.get("PEERS_PYTHON", sys.executable)
if os.path.realpath(PYTHON) != os.path.realpath(sys.executable) and "PEERS_INSIDE" not in os.environ:
    os.execve(PYTHON, [PYTHON, *sys.argv], {**os.environ, "PEERS_INSIDE": "1"})
sys.path.insert(0, f"{HERE}/peers")
import cases as C

DL = os.environ.get("DL", f"{HERE}/../.build/release/dl")
ROUNDS, TURN = int(os.environ.get("ROUNDS", 7)), os.environ.get("TURN", "0.7")


def step(case, folder, threads):
    """The seconds of a step."""
    command = [DL, "run", "--threads", str(threads), f"{HERE}/peers/{case}.dl", folder, TURN]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[5])


def main():
    print("| case | one thread, ms | two threads, ms | ratio |\n|" + "---|" * 4)
    with tempfile.TemporaryDirectory() as folder:
        for case in sys.argv[1:] or ["cnn", "resnet18_cifar", "transformer"]:
            C.write(case, folder)
            turns = [(step(case, folder, 1), step(case, folder, 2)) for _ in range(ROUNDS)]
            one, two = (statistics.median(turn[k] for turn in turns) * 1e3 for k in (0, 1))
            print(f"| {case} | {one:.4g} | {two:.4g} | {statistics.median(a / b for a, b in turns):.2f} |", flush=True)


if __name__ == "__main__": main()
