"""The ten cases: their fixed parameters and batches, which every contestant starts from, and the loop that times a peer.

Layouts are PyTorch's: dense [out, in], convolution [out, in, k, k]. Four batches are used in turn, so that the loss at step `check` must agree
between all contestants: they did the same work.
"""
import json, os, sys, time
import numpy as np

sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import peak

BATCHES = 4
MOMENTUM = 0.9
CASES = {
    "mlp": dict(batch=128, optimizer="adam", rate=1e-3, check=20),
    "mlp_small": dict(batch=32, optimizer="sgd", rate=0.05, check=50),
    "lenet": dict(batch=64, optimizer="adam", rate=1e-3, check=20),
    "cnn": dict(batch=64, optimizer="sgd", rate=1e-3, check=8),
    "resnet18_cifar": dict(batch=16, optimizer="sgd", rate=1e-3, check=4),
    "lstm": dict(batch=64, optimizer="adam", rate=1e-3, check=20),
    "transformer": dict(batch=16, optimizer="adamw", rate=3e-4, decay=0.01, check=8),
    "gan": dict(batch=64, optimizer="adam", rate=2e-4, betas=(0.5, 0.999), check=20),
    "infer_mlp_b1": dict(batch=1, network="mlp", check=1),
    "infer_resnet18_b1": dict(batch=1, network="resnet18_cifar", check=1),
}
# (channels in, channels out, stride) of the residual blocks; layers, width, heads, time and symbols of the transformer.
RESNET = [(64, 64, 1), (64, 64, 1), (64, 128, 2), (128, 128, 1), (128, 256, 2), (256, 256, 1), (256, 512, 2), (512, 512, 1)]
LAYERS, WIDTH, HEADS, TIME, SYMBOLS = 4, 128, 4, 128, 96


def network(case): return CASES[case].get("network", case)


def only_infers(case): return "network" in CASES[case]


def parameters(case):
    """Path to array, in the order of the layers."""
    case, random, made = network(case), np.random.default_rng(1234), {}

    def uniform(path, shape, fan):
        bound = 1 / np.sqrt(fan)
        made[path] = random.uniform(-bound, bound, shape).astype(np.float32)

    def dense(path, inputs, units, bias=True):
        uniform(path + ".weight", (units, inputs), inputs)
        if bias: uniform(path + ".bias", (units,), inputs)

    def conv(path, inputs, channels, kernel, bias=True):
        uniform(path + ".weight", (channels, inputs, kernel, kernel), inputs * kernel * kernel)
        if bias: uniform(path + ".bias", (channels,), inputs * kernel * kernel)

    def norm(path, count):
        made[path + ".weight"], made[path + ".bias"] = np.ones(count, np.float32), np.zeros(count, np.float32)

    if case == "mlp":
        dense("l1", 784, 512); dense("l2", 512, 256); dense("l3", 256, 10)
    elif case == "mlp_small":
        dense("l1", 64, 32); dense("l2", 32, 10)
    elif case == "lenet":
        conv("c1", 1, 6, 5); conv("c2", 6, 16, 5); dense("l1", 400, 120); dense("l2", 120, 84); dense("l3", 84, 10)
    elif case == "cnn":
        for i, (a, b) in enumerate([(3, 32), (32, 32), (32, 64), (64, 64)], 1): conv(f"c{i}", a, b, 3); norm(f"n{i}", b)
        dense("l1", 4096, 10)
    elif case == "resnet18_cifar":
        conv("conv", 3, 64, 3, False); norm("norm", 64)
        for i, (a, b, stride) in enumerate(RESNET):
            conv(f"blocks.{i}.c1", a, b, 3, False); norm(f"blocks.{i}.n1", b)
            conv(f"blocks.{i}.c2", b, b, 3, False); norm(f"blocks.{i}.n2", b)
            if stride != 1: conv(f"blocks.{i}.short", a, b, 1, False); norm(f"blocks.{i}.short_norm", b)
        dense("head", 512, 10)
    elif case == "lstm":
        for path, shape in (("weight_ih_l0", (512, 32)), ("weight_hh_l0", (512, 128)), ("bias_ih_l0", (512,)), ("bias_hh_l0", (512,))): uniform("lstm." + path, shape, 128)
        dense("head", 128, 10)
    elif case == "transformer":
        made["symbols.weight"] = (random.standard_normal((SYMBOLS, WIDTH)) * 0.02).astype(np.float32)
        made["places.weight"] = (random.standard_normal((TIME, WIDTH)) * 0.02).astype(np.float32)
        for i in range(LAYERS):
            at = f"blocks.{i}."
            norm(at + "norm1", WIDTH)
            uniform(at + "attention.in_proj_weight", (3 * WIDTH, WIDTH), WIDTH); uniform(at + "attention.in_proj_bias", (3 * WIDTH,), WIDTH)
            dense(at + "attention.out_proj", WIDTH, WIDTH)
            norm(at + "norm2", WIDTH); dense(at + "wide", WIDTH, 4 * WIDTH); dense(at + "narrow", 4 * WIDTH, WIDTH)
        norm("norm", WIDTH); dense("head", WIDTH, SYMBOLS, False)
    elif case == "gan":
        dense("g.l1", 64, 256); dense("g.l2", 256, 784); dense("d.l1", 784, 256); dense("d.l2", 256, 1)
    return made


def batches(case):
    """Tuples of arrays; images are channels first."""
    count, case, random, made = CASES[case]["batch"], network(case), np.random.default_rng(99), []
    for _ in range(BATCHES):
        normal = lambda *shape: random.standard_normal(shape).astype(np.float32)
        labels = lambda: random.integers(0, 10, count)
        if case == "mlp": made.append((normal(count, 784), labels()))
        elif case == "mlp_small": made.append((normal(count, 64), labels()))
        elif case == "lenet": made.append((normal(count, 1, 28, 28), labels()))
        elif case in ("cnn", "resnet18_cifar"): made.append((normal(count, 3, 32, 32), labels()))
        elif case == "lstm": made.append((normal(count, 50, 32), labels()))
        elif case == "transformer":
            ids = random.integers(0, SYMBOLS, (count, TIME + 1)); made.append((ids[:, :-1].copy(), ids[:, 1:].copy()))
        elif case == "gan": made.append((random.uniform(-1, 1, (count, 784)).astype(np.float32), normal(count, 64), normal(count, 64)))
    return made


def write_safetensors(path, arrays):
    kinds = {np.dtype(np.float32): "F32", np.dtype(np.int64): "I64"}
    header, at = {}, 0
    for name, array in arrays.items():
        header[name] = dict(dtype=kinds[array.dtype], shape=list(array.shape), data_offsets=[at, at + array.nbytes]); at += array.nbytes
    text = json.dumps(header).encode(); text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for array in arrays.values(): file.write(np.ascontiguousarray(array).tobytes())


def write(case, folder):
    """The files that the `.dl` programs read."""
    write_safetensors(f"{folder}/{case}.parameters.safetensors", parameters(case))
    write_safetensors(f"{folder}/{case}.batches.safetensors", {f"{'xyz'[k]}{i}": a for i, batch in enumerate(batches(case)) for k, a in enumerate(batch)})


def serve(case, step, wait):
    """Runs to the check step, says so on a line, then times a turn of `seconds` for every line that comes in. `step(i)` runs one step and gives a
    handle on its loss (or output); `wait(handle)` gives a float."""
    check = CASES[case]["check"]
    start = time.perf_counter(); loss = wait(step(0)); first = time.perf_counter() - start; i = 1
    while i < check: loss = wait(step(i)); i += 1
    for _ in range(20 if only_infers(case) else 2): wait(step(i)); i += 1
    say = lambda record: print(json.dumps(record), flush=True)
    say(dict(loss=loss, first=first, megabytes=peak.own() / 2**20))
    for line in sys.stdin:
        seconds = float(line)
        times, end = [], time.perf_counter() + seconds
        while not times or time.perf_counter() < end:
            # Pieces of about a tenth of the turn; a training loop looks at the loss at the end of a piece, inference at every output.
            count = max(1, int(seconds / 10 / times[-1])) if times else 1
            start = time.perf_counter()
            for _ in range(count):
                handle = step(i); i += 1
                if only_infers(case): wait(handle)
            wait(handle)
            times.append((time.perf_counter() - start) / count)
        say(dict(seconds=float(np.median(times[1:] or times))))
