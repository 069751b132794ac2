"""Reference values from PyTorch: weights, inputs, outputs, and weights after three optimizer steps, as small safetensors.

Run with a Python that has torch, numpy and safetensors: `python3 Tests/Fixtures/pytorch/make.py`.
"""
import pathlib

import torch
from safetensors.torch import save_file
from torch import nn

HERE = pathlib.Path(__file__).parent
torch.manual_seed(7)
torch.use_deterministic_algorithms(True)


def states(model, prefix):
    skip = "num_batches_tracked"
    return {prefix + k: v.detach().clone().contiguous() for k, v in model.state_dict().items() if not k.endswith(skip)}


def conv():
    model = nn.Sequential(
        nn.Conv2d(2, 4, 3, padding=1, bias=False), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(4, 6, 3, stride=2), nn.Flatten(), nn.Linear(6 * 1 * 1, 3))
    x = torch.randn(5, 2, 8, 8)
    y = torch.randint(0, 3, (5,))
    out = states(model, "before.")
    model.eval()
    out["use"] = model(x).detach()
    model.train()
    out["training"] = model(x).detach()
    model.load_state_dict({**model.state_dict(), **{k.removeprefix("before."): v for k, v in out.items() if k.startswith("before.")}})
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    losses = []
    for _ in range(3):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.detach())
    out.update(states(model, "after."))
    out.update(x=x, y=y, losses=torch.stack(losses))
    save_file(out, HERE / "conv.safetensors")


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(3, 5, batch_first=True)
        self.head = nn.Linear(5, 2)

    def forward(self, x):
        return self.head(self.lstm(x)[0])


def lstm():
    model = Recurrent()
    x, y = torch.randn(4, 7, 3), torch.randn(4, 7, 2)
    out = states(model, "before.")
    out["use"] = model(x).detach()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    losses = []
    for _ in range(3):
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(x), y)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 0.5)
        optimizer.step()
        losses.append(loss.detach())
    out.update(states(model, "after."))
    out.update(x=x, y=y, losses=torch.stack(losses))
    save_file(out, HERE / "lstm.safetensors")


conv()
lstm()
