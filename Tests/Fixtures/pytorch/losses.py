"""Reference values of every loss: inputs, the loss under each reduction, and its gradient by the prediction.

PyTorch's own function where it has one; otherwise the definition from the paper, written with plain tensor operations in double precision.
Run with a Python that has torch and safetensors: `python3 Tests/Fixtures/pytorch/losses.py`.
"""
import pathlib

import torch
from safetensors.torch import save_file
from torch.nn import functional as F

HERE = pathlib.Path(__file__).parent
torch.manual_seed(11)
out = {}


def record(name, f, prediction, **reductions):
    """Keeps `f(prediction, reduction)` for mean, sum and none, and the gradient of the mean."""
    for reduction in reductions.get("only", ("mean", "sum", "none")):
        p = prediction.double().requires_grad_(True)
        value = f(p, reduction)
        out[f"{name}.{reduction}"] = value.detach().float().contiguous()
        if reduction == "mean":
            value.backward()
            out[f"{name}.gradient"] = p.grad.float().contiguous()


def reduce(values, reduction):
    return {"mean": values.mean, "sum": values.sum, "none": lambda: values}[reduction]()


n, c = 6, 5
p = torch.randn(n, c)
q = torch.randn(n, c)
out["p"], out["q"] = p, q
labels = torch.randint(0, c, (n,))
out["labels"] = labels
yes = torch.randint(0, 2, (n, c)).float()
out["yes"] = yes
soft = torch.softmax(torch.randn(n, c), -1)
out["soft"] = soft
weights = torch.rand(c) + 0.5
out["weights"] = weights
mask = torch.tensor([True, False, True, True, False, True])
out["mask"] = mask
wide = mask[:, None] & (torch.rand(n, c) > 0.3)
out["wide_mask"] = wide
Q, S, Y, W = q.double(), soft.double(), yes.double(), weights.double()

record("mse", lambda p, r: F.mse_loss(p, Q, reduction=r), p)
record("mae", lambda p, r: F.l1_loss(p, Q, reduction=r), p)
record("huber", lambda p, r: F.huber_loss(p, Q, reduction=r), p)
record("huber_half", lambda p, r: F.huber_loss(p, Q, reduction=r, delta=0.5), p)
record("mse_masked", lambda p, r: reduce(((p - Q) ** 2)[wide], r), p, only=("mean", "sum"))
record("mse_zero", lambda p, r: F.mse_loss(p, torch.zeros_like(p), reduction=r), p)

record("cross_entropy", lambda p, r: F.cross_entropy(p, labels, reduction=r), p)
record("cross_entropy_smooth", lambda p, r: F.cross_entropy(p, labels, label_smoothing=0.1, reduction=r), p)
record("cross_entropy_weights", lambda p, r: F.cross_entropy(p, labels, weight=W, reduction=r), p)
record("cross_entropy_ignore", lambda p, r: F.cross_entropy(p, labels, ignore_index=int(labels[0]), reduction=r), p)
record("cross_entropy_smooth_weights",
       lambda p, r: F.cross_entropy(p, labels, weight=W, label_smoothing=0.1, reduction=r), p)
record("cross_entropy_all",
       lambda p, r: F.cross_entropy(p, labels, weight=W, label_smoothing=0.1, ignore_index=int(labels[0]), reduction=r), p)
record("cross_entropy_soft", lambda p, r: F.cross_entropy(p, S, reduction=r), p)
record("cross_entropy_soft_smooth", lambda p, r: F.cross_entropy(p, S, label_smoothing=0.2, reduction=r), p)
record("cross_entropy_soft_weights", lambda p, r: F.cross_entropy(p, S, weight=W, reduction=r), p)
record("cross_entropy_masked", lambda p, r: reduce(F.cross_entropy(p, labels, reduction="none")[mask], r), p, only=("mean", "sum"))
record("cross_entropy_two", lambda p, r: F.cross_entropy(p, torch.full((n,), 2), reduction=r), p)
image = torch.randn(2, 3, 4, 4)
pixels = torch.randint(0, 3, (2, 4, 4))
out["image"], out["pixels"] = image, pixels
record("cross_entropy_image", lambda p, r: F.cross_entropy(p, pixels, reduction=r), image)
sequence = torch.randn(2, 7, 5)
tokens = torch.randint(0, 5, (2, 7))
out["sequence"], out["tokens"] = sequence, tokens
record("cross_entropy_sequence", lambda p, r: F.cross_entropy(p.transpose(1, 2), tokens, ignore_index=0, reduction=r), sequence)

record("bce", lambda p, r: F.binary_cross_entropy_with_logits(p, Y, reduction=r), p)
record("bce_weights", lambda p, r: F.binary_cross_entropy_with_logits(p, Y, weight=W, reduction=r), p)
record("bce_one", lambda p, r: F.binary_cross_entropy_with_logits(p, torch.ones_like(p), reduction=r), p)
record("bce_masked", lambda p, r: reduce(F.binary_cross_entropy_with_logits(p, Y, reduction="none")[wide], r), p, only=("mean", "sum"))

logs = torch.log_softmax(p, -1)
out["logs"] = logs
record("nll", lambda p, r: F.nll_loss(p, labels, reduction=r), logs)


def kl(p, reduction, temperature=1.0):
    target = torch.log_softmax(Q / temperature, -1)
    values = F.kl_div(torch.log_softmax(p / temperature, -1), target, log_target=True, reduction="none").sum(-1)
    return reduce(values * temperature**2, reduction)


record("kl", kl, p)
record("kl_warm", lambda p, r: kl(p, r, 3.0), p)


def kl_normal(mean, reduction):
    a = torch.distributions.Normal(mean, torch.exp(0.5 * Q))
    b = torch.distributions.Normal(torch.zeros_like(mean), torch.ones_like(mean))
    return reduce(torch.distributions.kl_divergence(a, b).sum(-1), reduction)


record("kl_normal", kl_normal, p)
record("hinge", lambda p, r: reduce(torch.relu(1 - (2 * Y - 1) * p), r), p)


def focal(p, reduction, gamma=2.0, alpha=0.25):
    """Lin et al., 2017, equation 5: -alpha_t (1 - p_t)^gamma log(p_t)."""
    right = torch.where(Y > 0.5, torch.sigmoid(p), 1 - torch.sigmoid(p))
    share = torch.where(Y > 0.5, torch.tensor(alpha).double(), torch.tensor(1 - alpha).double())
    return reduce(-share * (1 - right) ** gamma * torch.log(right), reduction)


record("focal", focal, p)
record("focal_soft", lambda p, r: focal(p, r, 1.5, 0.6), p)


def dice(p, reduction):
    """Milletari et al., 2016, with 1 added above and below."""
    chance = torch.sigmoid(p)
    values = 1 - (2 * (chance * Y).sum(1) + 1) / (chance.sum(1) + Y.sum(1) + 1)
    return reduce(values, reduction)


record("dice", dice, p)
negative = torch.randn(n, c)
out["negative"] = negative
record("triplet", lambda p, r: F.triplet_margin_loss(p, Q, negative.double(), margin=1.0, eps=0.0, reduction=r), p)
record("triplet_wide", lambda p, r: F.triplet_margin_loss(p, Q, negative.double(), margin=3.0, eps=0.0, reduction=r), p)


def hard_triplet(p, reduction, margin=1.0):
    """Hermans, Beyer and Leibe, 2017: the farthest of the same class, the nearest of another."""
    groups = torch.tensor([0, 0, 1, 1, 2, 2])
    far = torch.cdist(p, p)
    same = groups[:, None] == groups[None, :]
    positive = torch.where(same, far, torch.tensor(-1.0).double()).max(1).values
    other = torch.where(same, torch.tensor(torch.inf).double(), far).min(1).values
    return reduce(torch.relu(positive - other + margin), reduction)


record("triplet_labels", hard_triplet, p)


def contrastive(p, reduction, temperature=0.1):
    logits = F.normalize(p) @ F.normalize(Q).T / temperature
    own = torch.arange(n)
    values = (F.cross_entropy(logits, own, reduction="none") + F.cross_entropy(logits.T, own, reduction="none")) / 2
    return reduce(values, reduction)


record("contrastive", contrastive, p)
record("contrastive_warm", lambda p, r: contrastive(p, r, 0.5), p)

save_file({k: v.contiguous() for k, v in out.items()}, HERE / "losses.safetensors")
print(len(out), "tensors")
