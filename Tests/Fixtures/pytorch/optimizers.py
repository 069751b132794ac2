"""Reference values of every optimizer: a small network's weights before, and after five steps.

PyTorch's optimizers, with its own clipping and parameter groups; Lion, which PyTorch lacks, from algorithm 2 of its paper in plain tensor
operations. Run with a Python that has torch and safetensors: `python3 Tests/Fixtures/pytorch/optimizers.py`.
"""
import pathlib

import torch
from safetensors.torch import save_file
from torch import nn

HERE = pathlib.Path(__file__).parent
torch.manual_seed(5)
out = {}
first = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 2))
x, y = torch.randn(5, 6, 4), torch.randn(5, 6, 2) * 3
out["x"], out["y"] = x, y
start = {k: v.clone() for k, v in first.state_dict().items()}
out |= {"before." + k: v for k, v in start.items()}


class Lion(torch.optim.Optimizer):
    """Chen et al., "Symbolic Discovery of Optimization Algorithms", algorithm 2."""

    def __init__(self, params, lr=1e-4, betas=(0.9, 0.99), weight_decay=0.0):
        super().__init__(params, dict(lr=lr, betas=betas, weight_decay=weight_decay))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            b1, b2 = group["betas"]
            for p in group["params"]:
                m = self.state[p].setdefault("m", torch.zeros_like(p))
                update = torch.sign(b1 * m + (1 - b1) * p.grad)
                p -= group["lr"] * (update + group["weight_decay"] * p)
                m.mul_(b2).add_(p.grad, alpha=1 - b2)


def run(name, make, clip_norm=None, clip_value=None, groups=False, schedule=None):
    model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 2))
    model.load_state_dict(start)
    if groups:
        bias = [p for k, p in model.named_parameters() if k.endswith("bias")]
        head = [model[2].weight]
        optimizer = make([{"params": bias, "lr": 0.003}, {"params": head, "lr": 0.03}, {"params": [model[0].weight]}])
    else:
        optimizer = make(model.parameters())
    plan = torch.optim.lr_scheduler.LambdaLR(optimizer, schedule) if schedule else None
    for i in range(5):
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(x[i]), y[i])
        loss.backward()
        if clip_value:
            nn.utils.clip_grad_value_(model.parameters(), clip_value)
        if clip_norm:
            nn.utils.clip_grad_norm_(model.parameters(), clip_norm)
        optimizer.step()
        if plan:
            plan.step()
    out.update({f"{name}.{k}": v.detach().clone() for k, v in model.state_dict().items()})


O = torch.optim
run("sgd", lambda p: O.SGD(p, lr=0.1))
run("momentum", lambda p: O.SGD(p, lr=0.1, momentum=0.9))
run("nesterov", lambda p: O.SGD(p, lr=0.1, momentum=0.9, nesterov=True))
run("adam", lambda p: O.Adam(p, lr=0.01))
run("adam_betas", lambda p: O.Adam(p, lr=0.01, betas=(0.5, 0.9), eps=1e-3))
run("adam_decay", lambda p: O.AdamW(p, lr=0.01, weight_decay=0.1))
run("adamw", lambda p: O.AdamW(p, lr=0.01))
run("adamw_decay", lambda p: O.AdamW(p, lr=0.01, weight_decay=0.3))
run("rmsprop", lambda p: O.RMSprop(p, lr=0.01))
run("rmsprop_momentum", lambda p: O.RMSprop(p, lr=0.01, alpha=0.9, momentum=0.8))
run("adagrad", lambda p: O.Adagrad(p, lr=0.05))
run("lion", lambda p: Lion(p, lr=0.01))
run("lion_decay", lambda p: Lion(p, lr=0.01, weight_decay=0.2))
run("sgd_clipped", lambda p: O.SGD(p, lr=0.1, momentum=0.9), clip_norm=0.5)
run("adam_clipped", lambda p: O.Adam(p, lr=0.01), clip_norm=0.5)
run("adam_bounded", lambda p: O.Adam(p, lr=0.01), clip_value=0.05)
run("rmsprop_both", lambda p: O.RMSprop(p, lr=0.01), clip_norm=0.2, clip_value=0.1)
run("lion_clipped", lambda p: Lion(p, lr=0.01), clip_norm=0.5)
run("sgd_groups", lambda p: O.SGD(p, lr=0.1, momentum=0.9), groups=True)
run("adam_groups", lambda p: O.Adam(p, lr=0.01), groups=True, clip_norm=1.0)
run("adamw_groups", lambda p: O.AdamW(p, lr=0.01, weight_decay=0.1), groups=True)
run("rmsprop_groups", lambda p: O.RMSprop(p, lr=0.01), groups=True)
run("adagrad_groups", lambda p: O.Adagrad(p, lr=0.05), groups=True)
run("lion_groups", lambda p: Lion(p, lr=0.01), groups=True)
run("adam_scheduled", lambda p: O.Adam(p, lr=0.02), schedule=lambda i: 1 / (i + 1))

save_file({k: v.contiguous() for k, v in out.items()}, HERE / "optimizers.safetensors")
print(len(out), "tensors")
