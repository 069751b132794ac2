"""Milliseconds of a training step against width, depth, batch and sequence length, ours and PyTorch's, turn by turn: `python3 Benchmarks/growth/growth.py [AXIS…]`.

PEERS_PYTHON names a Python with torch; DL the command (`.build/release/dl` unless given); ROUNDS the turns (3), TURN the seconds of a turn (0.1),
THREADS the threads (2). PyTorch is eager, with the optimizer's defaults and fused; the faster counts. `work` is the multiply-adds of a step; a column
`^` is the exponent between a row and the one above it: of the work, of ours, of PyTorch's. Cost grows as it should where ours is not above the
work's.
"""
import json, math, os, statistics, subprocess, sys, time

HERE = os.path.dirname(os.path.abspath(__file__))
PYTHON, DL = os.environ.get("PEERS_PYTHON", sys.executable), os.environ.get("DL", os.path.join(HERE, "../../.build/release/dl"))
ROUNDS, SECONDS, THREADS = int(os.environ.get("ROUNDS", 3)), float(os.environ.get("TURN", 0.1)), os.environ.get("THREADS", "2")
THREAD_OPTION = ["--threads", THREADS] if "THREADS" in os.environ else []
# Axis: kind, what stays (width, depth, batch, time), which of them grows, and its sizes.
AXES = {
    "perceptron, width": ("perceptron", (0, 4, 128, 1), 0, (64, 128, 256, 512, 1024, 2048)),
    "perceptron, depth": ("perceptron", (256, 0, 128, 1), 1, (2, 4, 8, 16, 32)),
    "perceptron, batch": ("perceptron", (256, 4, 0, 1), 2, (1, 4, 16, 64, 256, 1024)),
    "LSTM, time": ("lstm", (128, 1, 32, 0), 3, (16, 32, 64, 128, 256, 512)),
    "attention, time": ("attention", (128, 1, 8, 0), 3, (16, 32, 64, 128, 256, 512)),
}


def work(kind, width, depth, batch, length):
    """Multiply-adds of the products of a step: forward, and twice as many backward (the first layer has no gradient of its input)."""
    if kind == "perceptron": return batch * (3 * (depth - 1) * width * width - width * width + 3 * 10 * width)
    if kind == "lstm": return batch * length * (2 + 3) * 4 * width * width
    return batch * length * 3 * (4 * width * width + 2 * length * width)


class Torch:
    def __init__(self):
        self.process = subprocess.Popen([PYTHON, f"{HERE}/growth_torch.py", THREADS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    def ask(self, line):
        self.process.stdin.write(f"{line}\n"); self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


def ours(kind, sizes):
    words = subprocess.run([DL, "run", *THREAD_OPTION, f"{HERE}/growth.dl", kind, str(SECONDS), *map(str, sizes)], stdout=subprocess.PIPE, text=True, check=True).stdout.split()
    return float(words[5]), int(words[7])


def main():
    torch = Torch()
    print(f"{time.strftime('%Y-%m-%d')}, {os.cpu_count()} processors, {THREADS} threads, {ROUNDS} turns of {SECONDS} s each\n")
    print("| axis | size | work, M | ours, ms | PyTorch, ms | ratio | ^ work | ^ ours | ^ PyTorch |\n|" + "---|" * 9, flush=True)
    ratios = []
    for axis, (kind, fixed, at, values) in AXES.items():
        if sys.argv[1:] and not any(word in axis for word in sys.argv[1:]): continue
        before = None
        for value in values:
            sizes = [value if i == at else size for i, size in enumerate(fixed)]
            parameters = torch.ask(f"{kind} {' '.join(map(str, sizes))}")["parameters"]
            mine, theirs = [], []
            for _ in range(ROUNDS):
                seconds, count = ours(kind, sizes); mine.append(seconds)
                if count != parameters: sys.exit(f"{axis} {value}: {count} parameters, PyTorch has {parameters}")
                theirs.append(torch.ask(SECONDS))
            best = min(("default", "fused"), key=lambda name: statistics.median(t[name] for t in theirs))
            row = (work(kind, *sizes), statistics.median(mine), statistics.median(t[best] for t in theirs))
            ratio = statistics.median(a / t[best] for a, t in zip(mine, theirs)); ratios.append(ratio)
            exponents = [f"{math.log(b / a) / math.log(value / before[0]):.2f}" for a, b in zip(before[1], row)] if before else ["", "", ""]
            print(f"| {axis} | {value} | {row[0] / 1e6:.3g} | {row[1] * 1e3:.3g} | {row[2] * 1e3:.3g} | {ratio:.2f} | {' | '.join(exponents)} |", flush=True)
            before = (value, row)
    print(f"\nGeometric mean of the ratios: {statistics.geometric_mean(ratios):.2f}; worst {max(ratios):.2f}.")


if __name__ == "__main__": main()
