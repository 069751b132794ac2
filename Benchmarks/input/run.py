"""Whether an epoch is bound by its steps or by its data: seconds of the steps alone, of the data alone, and of both together.

    PYTHON_WITH_PILLOW Benchmarks/input/run.py [number of pictures, 1200 unless given]

Needs Pillow and numpy to make the pictures. Fashion-MNIST is taken from the Debian package dataset-fashion-mnist where it is installed; else data of the same
form is made. Everything made is removed again.
"""
import gzip
import os
import pathlib
import struct
import subprocess
import sys
import tempfile

import numpy as np
from PIL import Image

HERE = pathlib.Path(__file__).parent
DL = os.environ.get("DL", str(HERE.parent.parent / ".build/release/dl"))
FASHION = pathlib.Path("/usr/share/datasets/fashion-mnist")


def idx(path, array):
    head = struct.pack(">BBBB", 0, 0, 8, array.ndim) + struct.pack(f">{array.ndim}I", *array.shape)
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(head + array.tobytes())


def waves(random, label, height, width):
    """A picture whose waves run as its class says, with noise: it compresses about as a photograph does."""
    y, x = np.mgrid[0:height, 0:width] / height * 28
    angle, length = label * np.pi / 10, 3 + random.random(3)[:, None, None] * 6
    base = np.sin((x * np.cos(angle) + y * np.sin(angle)) / length + random.random(3)[:, None, None] * 6)
    return np.clip(127 + 90 * base + random.normal(0, 12, (3, height, width)), 0, 255).astype(np.uint8)


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1200
    random = np.random.default_rng(1)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        digits = FASHION
        if not (FASHION / "train-images-idx3-ubyte.gz").exists():
            print("dataset-fashion-mnist is not installed: 60,000 images of the same form are made", file=sys.stderr)
            digits = folder
            few = [waves(random, at % 10, 28, 28)[0] for at in range(1000)]
            idx(folder / "train-images-idx3-ubyte.gz", np.stack([few[at % 1000] for at in range(60000)]))
            idx(folder / "train-labels-idx1-ubyte.gz", (np.arange(60000) % 10).astype(np.uint8))
        pictures = folder / "pictures"
        for label in range(10):
            (pictures / f"class{label}").mkdir(parents=True)
        size = 0
        for at in range(count):
            path = pictures / f"class{at % 10}" / f"{at}.jpg"
            Image.fromarray(waves(random, at % 10, 240, 320).transpose(1, 2, 0)).save(path, quality=85)
            size += path.stat().st_size
        print(f"{count} JPEG pictures, {size / count / 1024:.0f} KB each", file=sys.stderr)
        print("| an epoch, seconds | steps alone | data alone | together | together to steps |", "| --- | --- | --- | --- | --- |", sep="\n", flush=True)
        subprocess.run([DL, "run", HERE / "fashion.dl", digits], check=True)
        for workers in ("1", "2"):
            subprocess.run([DL, "run", HERE / "pictures.dl", pictures, workers], check=True)


main()
