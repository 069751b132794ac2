"""Writes Tests/Scripts/tensors/numpy_*.dl: values of tensor functions as NumPy computes them.

Run from anywhere with Python 3 and NumPy: python3 numpy_cases.py
"""
import math
import pathlib

import numpy as np

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "Scripts" / "tensors"
HEAD = """# Values that NumPy gives; written by Tests/Fixtures/tensors/numpy_cases.py.
fn check(what, got, shape, want) {
  assert(got.shape == shape, "\\(what): the shape is \\(got.shape), NumPy has \\(shape)")
  let difference = abs(cast(got, f64) - reshape(cast(want, f64), shape))
  assert(all(difference <= 2e-5 * (1 + abs(reshape(cast(want, f64), shape)))), "\\(what): \\(got)")
}
"""
random = np.random.default_rng(7)


def data(*shape, low=-2.0, high=2.0):
    return np.round(random.uniform(low, high, shape), 2)


def literal(array):
    array = np.asarray(array)
    if array.ndim:
        return "[" + ", ".join(literal(part) for part in array) + "]"
    if array.dtype == bool:
        return "true" if array else "false"
    if np.issubdtype(array.dtype, np.integer):
        return str(int(array))
    text = f"{float(array):.6g}"
    return text if any(c in text for c in ".e") else text + ".0"


def write(name, names, cases):
    lines = [HEAD]
    lines += [f"let {key} = tensor({literal(value)})" for key, value in names.items()]
    for code, value in cases:
        value = np.asarray(value)
        want = literal(value.reshape(-1).astype(float))
        quoted = code.replace('"', "'")
        lines.append(f'check("{quoted}", {code}, {literal(np.array(value.shape, dtype=int)) if value.ndim else "[]"}, {want})')
    lines.append('print("agrees")  # expect: agrees')
    (FOLDER / f"numpy_{name}.dl").write_text("\n".join(lines) + "\n")


def softmax(x, axis):
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def convolution(x, w, stride=1, padding=0, dilation=1, groups=1):
    """Cross-correlation of [n, c, h, w] with [k, c / groups, r, s], by its definition."""
    x = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    n, c, height, width = x.shape
    k, part, r, s = w.shape
    rows = (height - dilation * (r - 1) - 1) // stride + 1
    columns = (width - dilation * (s - 1) - 1) // stride + 1
    y = np.zeros((n, k, rows, columns))
    for f in range(k):
        group = f // (k // groups)
        for i in range(rows):
            for j in range(columns):
                a = x[:, group * part : (group + 1) * part, i * stride : i * stride + dilation * (r - 1) + 1 : dilation, j * stride : j * stride + dilation * (s - 1) + 1 : dilation]
                y[:, f, i, j] = (a * w[f]).sum(axis=(1, 2, 3))
    return y


def pooled(x, size, stride, reduce):
    n, c, height, width = x.shape
    rows, columns = (height - size) // stride + 1, (width - size) // stride + 1
    y = np.zeros((n, c, rows, columns))
    for i in range(rows):
        for j in range(columns):
            y[:, :, i, j] = reduce(x[:, :, i * stride : i * stride + size, j * stride : j * stride + size], axis=(2, 3))
    return y


x, y, p = data(2, 3), data(2, 3), data(2, 3, low=0.1, high=3.0)
erf = np.vectorize(math.erf)
write("elementwise", {"x": x, "y": y, "p": p}, [
    ("x + y", x + y), ("x - y", x - y), ("x * y", x * y), ("x / p", x / p), ("x // p", x // p), ("x % p", np.mod(x, p)), ("p ** y", p**y),
    ("x ** 3", x**3), ("exp(x)", np.exp(x)), ("log(p)", np.log(p)), ("log10(p)", np.log10(p)), ("sqrt(p)", np.sqrt(p)), ("abs(x)", abs(x)),
    ("sign(x)", np.sign(x)), ("floor(x)", np.floor(x)), ("ceil(x)", np.ceil(x)), ("round(x)", np.round(x)), ("sin(x)", np.sin(x)),
    ("cos(x)", np.cos(x)), ("tan(x)", np.tan(x)), ("tanh(x)", np.tanh(x)), ("sigmoid(x)", 1 / (1 + np.exp(-x))), ("erf(x)", erf(x)),
    ("clip(x, -1, 0.5)", np.clip(x, -1, 0.5)), ("where(x > y, x, y)", np.where(x > y, x, y)), ("min(x, y)", np.minimum(x, y)),
    ("max(x, 0.25)", np.maximum(x, 0.25)), ("cast(x < y, i64)", (x < y).astype(int)),
])

z = data(2, 3, 4)
write("reductions", {"z": z}, [
    ("sum(z)", z.sum()), ("sum(z, axis: 1)", z.sum(1)), ("sum(z, axis: [0, 2])", z.sum((0, 2))), ("sum(z, axis: -1, keep: true)", z.sum(-1, keepdims=True)),
    ("mean(z, axis: [1, 2])", z.mean((1, 2))), ("max(z, axis: 0)", z.max(0)), ("min(z, axis: [0, 1])", z.min((0, 1))), ("prod(z, axis: 1)", z.prod(1)),
    ("argmax(z)", z.argmax()), ("argmax(z, axis: 1)", z.argmax(1)), ("argmin(z, axis: -1)", z.argmin(-1)), ("cumsum(z, axis: 1)", z.cumsum(1)),
    ("cumprod(z, axis: 2)", z.cumprod(2)), ("z.var(axis: 0)", z.var(0)), ("z.var(axis: 1, ddof: 1)", z.var(1, ddof=1)), ("std(z)", z.std()),
    ("norm(z, axis: 2)", np.sqrt((z**2).sum(2))), ("logsumexp(z, axis: 1)", np.log(np.exp(z).sum(1))), ("softmax(z, axis: 1)", softmax(z, 1)),
    ("log_softmax(z)", np.log(softmax(z, -1))), ("sort(z)", np.sort(z)), ("argsort(z, axis: 1)", np.argsort(z, 1, kind="stable")),
    ("sort(z, descending: true)", -np.sort(-z)),
])

a, b, s, t = data(3, 4), data(4, 5), data(2, 3, 4), data(2, 4, 5)
u, v = data(4), data(3)
write("products", {"a": a, "b": b, "s": s, "t": t, "u": u, "v": v}, [
    ("a @ b", a @ b), ("a @ u", a @ u), ("v @ a", v @ a), ("u @ u", u @ u), ("s @ b", s @ b), ("s @ t", s @ t), ("a @ t", a @ t), ("v @ s", v @ s),
    ("s @ u", s @ u), ("a @ transpose(a)", a @ a.T), ("transpose(s) @ s", np.swapaxes(s, 1, 2) @ s), ("outer(u, v)", np.outer(u, v)),
    ('einsum("ij,jk->ik", a, b)', a @ b), ('einsum("bij,bjk->bik", s, t)', s @ t), ('einsum("bij,bjk->ik", s, t)', np.einsum("bij,bjk->ik", s, t)),
    ('einsum("bij->jb", s)', np.einsum("bij->jb", s)), ('einsum("i,bij,j", v, s, u)', np.einsum("i,bij,j", v, s, u)),
    ('einsum("bij,bik->bjk", s, s)', np.einsum("bij,bik->bjk", s, s)),
])

ids, m = np.array([2, 0, 2]), data(3, 4)
write("places", {"z": z, "m": m, "ids": ids}, [
    ("z[1]", z[1]), ("z[.., -1]", z[:, -1]), ("z[..., 1..3]", z[..., 1:3]), ("z[.., ..2, 0]", z[:, :2, 0]), ("z[1, .., new, 2]", z[1, :, None, 2]),
    ("m[ids]", m[ids]), ("m[.., ids]", m[:, ids]), ("m[ids, [0, 1, 3]]", m[ids, [0, 1, 3]]), ("z[.., [0, 2], [1, 1]]", z[:, [0, 2], [1, 1]]),
    ("z[[0, 1], .., [3, 0]]", z[[0, 1], :, [3, 0]]), ("m[m > 0]", m[m > 0]), ("m[range(2, 0, step: -1)]", m[2:0:-1]), ("m[range(0, 3, step: 2)]", m[0:3:2]),
    ("gather(m, ids, axis: 1)", m[:, ids]), ("pick(m, ids)", np.take_along_axis(m, ids[:, None], 1)[:, 0]),
    ("roll(m, 1, axis: 0)", np.roll(m, 1, 0)), ("flip(m, axis: 0)", m[::-1]), ("tril(m)", np.tril(m)), ("triu(m, 1)", np.triu(m, 1)),
    ("pad(m, [(1, 0), (0, 2)])", np.pad(m, ((1, 0), (0, 2)))), ("repeat(m, 2, axis: 1)", np.repeat(m, 2, 1)), ("tile(m, 2, 1)", np.tile(m, (2, 1))),
    ("permute(z, 2, 0, 1)", z.transpose(2, 0, 1)), ("stack([m, m], axis: 1)", np.stack([m, m], 1)), ("concat([m, m], axis: 1)", np.concatenate([m, m], 1)),
    ("reshape(z, 4, -1)", z.reshape(4, -1)), ("linspace(-1, 2, 7)", np.linspace(-1, 2, 7)), ("arange(1, 2, 0.3)", np.arange(1, 2, 0.3)),
])

i, k, g = data(2, 4, 6, 5), data(3, 4, 3, 2), data(4, 2, 3, 3)
write("windows", {"i": i, "k": k, "g": g}, [
    ("conv(i, k)", convolution(i, k)), ("conv(i, k, stride: 2, padding: 1)", convolution(i, k, stride=2, padding=1)),
    ("conv(i, k, dilation: 2)", convolution(i, k, dilation=2)), ("conv(i, g, groups: 2, padding: 1)", convolution(i, g, groups=2, padding=1)),
    ("max_pool(i, 2)", pooled(i, 2, 2, np.max)), ("max_pool(i, 3, stride: 1)", pooled(i, 3, 1, np.max)), ("avg_pool(i, 2)", pooled(i, 2, 2, np.mean)),
    ("sum_pool(i, 2, stride: 1)", pooled(i, 2, 1, np.sum)),
])
