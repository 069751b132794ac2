"""What `dl plan` foretells of a process's memory beside what it takes: `PEERS_PYTHON=…/python python3 Benchmarks/memory.py [CASE…]`.

The ten cases of `peers`. Foretold is the sum of the parts under "the whole process"; measured is the peak of resident memory of a run of SECONDS (0.5)
seconds. PEERS_PYTHON names a Python with numpy, which writes the cases' files; DL is the command.
"""
import json, os, subprocess, sys, tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
PYTHON = os.environ.get("PEERS_PYTHON", sys.executable)
if os.path.realpath(PYTHON) != os.path.realpath(sys.executable) and "PEERS_INSIDE" not in os.environ:
    os.execve(PYTHON, [PYTHON, *sys.argv], {**os.environ, "PEERS_INSIDE": "1"})
sys.path.insert(0, f"{HERE}/peers")
import cases as C
import peak

DL, SECONDS = os.environ.get("DL", f"{HERE}/../.build/release/dl"), os.environ.get("SECONDS", "0.5")


def foretold(program, folder):
    """Bytes by part."""
    text = subprocess.run([DL, "plan", "--json", program, folder, "0"], check=True, capture_output=True, text=True).stdout
    return next(event["parts"] for event in map(json.loads, text.splitlines()) if event["event"] == "process")


def measured(program, folder):
    """The most bytes that were in memory at once."""
    return peak.run([DL, "run", program, folder, SECONDS])[1]


def main():
    names, rows = [], []
    with tempfile.TemporaryDirectory() as folder:
        for case in sys.argv[1:] or C.CASES:
            C.write(case, folder)
            program = f"{HERE}/peers/{case}.dl"
            parts, most = foretold(program, folder), measured(program, folder)
            names += [name for name in parts if name not in names]
            rows.append((case, parts, most))
    print("| case | " + " | ".join(names) + " | foretold, MB | measured, MB | ratio |\n|" + "---|" * (len(names) + 4))
    for case, parts, most in rows:
        total = sum(parts.values())
        print(f"| {case} | " + " | ".join(f"{parts.get(name, 0) / 2**20:.1f}" for name in names) + f" | {total / 2**20:.1f} | {most / 2**20:.1f} | {total / most:.2f} |")


if __name__ == "__main__": main()
