"""Two builds in turn, so that a shared machine's moods fall on both: medians of the ratios of their times, second over first.

From the root of the repository:
  python3 Benchmarks/turns.py kernels TREE TREE [shapes=MxNxK,…] [isa=0|1|2] [turns=25] [threads=2]
      products of two working trees: A·B, A·Bt and At·B, and whether their bits are the same; needs clang and NumPy
  PEERS_PYTHON=…/python python3 Benchmarks/turns.py cases DL DL CASE… [turns=7] [seconds=0.4]
      whole steps of the cases of Benchmarks/peers by two `dl` binaries; FOLDER of each case is made anew; needs NumPy
"""
import ctypes as c, os, re, statistics, subprocess, sys, tempfile, time

HERE = os.path.dirname(os.path.abspath(__file__))
SHAPES = "128x512x784,512x784x128,128x256x512,2048x512x128,2048x128x512,2048x128x128,128x512x2048,512x128x2048,512x128x3200,3200x512x32,512x32x3200,64x784x256,784x256x64,120x400x64,1024x64x576,1024x1024x1024"
F32 = 3


class Product(c.Structure):
    """`ck_product_args`."""
    _fields_ = ([(x, c.c_void_p) for x in ("a", "b", "c")]
                + [(x, c.c_int64) for x in ("m", "n", "k", "batch", "a_row", "a_column", "b_row", "b_column", "c_row", "a_batch", "b_batch", "c_batch")]
                + [(x, c.c_void_p) for x in ("packed", "bias", "residual")] + [("type", c.c_uint8)]
                + [(x, c.c_bool) for x in ("bias_per_row", "relu", "accumulate", "is_packed", "is_alone")])


class Library:
    def __init__(self, tree, folder, isa, threads):
        path = tempfile.mktemp(suffix=".so", dir=folder)
        sources = os.path.join(tree, "Sources/CKernels")
        files = [os.path.join(sources, f) for f in sorted(os.listdir(sources)) if f.endswith(".c")]
        subprocess.run(["clang", "-std=gnu17", "-O2", "-fPIC", "-shared", "-I" + os.path.join(sources, "include"), *files, "-lpthread", "-lm", "-o", path], check=True)
        library = self.library = c.CDLL(path, mode=os.RTLD_LOCAL)
        library.ck_pool_create.restype, library.ck_product_tiles.restype = c.c_void_p, c.c_int64
        library.ck_pool_run.argtypes = [c.c_void_p, c.c_int64, c.c_void_p, c.c_void_p]
        library.ck_set_isa(isa)
        self.pool, self.run = library.ck_pool_create(threads), c.cast(library.ck_product_run, c.c_void_p)

    def seconds(self, product, count):
        pointer = c.cast(c.pointer(product), c.c_void_p)
        tiles = self.library.ck_product_tiles(pointer)
        start = time.perf_counter()
        for _ in range(count): self.library.ck_pool_run(self.pool, tiles, self.run, pointer)
        return (time.perf_counter() - start) / count


def kernels(trees, options):
    import numpy as np
    random, ratios = np.random.default_rng(1), []
    with tempfile.TemporaryDirectory() as folder:
        libraries = [Library(tree, folder, int(options.get("isa", -1)), int(options.get("threads", 2))) for tree in trees]
        for shape in options.get("shapes", SHAPES).split(","):
            m, n, k = map(int, shape.split("x"))
            line = [f"{shape:16}"]
            for kind, turns_a, turns_b in (("A B", False, False), ("A Bt", False, True), ("At B", True, False)):
                a, b = (random.standard_normal(count).astype(np.float32) for count in (m * k, k * n))
                results, products = [np.zeros(m * n, np.float32) for _ in libraries], []
                for result in results:
                    p = Product(m=m, n=n, k=k, batch=1, c_row=n, type=F32)
                    p.a, p.b, p.c = a.ctypes.data, b.ctypes.data, result.ctypes.data
                    p.a_row, p.a_column = (1, m) if turns_a else (k, 1)
                    p.b_row, p.b_column = (1, k) if turns_b else (n, 1)
                    products.append(p)
                count, turns, rates = max(1, int(2e8 / (2 * m * n * k))), [], []
                for _ in range(int(options.get("turns", 25))):
                    times = []
                    for library, product in zip(libraries, products):
                        library.seconds(product, 1)
                        times.append(library.seconds(product, count))
                    turns.append(times[1] / times[0])
                    rates.append(2e-9 * m * n * k / times[0])
                ratios.append(statistics.median(turns))
                same = "" if results[0].tobytes() == results[1].tobytes() else " other bits"
                line.append(f"{kind} {ratios[-1]:.3f} ({statistics.median(rates):.0f} GFLOP/s){same}")
            print("  ".join(line), flush=True)
    print(f"geometric mean {statistics.geometric_mean(ratios):.3f}")


def cases(binaries, names, options):
    python = os.environ.get("PEERS_PYTHON", sys.executable)
    for name in names:
        with tempfile.TemporaryDirectory() as folder:
            make = f"import sys; sys.path.insert(0, {os.path.join(HERE, 'peers')!r}); import cases; cases.write({name!r}, {folder!r})"
            subprocess.run([python, "-c", make], check=True)
            turns = []
            for _ in range(int(options.get("turns", 7))):
                times = []
                for dl in binaries:
                    command = [dl, "run", os.path.join(HERE, "peers", name + ".dl"), folder, options.get("seconds", "0.4")]
                    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
                    times.append(float(re.search(r"step ([\d.e-]+)", printed).group(1)))
                turns.append(times[1] / times[0])
            print(f"{name}: {statistics.median(turns):.3f} ({min(turns):.3f} to {max(turns):.3f})", flush=True)


if __name__ == "__main__":
    words = [w for w in sys.argv[1:] if "=" not in w]
    options = dict(w.split("=", 1) for w in sys.argv[1:] if "=" in w)
    if len(words) == 3 and words[0] == "kernels": kernels(words[1:], options)
    elif len(words) > 3 and words[0] == "cases": cases(words[1:3], words[3:], options)
    else: sys.exit(__doc__)
