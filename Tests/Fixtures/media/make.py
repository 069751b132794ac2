"""Small images and sounds in every variant that is read, written by Pillow, NumPy and Python's `wave`, with their values as safetensors.

Run with a Python that has Pillow, numpy and safetensors: `python3 Tests/Fixtures/media/make.py`.
"""
import pathlib
import struct
import wave
import zlib

import numpy as np
from PIL import Image
from safetensors.numpy import save_file

HERE = pathlib.Path(__file__).parent
random = np.random.default_rng(4)
want = {}


def keep(name, array):
    array = np.asarray(array, dtype=np.float32)
    want[name] = np.ascontiguousarray(array[None] if array.ndim == 2 else array.transpose(2, 0, 1))


gray = random.integers(0, 256, (5, 7), dtype=np.uint8)
gray[1] = np.arange(7) * 30  # smooth rows bring other filters
Image.fromarray(gray).save(HERE / "gray.png")
keep("gray", gray / 255)
bits = gray > 120
Image.fromarray(bits).save(HERE / "bits.png")
keep("bits", bits)
fine = random.integers(0, 65536, (4, 3), dtype=np.uint16)
Image.fromarray(fine).save(HERE / "fine.png")
keep("fine", fine / 65535)
color = random.integers(0, 256, (6, 5, 3), dtype=np.uint8)
color[2:] = (np.add.outer(np.arange(4) * 9, np.arange(5) * 7)[..., None] + [0, 40, 90]).astype(np.uint8)
Image.fromarray(color).save(HERE / "color.png", optimize=True)
keep("color", color / 255)
clear = random.integers(0, 256, (4, 4, 4), dtype=np.uint8)
Image.fromarray(clear).save(HERE / "clear.png")
keep("clear", clear / 255)
palette = Image.fromarray(color).quantize(4)
palette.save(HERE / "palette.png")
keep("palette", np.asarray(palette.convert("RGB")) / 255)


def chunk(name, content):
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


# Adam7, which Pillow does not write.
rows = b""
for x, y, dx, dy in [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]:
    for row in gray[y::dy, x::dx]:
        if len(row):
            rows += b"\0" + row.tobytes()
head = struct.pack(">IIBBBBB", 7, 5, 8, 0, 0, 0, 1)
(HERE / "interlaced.png").write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))
assert (np.asarray(Image.open(HERE / "interlaced.png")) == gray).all()
keep("interlaced", gray / 255)

tone = np.round(20000 * np.sin(np.arange(40) / 3)).astype(np.int16)
with wave.open(str(HERE / "mono.wav"), "wb") as file:
    file.setparams((1, 2, 8000, 0, "NONE", ""))
    file.writeframes(tone.tobytes())
want["mono"] = (tone / 32768).astype(np.float32)
both = np.stack([tone, -tone // 2], 1)
with wave.open(str(HERE / "stereo24.wav"), "wb") as file:
    file.setparams((2, 3, 16000, 0, "NONE", ""))
    file.writeframes(b"".join((int(v) * 256).to_bytes(3, "little", signed=True) for v in both.reshape(-1)))
want["stereo24"] = np.ascontiguousarray(both.T / 32768).astype(np.float32)
floats = (tone / 30000).astype("<f4").tobytes()
body = b"WAVE" + b"fmt " + struct.pack("<IHHIIHH", 16, 3, 1, 8000, 32000, 4, 32) + b"LIST" + struct.pack("<I", 3) + b"abc\0" + b"data" + struct.pack("<I", len(floats)) + floats
(HERE / "float.wav").write_bytes(b"RIFF" + struct.pack("<I", len(body)) + body)
want["float"] = (tone / 30000).astype(np.float32)
save_file(want, HERE / "values.safetensors")
