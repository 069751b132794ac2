"""Reference values of spectra from PyTorch: torch.stft under a Hann window, and mel bands by their definition (as torchaudio's MelSpectrogram).

Run with a Python that has torch and safetensors: `python3 Tests/Fixtures/pytorch/sound.py`.
"""
import pathlib

import torch
from safetensors.torch import save_file

torch.manual_seed(9)
x = torch.randn(2, 1000)


def spectrum(x, window, hop):
    y = torch.stft(x.double(), window, hop, window=torch.hann_window(window, dtype=torch.float64), center=False, return_complex=True)
    return y.abs().transpose(-1, -2)


def bands(bins, count, rate, low, high):
    mel = lambda f: 2595 * torch.log10(torch.tensor(1 + f / 700, dtype=torch.float64))
    points = 700 * (10 ** (torch.linspace(mel(low), mel(high), count + 2, dtype=torch.float64) / 2595) - 1)
    frequencies = torch.linspace(0, rate / 2, bins, dtype=torch.float64)
    slopes = points[None] - frequencies[:, None]
    down, up = -slopes[:, :-2] / points.diff()[:-1], slopes[:, 2:] / points.diff()[1:]
    return torch.clamp(torch.minimum(down, up), min=0)


save_file(
    {
        "x": x, "stft": spectrum(x, 400, 160).float(), "short": spectrum(x, 64, 32).float(),
        "mel": (spectrum(x, 400, 160) ** 2 @ bands(201, 40, 16000, 0, 8000)).float(),
        "other": (spectrum(x, 256, 128) ** 2 @ bands(129, 20, 8000, 50, 3000)).float(),
    },
    pathlib.Path(__file__).parent / "sound.safetensors",
)
