"""Reference values of explanations from PyTorch: gradients, integrated gradients and Grad-CAM of a small convolutional network by their definitions.

Run with a Python that has torch and safetensors: `python3 Tests/Fixtures/pytorch/explanation.py`.
"""
import pathlib

import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional as F

torch.manual_seed(21)
model = nn.Sequential(
    nn.Conv2d(2, 4, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(4, 5, 3, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(80, 3))
x = torch.randn(3, 2, 8, 8)
out = {f"model.{k}": v.detach().clone() for k, v in model.state_dict().items()} | {"x": x}
rows = torch.arange(3)
classes = model(x).argmax(1)


def gradient(x, classes):
    x = x.clone().requires_grad_()
    return torch.autograd.grad(model(x)[rows, classes].sum(), x)[0]


out["saliency"] = gradient(x, classes).abs()
out["saliency_1"] = gradient(x, torch.ones(3, dtype=torch.long)).abs()
steps = 20
out["integrated"] = sum(gradient(x * (k + 0.5) / steps, classes) for k in range(steps)) * x / steps
inner = model[:5](x).detach().requires_grad_()
(slope,) = torch.autograd.grad(model[5:](inner)[rows, classes].sum(), inner)
cam = F.relu((slope.mean((2, 3), keepdim=True) * inner).sum(1, keepdim=True)).detach()
cam = cam / cam.amax((1, 2, 3), keepdim=True).clamp(min=1e-30)
out["grad_cam"] = F.interpolate(cam, size=(8, 8), mode="bilinear")[:, 0].contiguous()
save_file({k: v.detach().contiguous() for k, v in out.items()}, pathlib.Path(__file__).parent / "explanation.safetensors")
