"""Ours and the peers' on the same work, turn by turn in one run: `make bench-peers`, or `python3 Benchmarks/peers/compare.py [CASE…]`.

PEERS_PYTHON names a Python that has numpy, torch, jax, onnx and onnxruntime (a throw-away environment; never a dependency of the project). DL is the
command, `.build/release/dl` unless given; PEERS limits the peers (torch-eager,torch-fused,torch-last,torch-compile,jax,onnx), ROUNDS the turns (5),
TURN the seconds of a turn (0.7), THREADS the threads (2), BUSY how many other processes compute meanwhile (0).
"""
import json, os, subprocess, statistics, sys, tempfile, time

HERE = os.path.dirname(os.path.abspath(__file__))
PYTHON = os.environ.get("PEERS_PYTHON", sys.executable)
if os.path.realpath(PYTHON) != os.path.realpath(sys.executable) and "PEERS_INSIDE" not in os.environ:
    os.execve(PYTHON, [PYTHON, *sys.argv], {**os.environ, "PEERS_INSIDE": "1"})
sys.path.insert(0, HERE)
import cases as C
import peak

DL = os.environ.get("DL", os.path.join(HERE, "../../.build/release/dl"))
ROUNDS, SECONDS, THREADS = int(os.environ.get("ROUNDS", 5)), float(os.environ.get("TURN", 0.7)), os.environ.get("THREADS", "2")
THREAD_OPTION = ["--threads", THREADS] if "THREADS" in os.environ else []
GOALS = dict(mlp=0.72, mlp_small=0.33, lenet=0.27, cnn=0.52, resnet18_cifar=0.55, lstm=0.72, transformer=0.72, gan=0.80, infer_mlp_b1=0.65, infer_resnet18_b1=0.70)


def peers(case):
    image = C.network(case) in ("lenet", "cnn", "resnet18_cifar")
    every = ["torch-eager", "torch-compile", "jax"]
    every += ["onnx"] if C.only_infers(case) else ["torch-fused"]
    every += ["torch-last"] if image else []
    wanted = os.environ.get("PEERS")
    return [peer for peer in every if wanted is None or peer in wanted.split(",")]


class Peer:
    """A process that has done its warm-up and waits for its turns."""
    def __init__(self, name, case):
        kind, _, variant = name.partition("-")
        self.name, self.times = name, []
        self.errors = tempfile.TemporaryFile()
        self.process = subprocess.Popen([PYTHON, f"{HERE}/peer_{kind}.py", case, variant or "default", THREADS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors, text=True, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"})
        self.ready = self.read()
    def read(self):
        line = self.process.stdout.readline()
        while line and not line.startswith("{"): line = self.process.stdout.readline()
        if not line:
            self.errors.seek(0); raise RuntimeError(self.errors.read().decode()[-300:])
        return json.loads(line)
    def turn(self):
        self.process.stdin.write(f"{SECONDS}\n"); self.process.stdin.flush()
        self.times.append(self.read()["seconds"])
    def end(self):
        self.process.stdin.close(); self.process.wait()


class Ours:
    """A process of its own every turn."""
    def __init__(self, case, folder):
        self.case, self.folder, self.times, self.megabytes = case, folder, [], 0
    def turn(self):
        output, most = peak.run([DL, "run", *THREAD_OPTION, f"{HERE}/{self.case}.dl", self.folder, str(SECONDS)])
        words = output.split()
        self.loss, self.first = float(words[1]), float(words[3])
        self.times.append(float(words[5])); self.megabytes = most / 2**20


def milliseconds(times): return statistics.median(times) * 1e3


def main():
    wanted, ratios = sys.argv[1:] or list(C.CASES), []
    print(f"{time.strftime('%Y-%m-%d')}, {os.cpu_count()} processors, {THREADS} threads, {ROUNDS} turns of {SECONDS} s each, load {os.getloadavg()[0]:.1f}\n")
    print("| case | ours, ms | best peer, ms | ratio | goal | loss: ours, theirs | MB: ours, theirs | first step, ms | others, ms |\n|" + "---|" * 9, flush=True)
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(int(os.environ.get("BUSY", 0)))]
    try: run(wanted, ratios)
    finally:
        for process in busy: process.kill()
    if ratios: print(f"\nGeometric mean of the ratios: {statistics.geometric_mean(ratios):.2f}. Load at the end {os.getloadavg()[0]:.1f}.")


def run(wanted, ratios):
    with tempfile.TemporaryDirectory() as folder:
        for case in wanted:
            C.write(case, folder)
            ours, others = Ours(case, folder), []
            for name in peers(case):
                try: others.append(Peer(name, case))
                except RuntimeError as error: print(f"{case}: {name} failed: {error}", file=sys.stderr)
            for _ in range(ROUNDS):
                ours.turn()
                for peer in others: peer.turn()
            for peer in others: peer.end()
            mine = milliseconds(ours.times)
            if not others: print(f"| {case} | {mine:.4g} | | | {GOALS[case]} | {ours.loss:.5f} | {ours.megabytes:.0f} | {ours.first * 1e3:.1f} | |", flush=True); continue
            best = min(others, key=lambda peer: milliseconds(peer.times))
            # Turn against turn: what else the machine does meanwhile slows both.
            ratio = statistics.median(a / b for a, b in zip(ours.times, best.times)); ratios.append(ratio)
            same = abs(ours.loss - best.ready["loss"]) <= 1e-3 * max(1, abs(best.ready["loss"]))
            rest = ", ".join(f"{peer.name} {milliseconds(peer.times):.4g}" for peer in others if peer is not best)
            print(f"| {case} | {mine:.4g} | {best.name} {milliseconds(best.times):.4g} | **{ratio:.2f}** | {GOALS[case]} | {ours.loss:.5f}, {best.ready['loss']:.5f}{'' if same else ' DIFFER'} | {ours.megabytes:.0f}, {best.ready['megabytes']:.0f} | {ours.first * 1e3:.1f} | {rest} |", flush=True)


if __name__ == "__main__": main()
