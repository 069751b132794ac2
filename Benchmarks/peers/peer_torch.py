"""PyTorch on one case: `peer_torch.py CASE VARIANT THREADS`. Variants: eager (its defaults), fused (optimizer fused), last (fused, channels last),
compile (torch.compile of the loss, optimizer fused)."""
import os, sys
CASE, VARIANT, THREADS = sys.argv[1], sys.argv[2], int(sys.argv[3])
os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = str(THREADS)
import torch, torch.nn as nn, torch.nn.functional as F
import cases as C
torch.set_num_threads(THREADS)


def dense(*sizes, act=nn.ReLU): return nn.Sequential(*[m for a, b in zip(sizes, sizes[1:]) for m in (nn.Linear(a, b), act())][:-1])


class LeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.c1, self.c2, self.rest = nn.Conv2d(1, 6, 5, padding=2), nn.Conv2d(6, 16, 5), dense(400, 120, 84, 10)
    def forward(self, x):
        x = F.max_pool2d(F.relu(self.c1(x)), 2)
        return self.rest(F.max_pool2d(F.relu(self.c2(x)), 2).flatten(1))


class Cnn(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = nn.ModuleList(nn.Sequential(nn.Conv2d(a, b, 3, padding=1), nn.BatchNorm2d(b), nn.ReLU()) for a, b in [(3, 32), (32, 32), (32, 64), (64, 64)])
        self.head = nn.Linear(4096, 10)
    def forward(self, x):
        for i, block in enumerate(self.blocks):
            x = block(x)
            if i % 2: x = F.max_pool2d(x, 2)
        return self.head(x.flatten(1))


class Block(nn.Module):
    def __init__(self, a, b, stride):
        super().__init__()
        conv = lambda a, b, k, s: nn.Conv2d(a, b, k, s, k // 2, bias=False)
        self.c1, self.n1, self.c2, self.n2 = conv(a, b, 3, stride), nn.BatchNorm2d(b), conv(b, b, 3, 1), nn.BatchNorm2d(b)
        self.short = nn.Sequential(conv(a, b, 1, stride), nn.BatchNorm2d(b)) if stride != 1 else nn.Identity()
    def forward(self, x): return F.relu(self.n2(self.c2(F.relu(self.n1(self.c1(x))))) + self.short(x))


class ResNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.norm = nn.Conv2d(3, 64, 3, padding=1, bias=False), nn.BatchNorm2d(64)
        self.blocks, self.head = nn.Sequential(*[Block(*block) for block in C.RESNET]), nn.Linear(512, 10)
    def forward(self, x): return self.head(F.adaptive_avg_pool2d(self.blocks(F.relu(self.norm(self.conv(x)))), 1).flatten(1))


class Lstm(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm, self.head = nn.LSTM(32, 128, batch_first=True), nn.Linear(128, 10)
    def forward(self, x): return self.head(self.lstm(x)[0][:, -1])


class GptBlock(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.norm1, self.qkv, self.out = nn.LayerNorm(width), nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.norm2, self.wide, self.narrow = nn.LayerNorm(width), nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
    def forward(self, x):
        n, t, width = x.shape
        q, k, v = (a.view(n, t, C.HEADS, width // C.HEADS).transpose(1, 2) for a in self.qkv(self.norm1(x)).split(width, 2))
        x = x + self.out(F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).reshape(n, t, width))
        return x + self.narrow(F.gelu(self.wide(self.norm2(x)), approximate="tanh"))


class Gpt(nn.Module):
    def __init__(self):
        super().__init__()
        self.symbols, self.places = nn.Embedding(C.SYMBOLS, C.WIDTH), nn.Embedding(C.TIME, C.WIDTH)
        self.blocks = nn.Sequential(*[GptBlock(C.WIDTH) for _ in range(C.LAYERS)])
        self.norm, self.head = nn.LayerNorm(C.WIDTH), nn.Linear(C.WIDTH, C.SYMBOLS, bias=False)
        self.register_buffer("at", torch.arange(C.TIME), False)
    def forward(self, x): return self.head(self.norm(self.blocks(self.symbols(x) + self.places(self.at)))).flatten(0, 1)


MAKE = {"mlp": lambda: dense(784, 512, 256, 10), "mlp_small": lambda: dense(64, 32, 10), "lenet": LeNet, "cnn": Cnn, "resnet18_cifar": ResNet, "lstm": Lstm, "transformer": Gpt}


def fill(modules):
    """The shared parameters: modules register theirs in the same order."""
    own, given = [p for m in modules for p in m.parameters()], list(C.parameters(CASE).values())
    assert len(own) == len(given)
    for p, array in zip(own, given):
        assert tuple(p.shape) == array.shape
        p.data.copy_(torch.from_numpy(array))


def optimizer(parameters):
    case, more = C.CASES[CASE], dict(fused=True) if VARIANT != "eager" else {}
    if case["optimizer"] == "sgd": return torch.optim.SGD(parameters, lr=case["rate"], momentum=C.MOMENTUM, **more)
    if case["optimizer"] == "adamw": return torch.optim.AdamW(parameters, lr=case["rate"], weight_decay=case["decay"], **more)
    return torch.optim.Adam(parameters, lr=case["rate"], betas=case.get("betas", (0.9, 0.999)), **more)


def last(x): return x.contiguous(memory_format=torch.channels_last) if VARIANT == "last" and x.dim() == 4 else x


compiled = torch.compile if VARIANT == "compile" else (lambda f: f)
data = [tuple(last(torch.from_numpy(a)) for a in batch) for batch in C.batches(CASE)]
if CASE == "gan":
    g = nn.Sequential(nn.Linear(64, 256), nn.ReLU(), nn.Linear(256, 784), nn.Tanh())
    d = nn.Sequential(nn.Linear(784, 256), nn.LeakyReLU(0.2), nn.Linear(256, 1))
    fill([g, d])
    optimizer_g, optimizer_d, bce = optimizer(g.parameters()), optimizer(d.parameters()), F.binary_cross_entropy_with_logits
    one, zero = torch.ones(64, 1), torch.zeros(64, 1)
    loss_d = compiled(lambda x, z: bce(d(x), one) + bce(d(g(z).detach()), zero))
    loss_g = compiled(lambda z: bce(d(g(z)), one))
    def step(i):
        x, z1, z2 = data[i % C.BATCHES]
        optimizer_d.zero_grad(); a = loss_d(x, z1); a.backward(); optimizer_d.step()
        optimizer_g.zero_grad()
        # No gradients of the critic's weights in the generator's step.
        for p in d.parameters(): p.requires_grad_(False)
        b = loss_g(z2); b.backward(); optimizer_g.step()
        for p in d.parameters(): p.requires_grad_(True)
        return a.detach() + b.detach()
    C.serve(CASE, step, float)
elif C.only_infers(CASE):
    model = MAKE[C.network(CASE)](); fill([model]); model.eval()
    if VARIANT == "last": model = model.to(memory_format=torch.channels_last)
    f = compiled(model)
    def step(i):
        with torch.inference_mode(): return f(data[i % C.BATCHES][0])
    C.serve(CASE, step, lambda out: float(out.sum()))
else:
    model = MAKE[CASE](); fill([model]); model.train(); opt = optimizer(model.parameters())
    if VARIANT == "last": model = model.to(memory_format=torch.channels_last)
    data = [(x, y.flatten()) for x, y in data]
    f = compiled(lambda x, y: F.cross_entropy(model(x), y))
    def step(i):
        opt.zero_grad(); loss = f(*data[i % C.BATCHES]); loss.backward(); opt.step()
        return loss.detach()
    C.serve(CASE, step, float)
