"""Reference values of every layer from PyTorch, as one small safetensors: weights, inputs, outputs, and what three steps of plain descent make of them.

Each case is a group of tensors under `case/`: `before.*` the weights, `x`, `y` the output, and, after three steps of SGD (rate 0.1) on the mean
square of the output's distance from `goal`, `losses` and `after.*`. A case without weights has `weight`, and `gradient` of sum(y * weight) by x.

Run with a Python that has torch and safetensors: `python3 Tests/Fixtures/pytorch/layers.py`.
"""
import pathlib

import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional as F
from torch.nn.utils import rnn

HERE = pathlib.Path(__file__).parent
torch.manual_seed(11)
torch.set_num_threads(1)
out = {}


def put(case, **tensors):
    for name, value in tensors.items():
        out[f"{case}/{name}"] = value.detach().clone().contiguous()


def states(case, when, model):
    for name, value in model.state_dict().items():
        if not name.endswith("num_batches_tracked"):
            out[f"{case}/{when}.{name}"] = value.detach().clone().contiguous()


def learn(case, model, call, inputs):
    """Output in use, output in training, then three steps."""
    for parameter in model.parameters():  # norms start at ones and zeros, which would hide mistakes
        if parameter.dim() == 1:
            with torch.no_grad():
                parameter.add_(0.3 * torch.randn(parameter.shape))
    for name, buffer in model.named_buffers():
        if name.endswith("running_mean"):
            buffer.copy_(0.2 * torch.randn(buffer.shape))
        if name.endswith("running_var"):
            buffer.copy_(0.5 + torch.rand(buffer.shape))
    states(case, "before", model)
    model.eval()
    y = call(model)
    goal = torch.randn(y.shape)
    put(case, y=y, goal=goal, **inputs)
    model.train()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    losses = []
    for _ in range(3):
        optimizer.zero_grad()
        loss = F.mse_loss(call(model), goal)
        loss.backward()
        optimizer.step()
        losses.append(loss.detach())
    put(case, losses=torch.stack(losses))
    states(case, "after", model)


def fixed(case, function, x):
    """A layer without weights: its output, and the gradient of a weighted sum of it."""
    x = x.clone().requires_grad_()
    y = function(x)
    weight = torch.randn(y.shape)
    (gradient,) = torch.autograd.grad((y * weight).sum(), x)
    put(case, x=x, y=y, weight=weight, gradient=gradient)


def recurrent():
    lengths = torch.tensor([5, 2, 4])
    for name, kind in {"RNN": nn.RNN, "GRU": nn.GRU, "LSTM": nn.LSTM}.items():
        x = torch.randn(3, 5, 4)
        model = kind(4, 3, num_layers=2, bidirectional=True, batch_first=True)
        learn(f"{name}.deep", model, lambda m: m(x)[0], {"x": x})

        def packed(m):
            sequence = rnn.pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
            return rnn.pad_packed_sequence(m(sequence)[0], batch_first=True)[0]

        model = kind(4, 3, num_layers=2, bidirectional=True, batch_first=True)
        learn(f"{name}.lengths", model, packed, {"x": x, "lengths": lengths})
        final = model(rnn.pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False))[1]
        put(f"{name}.lengths", final=final[0] if name == "LSTM" else final)

        model = kind(4, 3, batch_first=True)
        first = torch.randn(1, 3, 3)
        state = (first, torch.randn(1, 3, 3)) if name == "LSTM" else first
        given = {"x": x, "hidden": first} | ({"memory": state[1]} if name == "LSTM" else {})
        learn(f"{name}.start", model, lambda m: m(x, state)[0], given)


def norms():
    for axes in (1, 2, 3):
        x = torch.randn(4, 2, 3, 5)
        learn(f"LayerNorm.{axes}", nn.LayerNorm(x.shape[-axes:]), lambda m: m(x), {"x": x})
    for rank, shape in {2: (6, 4), 3: (4, 4, 5), 4: (3, 4, 3, 2), 5: (2, 4, 2, 3, 2)}.items():
        x = 1 + 2 * torch.randn(shape)
        group = nn.GroupNorm(2, 4)
        learn(f"GroupNorm.{rank}", group, lambda m: m(x), {"x": x})
        batch = {2: nn.BatchNorm1d, 3: nn.BatchNorm1d, 4: nn.BatchNorm2d, 5: nn.BatchNorm3d}[rank](4, momentum=0.3, eps=1e-3)
        learn(f"BatchNorm.{rank}", batch, lambda m: m(x), {"x": x})

    class Words(nn.Module):
        def __init__(self):
            super().__init__()
            self.words = nn.Embedding(7, 6, padding_idx=0)
            self.norm = nn.LayerNorm(6)
            self.head = nn.Linear(6, 3)

        def forward(self, ids):
            return self.head(F.gelu(self.norm(self.words(ids))))

    ids = torch.tensor([[1, 4, 0, 0], [6, 2, 2, 5]])
    learn("Embedding", Words(), lambda m: m(ids), {"x": ids})


def convolutions():
    spaces = {1: (7,), 2: (6, 5), 3: (4, 3, 5)}
    kinds = {1: (nn.Conv1d, nn.ConvTranspose1d), 2: (nn.Conv2d, nn.ConvTranspose2d), 3: (nn.Conv3d, nn.ConvTranspose3d)}
    for rank, space in spaces.items():
        straight, back = kinds[rank]
        x = torch.randn(2, 4, *space)
        settings = {
            "plain": {"kernel_size": 3},
            "strided": {"kernel_size": 2, "stride": 2, "padding": 1},
            "groups": {"kernel_size": 3, "padding": 1, "groups": 2, "bias": False},
            "dilated": {"kernel_size": 2, "dilation": 2, "padding": 1},
        }
        for name, options in settings.items():
            learn(f"Conv.{rank}.{name}", straight(4, 6, **options), lambda m: m(x), {"x": x})
            learn(f"ConvTranspose.{rank}.{name}", back(4, 6, **options), lambda m: m(x), {"x": x})
        learn(f"Conv.{rank}.same", straight(4, 6, 4, padding="same", dilation=1), lambda m: m(x), {"x": x})
        options = {"kernel_size": 3, "stride": 3, "padding": 1, "output_padding": 2, "groups": 2}
        learn(f"ConvTranspose.{rank}.more", back(4, 6, **options), lambda m: m(x), {"x": x})
    x = torch.randn(2, 4, 6, 5)
    learn("Conv.list", nn.Conv2d(4, 6, (3, 2), stride=(1, 2), padding=(0, 1), dilation=(2, 1)), lambda m: m(x), {"x": x})
    learn("ConvTranspose.list", nn.ConvTranspose2d(4, 6, (3, 2), stride=(1, 3), padding=(0, 1), output_padding=(0, 1)), lambda m: m(x), {"x": x})


def pools():
    spaces = {1: (9,), 2: (7, 9), 3: (5, 4, 6)}
    largest = {1: F.max_pool1d, 2: F.max_pool2d, 3: F.max_pool3d}
    mean = {1: F.avg_pool1d, 2: F.avg_pool2d, 3: F.avg_pool3d}
    for rank, space in spaces.items():
        x = torch.randn(2, 3, *space)
        fixed(f"MaxPool.{rank}.plain", lambda x: largest[rank](x, 2), x)
        fixed(f"MaxPool.{rank}.padded", lambda x: largest[rank](x - 3, 3, 2, 1), x)
        fixed(f"AvgPool.{rank}.plain", lambda x: mean[rank](x, 2), x)
        fixed(f"AvgPool.{rank}.padded", lambda x: mean[rank](x, 3, 2, 1), x)
        fixed(f"GlobalAvgPool.{rank}", lambda x: x.flatten(2).mean(2), x)
        fixed(f"GlobalMaxPool.{rank}", lambda x: x.flatten(2).amax(2), x)
    x = torch.randn(2, 3, 7, 9)
    fixed("MaxPool.list", lambda x: F.max_pool2d(x, (2, 3), (1, 2), (1, 0)), x)
    fixed("AvgPool.list", lambda x: F.avg_pool2d(x, (2, 3), (1, 2), (1, 0)), x)


def upsamples():
    spaces = {1: (5,), 2: (4, 5), 3: (3, 2, 4)}
    smooth = {1: "linear", 2: "bilinear", 3: "trilinear"}
    for rank, space in spaces.items():
        x = torch.randn(2, 3, *space)
        for factor in (2, 3):
            fixed(f"Upsample.{rank}.nearest.{factor}", lambda x: F.interpolate(x, scale_factor=factor), x)
            fixed(f"Upsample.{rank}.linear.{factor}", lambda x: F.interpolate(x, scale_factor=factor, mode=smooth[rank]), x)
    x = torch.randn(2, 3, 4, 6)
    fixed("Upsample.cubic", lambda x: F.interpolate(x, scale_factor=2, mode="bicubic"), x)
    fixed("Upsample.list", lambda x: F.interpolate(x, scale_factor=(2, 3), mode="bilinear"), x)
    fixed("Upsample.part", lambda x: F.interpolate(x, scale_factor=1.5, mode="bilinear", recompute_scale_factor=True), x)


def attention():
    x, s = torch.randn(2, 5, 8), torch.randn(2, 3, 8)
    make = lambda: nn.MultiheadAttention(8, 2, batch_first=True)
    learn("MultiHeadAttention.plain", make(), lambda m: m(x, x, x)[0], {"x": x})
    hidden = torch.triu(torch.ones(5, 5, dtype=torch.bool), 1)  # PyTorch's masks are true where a position may not be looked at
    learn("MultiHeadAttention.causal", make(), lambda m: m(x, x, x, attn_mask=hidden, is_causal=False)[0], {"x": x})
    valid = torch.tensor([[True, True, True, True, True], [True, True, False, True, False]])
    learn("MultiHeadAttention.keys", make(), lambda m: m(x, x, x, key_padding_mask=~valid)[0], {"x": x, "valid": valid})
    heads = torch.rand(2, 2, 5, 5) > 0.4
    heads[..., 0] = True
    learn("MultiHeadAttention.heads", make(), lambda m: m(x, x, x, attn_mask=~heads.reshape(4, 5, 5))[0], {"x": x, "mask": heads})
    v = torch.randn(2, 3, 8)
    learn("MultiHeadAttention.cross", make(), lambda m: m(x, s, v)[0], {"x": x, "key": s, "value": v})
    block = nn.TransformerEncoderLayer(8, 2, dim_feedforward=32, dropout=0.0, activation=F.gelu, batch_first=True, norm_first=True)
    learn("TransformerBlock.plain", block, lambda m: m(x), {"x": x})
    block = nn.TransformerEncoderLayer(8, 2, dim_feedforward=16, dropout=0.0, activation=F.gelu, batch_first=True, norm_first=True)
    learn("TransformerBlock.causal", block, lambda m: m(x, src_mask=hidden), {"x": x})
    block = nn.TransformerDecoderLayer(8, 2, dim_feedforward=32, dropout=0.0, activation=F.gelu, batch_first=True, norm_first=True)
    learn("TransformerBlock.cross", block, lambda m: m(x, s, tgt_mask=hidden), {"x": x, "memory": s})


recurrent()
norms()
convolutions()
pools()
upsamples()
attention()
save_file(out, HERE / "layers.safetensors")
print(len(out), "tensors")
