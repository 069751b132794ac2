"""PyTorch on the models of `growth.dl`: for every line `KIND WIDTH DEPTH BATCH TIME` it makes the model once for each variant of the optimizer and
warms up; for every line that is a number of seconds it times each variant so long and prints a record."""
import json, os, sys, time
THREADS = int(sys.argv[1])
os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = str(THREADS)
import torch, torch.nn as nn, torch.nn.functional as F
torch.set_num_threads(THREADS)


class Recurrent(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.lstm, self.head = nn.LSTM(width, width, batch_first=True), nn.Linear(width, 10)
    def forward(self, x): return self.head(self.lstm(x)[0][:, -1])


class Attentive(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.norm, self.qkv, self.out, self.head = nn.LayerNorm(width), nn.Linear(width, 3 * width), nn.Linear(width, width), nn.Linear(width, 10)
    def forward(self, x):
        n, t, width = x.shape
        q, k, v = (a.view(n, t, 4, width // 4).transpose(1, 2) for a in self.qkv(self.norm(x)).split(width, 2))
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).reshape(n, t, width)
        return self.head((x + self.out(y)).mean(1))


def perceptron(width, depth):
    layers = [m for i in range(depth) for m in (nn.Linear(width, width if i < depth - 1 else 10), nn.ReLU())]
    return nn.Sequential(*layers[:-1])


def made(kind, width, depth, batch, length, fused):
    model = perceptron(width, depth) if kind == "perceptron" else Recurrent(width) if kind == "lstm" else Attentive(width)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, **(dict(fused=True) if fused else {}))
    shape = (batch, width) if kind == "perceptron" else (batch, length, width)
    data = [(torch.randn(shape), torch.randint(10, (batch,))) for _ in range(4)]
    def step(i):
        x, y = data[i % 4]
        optimizer.zero_grad(); loss = F.cross_entropy(model(x), y); loss.backward(); optimizer.step()
        return loss.detach()
    return step, sum(p.numel() for p in model.parameters())


def timed(step, seconds):
    times, end = [], time.perf_counter() + seconds
    while len(times) < 3 or time.perf_counter() < end:
        count = max(1, int(seconds / 10 / times[-1])) if times else 1
        start = time.perf_counter()
        for i in range(count): loss = step(i)
        float(loss)
        times.append((time.perf_counter() - start) / count)
    return sorted(times[1:])[len(times[1:]) // 2]


variants = {}
for line in sys.stdin:
    words = line.split()
    if len(words) == 1:
        print(json.dumps({name: timed(step, float(words[0])) for name, step in variants.items()}), flush=True)
    else:
        sizes = [int(word) for word in words[1:]]
        makings = {name: made(words[0], *sizes, fused=name == "fused") for name in ("default", "fused")}
        variants = {name: step for name, (step, _) in makings.items()}
        for step in variants.values(): [step(i) for i in range(3)]
        print(json.dumps(dict(parameters=makings["default"][1])), flush=True)
