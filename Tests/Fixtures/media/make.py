"""Small images, sounds and a database in every variant that is read, written by Pillow, NumPy, soundfile and Python's `wave` and `sqlite3`, with the
values that those libraries read back as safetensors.

Run with a Python that has Pillow, numpy, soundfile and safetensors: `python3 Tests/Fixtures/media/make.py`.
"""
import gzip
import pathlib
import sqlite3
import struct
import wave
import zlib

import numpy as np
import soundfile
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

deep = random.integers(0, 65536, (3, 4, 3), dtype=np.uint16)
rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in deep)
head = struct.pack(">IIBBBBB", 4, 3, 16, 2, 0, 0, 0)
(HERE / "deep.png").write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))
keep("deep", deep / 65535)
veil = random.integers(0, 256, (3, 5, 2), dtype=np.uint8)
Image.fromarray(veil, "LA").save(HERE / "veil.png")
keep("veil", veil / 255)
# One gray, and one colour of a palette, stand for what is clear.
hole = Image.fromarray(gray)
hole.save(HERE / "hole.png", transparency=int(gray[0, 0]))
keep("hole", np.stack([gray, np.where(gray == gray[0, 0], 0, 255)], -1) / 255)
palette.save(HERE / "stencil.png", transparency=1)
keep("stencil", np.asarray(Image.open(HERE / "stencil.png").convert("RGBA")) / 255)

# Photographs: smooth, with a little noise, of sizes that no block divides.
def photo(height, width):
    y, x = np.mgrid[0:height, 0:width]
    waves = [127 + 100 * np.sin(x / a + y / b) for a, b in [(9, 5), (4, 11), (14, 7)]]
    return np.clip(np.stack(waves, -1) + random.normal(0, 4, (height, width, 3)), 0, 255).astype(np.uint8)


scene = Image.fromarray(photo(21, 29))
for name, picture, options in [
    ("photo", scene, {"quality": 90}),
    ("halved", scene, {"quality": 80, "subsampling": "4:2:0"}),
    ("progressive", scene, {"quality": 75, "progressive": True}),
    ("mono", scene.convert("L"), {"quality": 85}),
]:
    picture.save(HERE / f"{name}.jpg", **options)
    keep(name + "_jpeg", np.asarray(Image.open(HERE / f"{name}.jpg")) / 255)
scene.convert("CMYK").save(HERE / "inks.jpg", quality=90)
keep("inks_jpeg", np.asarray(Image.open(HERE / "inks.jpg").convert("RGB")) / 255)

# A folder by class, pictures of two sizes, one of them gray and one with an alpha; and one of damaged ones.
for folder, name, size in [("moss", "a.jpg", (16, 24)), ("moss", "b.png", (16, 24)), ("sand", "c.jpeg", (26, 20)), ("sand", "d.png", (16, 24))]:
    (HERE / "pictures" / folder).mkdir(parents=True, exist_ok=True)
    picture = Image.fromarray(photo(*size))
    if name == "d.png":
        picture = picture.convert("L")
    path = HERE / "pictures" / folder / name
    picture.save(path)
    opened = Image.open(path).convert("RGB")
    want[f"pictures_{name[0]}"] = np.ascontiguousarray(np.asarray(opened).transpose(2, 0, 1)).astype(np.int32)
    small = np.asarray(opened.resize((12, 9), Image.Resampling.BILINEAR))
    want[f"pictures_{name[0]}_small"] = np.ascontiguousarray(small.transpose(2, 0, 1)).astype(np.int32)
(HERE / "damaged").mkdir(exist_ok=True)
whole = (HERE / "photo.jpg").read_bytes()
(HERE / "damaged" / "a.jpg").write_bytes(whole)
(HERE / "damaged" / "b.jpg").write_bytes(whole[:-100])
(HERE / "damaged" / "c.png").write_bytes(b"no picture at all")

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
for name, rate, samples, options in [
    ("loud.flac", 16000, both, {"subtype": "PCM_16"}),
    ("eight.wav", 8000, tone, {"subtype": "PCM_U8"}),
    ("big.aiff", 8000, tone, {"subtype": "PCM_24"}),
]:
    soundfile.write(HERE / name, samples.astype(np.int16), rate, **options)
    back, _ = soundfile.read(HERE / name, dtype="float32", always_2d=True)
    want[name.split(".")[0]] = np.ascontiguousarray(back[:, 0] if back.shape[1] == 1 else back.T)
for folder, name, count in [("low", "a", 30), ("low", "b", 24), ("high", "c", 30)]:
    (HERE / "sounds" / folder).mkdir(parents=True, exist_ok=True)
    step = 9 if folder == "low" else 2
    soundfile.write(HERE / "sounds" / folder / f"{name}.wav", (9000 * np.sin(np.arange(count) / step)).astype(np.int16), 8000, subtype="PCM_16")

(HERE / "weather.db").unlink(missing_ok=True)
with sqlite3.connect(HERE / "weather.db") as base:
    base.execute("create table days (id integer primary key, town text, warmth real, rain, picture blob)")
    base.executemany(
        "insert into days values (?, ?, ?, ?, ?)",
        [
            (1, "Jena", 12.5, 0, bytes([0, 51, 102])),
            (2, "Łódź", 9, None, bytes([255, 0, 1])),
            (3, None, -3.25, 2, bytes([7, 8, 9])),
            (4, "Jena", 14, 0.5, bytes([1, 2, 3])),
        ],
    )
    base.execute("create view warm as select id, warmth from days where warmth > 10")
base.close()
(HERE / "weather.db.gz").write_bytes(gzip.compress((HERE / "weather.db").read_bytes(), mtime=0))

save_file(want, HERE / "values.safetensors")
