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
        code = code.replace("'", '"')
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

# From here on: every function of the page with every option it names.
q, r = data(3, 4), data(3, 4)
flags, other = random.integers(0, 2, (3, 4)).astype(bool), random.integers(0, 2, 4).astype(bool)
whole = random.integers(-9, 9, (3, 4))
cdf = np.vectorize(lambda v: 0.5 * (1 + math.erf(v / math.sqrt(2))))
write("logic", {"q": q, "r": r, "flags": flags, "other": other, "whole": whole}, [
    ("q == q", q == q), ("q != r", q != r), ("q < r", q < r), ("q <= 0.5", q <= 0.5), ("q > r", q > r), ("q >= r", q >= r), ("-1 < q < 1", (-1 < q) & (q < 1)),
    ("flags and other", flags & other), ("flags or other", flags | other), ("not flags", ~flags), ("flags == other", flags == other),
    ("any(flags)", flags.any()), ("any(flags, axis: 0)", flags.any(0)), ("all(flags or other, axis: 1)", (flags | other).all(1)),
    ("any(flags, axis: [0, 1], keep: true)", flags.any((0, 1), keepdims=True)), ("all(flags, axis: [0, 1])", flags.all((0, 1))), ("sum(flags)", flags.sum()),
    ("sum(flags, axis: 1)", flags.sum(1)), ("mean(flags)", flags.mean()), ("where(flags, q, r)", np.where(flags, q, r)), ("where(other, 1, r)", np.where(other, 1, r)),
    ("min(q, r, 0.25)", np.minimum(np.minimum(q, r), 0.25)), ("max(q, 0, r)", np.maximum(np.maximum(q, 0), r)), ("clip(q, low: 0)", q.clip(0)),
    ("whole // 4", whole // 4), ("whole % 4", whole % 4), ("whole // -4", whole // -4), ("whole / 4", whole / 4), ("whole ** 2", whole**2), ("abs(whole)", abs(whole)),
    ("relu(q)", q.clip(0)), ("leaky_relu(q)", np.where(q > 0, q, 0.01 * q)), ("leaky_relu(q, slope: 0.3)", np.where(q > 0, q, 0.3 * q)),
    ("elu(q)", np.where(q > 0, q, np.exp(np.minimum(q, 0)) - 1)), ("gelu(q)", q * cdf(q)), ("silu(q)", q / (1 + np.exp(-q))), ("softplus(q)", np.log1p(np.exp(q))),
    ("cast(q, i64)", q.astype(int)), ("cast(flags, f32)", flags), ("-q", -q), ("2 ** q", 2**q), ("q @ transpose(r)", q @ r.T),
])

w4 = data(2, 3, 2, 4)
write("axes", {"w": w4}, [
    ("sum(w, axis: [0, 3])", w4.sum((0, 3))), ("mean(w, axis: [-1, 0], keep: true)", w4.mean((-1, 0), keepdims=True)), ("max(w, axis: [1, 2])", w4.max((1, 2))),
    ("min(w, axis: [0, 1, 2, 3])", w4.min()), ("min(w, axis: -2, keep: true)", w4.min(-2, keepdims=True)), ("prod(w, axis: [2, 0])", w4.prod((2, 0))),
    ("prod(w, keep: true)", w4.prod(keepdims=True)), ("w.var(axis: [0, 1])", w4.var((0, 1))), ("w.var(axis: [1, 3], keep: true, ddof: 1)", w4.var((1, 3), keepdims=True, ddof=1)),
    ("std(w, axis: 3, ddof: 1)", w4.std(3, ddof=1)), ("std(w, axis: [0, 2], keep: true)", w4.std((0, 2), keepdims=True)), ("norm(w)", np.sqrt((w4**2).sum())),
    ("norm(w, axis: [1, 3], keep: true)", np.sqrt((w4**2).sum((1, 3), keepdims=True))), ("logsumexp(w)", np.log(np.exp(w4).sum())),
    ("logsumexp(w, axis: [0, 3])", np.log(np.exp(w4).sum((0, 3)))), ("logsumexp(w, axis: 1, keep: true)", np.log(np.exp(w4).sum(1, keepdims=True))),
    ("argmax(w, axis: 0)", w4.argmax(0)), ("argmin(w)", w4.argmin()), ("argmax(w, axis: -1, keep: true)", w4.argmax(-1, keepdims=True)),
    ("softmax(w, axis: 0)", softmax(w4, 0)), ("softmax(w)", softmax(w4, -1)), ("log_softmax(w, axis: 2)", np.log(softmax(w4, 2))), ("cumsum(w)", w4.cumsum(-1)),
    ("cumsum(w, axis: 0)", w4.cumsum(0)), ("cumprod(w, axis: 1)", w4.cumprod(1)), ("sort(w, axis: 1)", np.sort(w4, 1)), ("sort(w, axis: 0, descending: true)", -np.sort(-w4, 0)),
    ("argsort(w)", np.argsort(w4, -1)), ("argsort(w, axis: 3, descending: true)", np.argsort(-w4, 3)), ("top_k(w, 2)[0]", -np.sort(-w4, -1)[..., :2]),
    ("top_k(w, 2)[1]", np.argsort(-w4, -1)[..., :2]), ("top_k(w, 1, axis: 1)[0]", w4.max(1, keepdims=True)),
])

one = data(1, 3, 1)
write("shapes", {"w": w4, "one": one, "q": q, "r": r}, [
    ("transpose(w)", w4.swapaxes(-1, -2)), ("permute(w, [3, 1, 0, 2])", w4.transpose(3, 1, 0, 2)), ("permute(w, 0, -1, 1, 2)", w4.transpose(0, 3, 1, 2)), ("squeeze(one)", one.squeeze()),
    ("squeeze(one, axis: 0)", one.squeeze(0)), ("squeeze(one, axis: [0, -1])", one.squeeze((0, 2))), ("expand(one, [2, 3, 4])", np.broadcast_to(one, (2, 3, 4))),
    ("expand(q[new], 2, 3, 4)", np.broadcast_to(q, (2, 3, 4))), ("reshape(w, [6, -1])", w4.reshape(6, -1)), ("reshape(w, -1)", w4.reshape(-1)), ("flatten(w)", w4.reshape(-1)),
    ("concat([q, r])", np.concatenate([q, r])), ("concat([q, r, q], axis: -1)", np.concatenate([q, r, q], -1)), ("stack([q, r])", np.stack([q, r])),
    ("stack([q, r], axis: -1)", np.stack([q, r], -1)), ("stack([1, 2.5, 3])", np.stack([1, 2.5, 3])), ("tensor([q, r])", np.stack([q, r])), ("split(w, 3, axis: 1)[2]", np.split(w4, 3, 1)[2]),
    ("split(q, 3)[1]", q[1:2]), ("split(q, [1, 3], axis: 1)[1]", q[:, 1:]), ("pad(q, 1)", np.pad(q, 1)), ("pad(q, (1, 2))", np.pad(q, (1, 2))),
    ("pad(q, [(0, 1), (2, 0)], value: -1)", np.pad(q, ((0, 1), (2, 0)), constant_values=-1)), ("pad(q, [1, 2])", np.pad(q, ((1, 1), (2, 2)))), ("flip(w)", np.flip(w4)),
    ("flip(w, axis: [0, 2])", np.flip(w4, (0, 2))), ("roll(q, -1, axis: 1)", np.roll(q, -1, 1)), ("roll(q, [1, 2], axis: [0, 1])", np.roll(q, (1, 2), (0, 1))), ("repeat([1, 2], 2)", np.repeat([1, 2], 2)),
    ("repeat(q, 3, axis: 0)", np.repeat(q, 3, 0)), ("tile([1, 2], 2)", np.tile([1, 2], 2)), ("tile(q, 2)", np.tile(q, 2)), ("tile(q, [2, 3])", np.tile(q, (2, 3))),
    ("tile(q, 2, 1, 1)", np.tile(q, (2, 1, 1))), ("tril(q, 1)", np.tril(q, 1)), ("tril(q, -1)", np.tril(q, -1)), ("triu(w)", np.triu(w4)), ("triu(q, -1)", np.triu(q, -1)), ("diag([1, 2, 3])", np.diag([1, 2, 3])),
    ("diag(q)", np.diag(q)), ("outer([1, 2], [3, 4, 5])", np.outer([1, 2], [3, 4, 5])), ("zeros(2, 3)", np.zeros((2, 3))), ("ones([2, 1])", np.ones((2, 1))), ("full([2, 2], 1.5)", np.full((2, 2), 1.5)),
    ("eye(3)", np.eye(3)), ("eye(2, 4)", np.eye(2, 4)), ("arange(5)", np.arange(5)), ("arange(2, 11, 3)", np.arange(2, 11, 3)), ("arange(5, 0, -2)", np.arange(5, 0, -2)), ("arange(0, 1, 0.25)", np.arange(0, 1, 0.25)),
    ("linspace(2, 3, 5)", np.linspace(2, 3, 5)), ("linspace(2, 3, 1)", np.linspace(2, 3, 1)), ("zeros_like(q)", np.zeros_like(q)), ("ones_like(q)", np.ones_like(q)), ("one_hot([2, 0], 3)", np.eye(3)[[2, 0]]),
    ("one_hot([[1], [0]], 2)", np.eye(2)[[[1], [0]]]), ("matmul(q, transpose(r))", q @ r.T), ("einsum('ij,ij->i', q, r)", (q * r).sum(1)), ("einsum('ij->', q)", q.sum()), ("einsum('...ij->...ji', w)", w4.swapaxes(-1, -2)),
    ("einsum('...i,...i->...', w, w)", (w4 * w4).sum(-1)), ("einsum('ii->i', q[.., ..3])", np.diag(q[:, :3])), ("einsum('ij,kj->ik', q, r)", q @ r.T),
])

rows, places = np.array([2, 0, 2, 1]), np.array([[0, 3], [1, 1], [2, 0]])
values = data(4, 4)
added, highest, written, spread = q.copy(), q.copy(), q.copy(), q.copy()
np.add.at(added, rows, values)
np.maximum.at(highest, rows, values)
written[[2, 0]] = values[:2]
np.add.at(spread, (slice(None), np.array([1, 3])), values[:3, :2])
segments = np.array([1, 0, 1, 3])
sums = np.zeros((4, 4))
np.add.at(sums, segments, values)
means = sums / np.array([1, 2, 1, 1])[:, None]
most = np.full((4, 4), -np.inf)
np.maximum.at(most, segments, values)
shares = np.zeros(4)
for k in range(4):
    inside = segments == k
    shares[inside] = np.exp(values[inside, 0]) / np.exp(values[inside, 0]).sum()
middle, column = q.copy(), q.copy()
middle[1:3] = values[:2]
column[:, 2] = 7
write("indexing", {"w": w4, "q": q, "rows": rows, "places": places, "values": values, "segments": segments}, [
    ("w[1]", w4[1]), ("w[-1, -2]", w4[-1, -2]), ("w[.., 1..]", w4[:, 1:]), ("w[..1, .., ..-1]", w4[:1, :, :-1]), ("w[.., .., .., -2..]", w4[..., -2:]), ("w[..., 0]", w4[..., 0]), ("w[0, ...]", w4[0]),
    ("w[0, ..., 1]", w4[0, ..., 1]), ("w[..., new]", w4[..., None]), ("w[new]", w4[None]), ("q[.., new]", q[:, None]), ("q[new, .., new, 1..3]", q[None, :, None, 1:3]), ("w[..., new, 0]", w4[..., None, 0]),
    ("q[0..=1]", q[0:2]), ("q[range(0, 3, step: 2), range(3, -1, step: -1)]", q[0:3:2, ::-1]), ("q[rows]", q[rows]), ("q[[1, 1]]", q[[1, 1]]), ("q[.., [0, 2]]", q[:, [0, 2]]), 
    ("q[rows, [3, 2, 1, 0]]", q[rows, [3, 2, 1, 0]]), ("w[.., rows]", w4[:, rows]), ("w[1, rows, 0]", w4[1, rows, 0]), ("q[q > 0]", q[q > 0]), ("q[q[.., 0] > -9]", q), ("q[[true, false, true]]", q[[True, False, True]]),
    ("gather(q, rows)", q[rows]), ("gather(q, places, axis: 1)", q[:, places]), ("gather(w, rows, axis: -1)", w4[..., rows]), ("pick(q, [3, 0, 1])", q[[0, 1, 2], [3, 0, 1]]),
    ("pick(q, [2, 0, 1, 1], axis: 0)", q[[2, 0, 1, 1], [0, 1, 2, 3]]), ("scatter(q, rows, values, how: 'add')", added), ("scatter(q, rows, values, how: 'max')", highest), ("scatter(q, [2, 0], values[..2])", written),
    ("scatter(q, [1, 3], values[..3, ..2], axis: 1, how: 'add')", spread), ("segment_sum(values, segments, 4)", sums), ("segment_mean(values, segments, 4)", means),
    ("segment_max(values, segments, 4)", np.where(np.isinf(most), 0, most)), ("segment_softmax(values[.., 0], segments, 4)", shares), ("put(q, values[..2], at: 1)", middle), ("put(q, 7, at: 2, axis: 1)", column),
    ("take(q, at: 1)", q[1]), ("take(q, at: tensor(1), size: 2)", q[1:3]), ("take(q, at: 2, size: 2, axis: 1)", q[:, 2:4]),
])

line, kernel1, volume, kernel3 = data(2, 3, 7), data(4, 3, 2), data(1, 2, 3, 4, 3), data(3, 2, 2, 1, 2)


def any_convolution(x, w, stride, low, high, dilation):
    """Cross-correlation over any number of axes, by its definition."""
    space = x.ndim - 2
    x = np.pad(x, [(0, 0), (0, 0)] + list(zip(low, high)))
    reach = [d * (k - 1) + 1 for d, k in zip(dilation, w.shape[2:])]
    sizes = [(n - e) // s + 1 for n, e, s in zip(x.shape[2:], reach, stride)]
    y = np.zeros((x.shape[0], w.shape[0], *sizes))
    for at in np.ndindex(*sizes):
        window = tuple(slice(a * s, a * s + e, d) for a, s, e, d in zip(at, stride, reach, dilation))
        part = x[(slice(None), slice(None), *window)]
        y[(slice(None), slice(None), *at)] = np.tensordot(part, w, (range(1, 2 + space), range(1, 2 + space)))
    return y


image, kernel2 = data(2, 4, 6, 5), data(3, 4, 3, 2)
write("convolutions", {"line": line, "kernel1": kernel1, "image": image, "kernel2": kernel2, "volume": volume, "kernel3": kernel3}, [
    ("conv(line, kernel1)", any_convolution(line, kernel1, [1], [0], [0], [1])),
    ("conv(line, kernel1, stride: 2, padding: 1, dilation: 3)", any_convolution(line, kernel1, [2], [1], [1], [3])),
    ('conv(line, kernel1, padding: "same")', any_convolution(line, kernel1, [1], [0], [1], [1])),
    ("conv(image, kernel2, stride: [1, 2], padding: [2, 0], dilation: [2, 1])", any_convolution(image, kernel2, [1, 2], [2, 0], [2, 0], [2, 1])),
    ('conv(image, kernel2, padding: "same", stride: 2)', any_convolution(image, kernel2, [2, 2], [1, 0], [1, 1], [1, 1])),
    ("conv(volume, kernel3, padding: 1)", any_convolution(volume, kernel3, [1, 1, 1], [1, 1, 1], [1, 1, 1], [1, 1, 1])),
    ("conv(volume, kernel3, stride: [1, 2, 1])", any_convolution(volume, kernel3, [1, 2, 1], [0, 0, 0], [0, 0, 0], [1, 1, 1])),
])
