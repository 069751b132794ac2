"""Recurrent layers of six layers, as PyTorch computes them: weights under their own names, an input, the output and the gradient of its sum of squares.

Run with PyTorch 2 and safetensors: python Tests/Fixtures/pytorch/deep.py
"""
from pathlib import Path

import torch
from safetensors.torch import save_file

torch.manual_seed(0)
out = {}
for name, make in [("RNN", torch.nn.RNN), ("GRU", torch.nn.GRU), ("LSTM", torch.nn.LSTM)]:
    model = make(3, 2, num_layers=6, bidirectional=True, batch_first=True)
    x = torch.randn(2, 4, 3)
    y = model(x)[0]
    (y**2).sum().backward()
    for path, parameter in model.named_parameters():
        out[f"{name}.weights.{path}"] = parameter.detach().clone()
        out[f"{name}.gradients.{path}"] = parameter.grad
    out[f"{name}.x"], out[f"{name}.y"] = x, y.detach().contiguous()
save_file(out, Path(__file__).parent / "deep.safetensors")
