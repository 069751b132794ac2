"""Writes the small files that the tests of data formats read, with the packages that define the formats.

python3 -m venv /tmp/venv && /tmp/venv/bin/pip install numpy==2.4.6 safetensors==0.8.0
/tmp/venv/bin/python Tests/Fixtures/data/make.py
"""
import gzip, io, os, struct, zipfile
import numpy as np
from safetensors.numpy import save

os.chdir(os.path.dirname(os.path.abspath(__file__)))
matrix = np.array([[1, -2, 3], [4, 5, -6.5]])

for name, dtype in [("f2", "<f2"), ("f4", "<f4"), ("f4_big", ">f4"), ("f8", "<f8"), ("i1", "|i1"), ("i2_big", ">i2"), ("i4", "<i4"),
                    ("i8", "<i8"), ("i8_big", ">i8")]:
    np.save(f"{name}.npy", matrix.astype(dtype))
for name, dtype in [("u1", "|u1"), ("u2", "<u2"), ("u4", "<u4"), ("u8", "<u8"), ("b1", "|b1")]:
    np.save(f"{name}.npy", np.array([[0, 1, 2], [3, 4, 255]]).astype(dtype))
np.save("fortran.npy", np.asfortranarray(np.arange(24, dtype="<f4").reshape(2, 3, 4)))
np.save("scalar.npy", np.array(2.5, dtype="<f8"))
np.save("empty.npy", np.zeros((0, 3), dtype="<f4"))
np.save("vector.npy", np.arange(5, dtype="<i8"))
for version in (2, 3):
    with open(f"version{version}.npy", "wb") as f:
        np.lib.format.write_array(f, matrix.astype("<f4"), version=(version, 0))
np.save("record.npy", np.zeros(2, dtype=[("a", "<f4"), ("b", "<i4")]))
np.save("complex.npy", np.zeros(2, dtype="<c8"))
np.save("text.npy", np.array(["ab", "c"]))
np.save("object.npy", np.array([{}, []], dtype=object), allow_pickle=True)

x, y = np.arange(12, dtype="<f4").reshape(4, 3), np.array([3, 1, 2, 0], dtype="<i8")
np.savez("stored.npz", x=x, y=y)
np.savez_compressed("deflated.npz", x=x, y=y)
# As if four gigabytes were reached at once: sizes, offsets and the end of the directory are in their 64-bit forms.
zipfile.ZIP64_LIMIT = 10
with zipfile.ZipFile("zip64.npz", "w", zipfile.ZIP_DEFLATED) as z:
    for name, array in [("x", x), ("y", y)]:
        data = io.BytesIO()
        np.save(data, array)
        with z.open(f"{name}.npy", "w", force_zip64=True) as f:
            f.write(data.getvalue())

with open("all.safetensors", "wb") as f:
    f.write(save({
        "f32": matrix.astype("f4"), "f64": matrix, "f16": matrix.astype("f2"), "i8": matrix.astype("i1"), "i16": matrix.astype("i2"),
        "i32": matrix.astype("i4"), "i64": matrix.astype("i8"), "u8": np.array([0, 255], "u1"), "u16": np.array([0, 65535], "u2"),
        "u32": np.array([0, 4294967295], "u4"), "u64": np.array([0, 7], "u8"), "bool": np.array([True, False]),
        "scalar": np.array(2.5, "f4"), "none": np.zeros((0, 3), "f4"), "../evil.\"\u00e9\n": np.array([1], "f4"),
    }, metadata={"format": "np", "note": "\u00e9\u20ac"}))
bf16 = b'{"b":{"dtype":"BF16","shape":[3],"data_offsets":[0,6]}}'
bf16 += b" " * (-len(bf16) % 8)
with open("bf16.safetensors", "wb") as f:
    f.write(struct.pack("<Q", len(bf16)) + bf16 + struct.pack("<3H", 0x3f80, 0xc020, 0x7f80))

def idx(array, code):
    return struct.pack(">HBB", 0, code, array.ndim) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()
images = np.arange(2 * 3 * 4, dtype="u1").reshape(2, 3, 4)
with open("images.idx.gz", "wb") as f:
    f.write(gzip.compress(idx(images, 8), mtime=0))
with open("labels.idx", "wb") as f:
    f.write(idx(np.array([7, 3], "u1"), 8))
with open("members.gz", "wb") as f:
    f.write(gzip.compress(b"a,b\n1,2\n", mtime=0) + gzip.compress(b"3,4\n", mtime=0) + bytes(512))
