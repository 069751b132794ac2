#!/usr/bin/env python3
"""The network of examples/fashion.dl in PyTorch, same batches of 64: seconds an epoch, to stand beside `dl examples/fashion.dl`.

    python3 -m venv /tmp/peer && /tmp/peer/bin/pip install torch numpy
    /tmp/peer/bin/python Benchmarks/fashion_pytorch.py [epochs]
"""
import gzip, sys, time
import numpy as np, torch
from torch import nn

torch.set_num_threads(2)
torch.manual_seed(0)
folder = "/usr/share/datasets/fashion-mnist/"

def images(name):
    return np.frombuffer(gzip.open(folder + name).read(), np.uint8, offset=16).reshape(-1, 1, 28, 28)

def labels(name):
    return np.frombuffer(gzip.open(folder + name).read(), np.uint8, offset=8).astype(np.int64)

x = torch.from_numpy(images("train-images-idx3-ubyte.gz").astype(np.float32) / 255)
y = torch.from_numpy(labels("train-labels-idx1-ubyte.gz"))
tx = torch.from_numpy(images("t10k-images-idx3-ubyte.gz").astype(np.float32) / 255)
ty = torch.from_numpy(labels("t10k-labels-idx1-ubyte.gz"))
net = nn.Sequential(
    nn.Conv2d(1, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2),
    nn.Conv2d(32, 64, 3, padding=1), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(2),
    nn.Flatten(), nn.Dropout(0.25), nn.Linear(3136, 128), nn.ReLU(), nn.Linear(128, 10))
epochs = int(sys.argv[1]) if len(sys.argv) > 1 else 1
opt = torch.optim.Adam(net.parameters(), 1e-3)
for epoch in range(epochs):
    net.train()
    start = time.time()
    order = torch.randperm(len(x))
    for i in range(0, len(x), 64):
        rows = order[i:i + 64]
        loss = nn.functional.cross_entropy(net(x[rows]), y[rows])
        opt.zero_grad()
        loss.backward()
        opt.step()
    seconds = time.time() - start
    net.eval()
    with torch.no_grad():
        right = sum((net(tx[i:i + 500]).argmax(1) == ty[i:i + 500]).sum().item() for i in range(0, len(tx), 500))
    print(f"epoch {epoch + 1}: {seconds:.1f} s, test accuracy {right / len(tx):.4f}", flush=True)
