"""What a step costs outside its kernels: `python3 Benchmarks/dispatch/dispatch.py [DL…]`, each DL a build of the command to compare.

A step of `chain.dl` is a plan of about fifty steps of some hundred operations each. For every build and kind of step: the microseconds of a whole step
(the builds take turns, the best counts), and their parts by the share of samples that `perf` takes in C functions of `CKernels`, in the Swift runtime's
counting of references and checks of exclusive access, in `malloc`, and in all else. ROUNDS turns (5); STEPS steps a turn (20000). With COUNT=1 valgrind
counts allocations and instructions a step instead, exactly: of a run with 3000 steps less one with 1000.
"""
import os, re, subprocess, sys, tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
BUILDS = sys.argv[1:] or [os.path.join(HERE, "../../.build/release/dl")]
ROUNDS, STEPS = int(os.environ.get("ROUNDS", 5)), int(os.environ.get("STEPS", 20000))
KINDS = os.environ.get("KINDS", "train minimize call").split()
GROUPS = ["kernels", "counting", "exclusivity", "malloc", "rest"]


def command(dl, kind, steps): return [dl, "run", "--threads", "1", f"{HERE}/chain.dl", kind, str(steps)]


def group(symbol):
    """The group of a function by its name. Functions of C that no library has are kernels; the pool and the clock are not."""
    if re.match(r"_?swift_(non?atomic_)?(retain|release|bridgeObject|isUniquely|unowned|weak)|_swift_release_dealloc|.*RefCount", symbol): return "counting"
    if re.match(r"swift_(begin|end)Access|.*(AccessSet|SwiftTLSContext)|__tls_get_addr", symbol): return "exclusivity"
    if re.match(r"_?_?(int_|libc_)?(malloc|free|calloc|realloc|memalign|cfree|posix_memalign)|swift_(slow)?(A|a|De|de)lloc|malloc_consolidate|unlink_chunk|sysmalloc", symbol): return "malloc"
    if re.match(r"\$s|swift|_swift|__swift|ck_pool|ck_nanoseconds|ck_float|work$|relax$|std::|_ZN|str|pthread|_?_?dl_|do_lookup|clock_gettime|__vdso|\[|0x|_?start|main|_?_?vdso|entry_|__irq|asm_|do_|sys", symbol): return "rest"
    return "kernels"


def shares(dl, kind):
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/perf.data"
        subprocess.run(["perf", "record", "-q", "-e", "cpu-clock:u", "-F", "10000", "-o", path, *command(dl, kind, STEPS)], check=True, capture_output=True)
        text = subprocess.run(["perf", "report", "-i", path, "--no-children", "--sort", "symbol", "--stdio", "-g", "none"], check=True, capture_output=True, text=True).stdout
    sums = dict.fromkeys(GROUPS, 0.0)
    for line in text.splitlines():
        match = re.match(r"\s*([\d.]+)%\s+\[.\]\s+(\S.*?)(\s+-\s+-)?\s*$", line)
        if match: sums[group(match.group(2))] += float(match.group(1))
    whole = sum(sums.values()) or 1
    return {name: value / whole for name, value in sums.items()}


def counted(dl, kind, steps):
    """Instructions, and calls of malloc and its like, of a whole run."""
    with tempfile.TemporaryDirectory() as folder:
        path, bare = f"{folder}/out", f"{folder}/dl"
        # valgrind does not read the debugging symbols of every compiler.
        subprocess.run(["objcopy", "--strip-debug", dl, bare], check=True)
        subprocess.run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={path}", *command(bare, kind, steps)], check=True, capture_output=True)
        names, calls, instructions, name = {}, {}, 0, None
        for line in open(path):
            match = re.match(r"c?fn=\((\d+)\)(?: (.*))?", line)
            if match:
                if match.group(2): names[match.group(1)] = match.group(2).rstrip()
                name = names[match.group(1)]
            elif line.startswith("calls="):
                calls[name] = calls.get(name, 0) + int(line[6:].split()[0])
            elif line.startswith(("summary:", "totals:")): instructions = int(line.split()[1])
    total = lambda pattern: sum(count for name, count in calls.items() if re.fullmatch(pattern, name))
    return [instructions, total(r"malloc|posix_memalign|calloc|realloc"), total(r"swift_(bridgeObject)?[rR]etain(_n)?"), total(r"swift_beginAccess")]


def main():
    if os.environ.get("COUNT"):
        print("| build | step | instructions | allocations | retains | checks of access |\n|" + "---|" * 6)
        for dl in BUILDS:
            for kind in KINDS:
                few, many = counted(dl, kind, 1000), counted(dl, kind, 3000)
                # Seven turns in a run.
                print(f"| {dl} | {kind} | " + " | ".join(f"{(b - a) / 14000:.1f}" for a, b in zip(few, many)) + " |", flush=True)
        return
    print("| build | step | whole step, µs | outside kernels, µs | " + " | ".join(GROUPS) + " |\n|" + "---|" * (4 + len(GROUPS)))
    for kind in KINDS:
        times = {dl: [] for dl in BUILDS}
        for _ in range(ROUNDS):
            for dl in BUILDS: times[dl].append(float(subprocess.run(command(dl, kind, STEPS), check=True, capture_output=True, text=True).stdout))
        for dl in BUILDS:
            whole, parts = min(times[dl]), shares(dl, kind)
            print(f"| {dl} | {kind} | {whole:.2f} | {whole * (1 - parts['kernels']):.2f} | " + " | ".join(f"{whole * parts[name]:.2f}" for name in GROUPS) + " |", flush=True)


if __name__ == "__main__": main()
