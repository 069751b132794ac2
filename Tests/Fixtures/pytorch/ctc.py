"""Reference values of connectionist temporal classification from PyTorch, with their gradients.

Run with a Python that has torch and safetensors: `python3 Tests/Fixtures/pytorch/ctc.py`.
"""
import pathlib

import torch
from safetensors.torch import save_file
from torch.nn import functional as F

torch.manual_seed(5)
logits = torch.randn(4, 9, 6, requires_grad=True)
labels = torch.tensor([[1, 2, 2, 4], [5, 3, 0, 0], [2, 2, 2, 2], [3, 0, 0, 0]])
lengths, label_lengths = torch.tensor([9, 5, 8, 4]), torch.tensor([4, 2, 4, 1])
logs = F.log_softmax(logits, -1).transpose(0, 1)
costs = F.ctc_loss(logs, labels, lengths, label_lengths, reduction="none")
(gradient,) = torch.autograd.grad(costs.sum(), logits, retain_graph=True)
other = F.ctc_loss(logs[:, :1], torch.tensor([[0, 1, 1]]), torch.tensor([9]), torch.tensor([3]), blank=5, reduction="none")
save_file(
    {
        "logits": logits.detach(), "labels": labels, "lengths": lengths, "label_lengths": label_lengths, "costs": costs.detach(),
        "gradient": gradient, "other": other.detach(),
    },
    pathlib.Path(__file__).parent / "ctc.safetensors",
)
