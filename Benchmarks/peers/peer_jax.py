"""JAX on one case: `peer_jax.py CASE default THREADS`. The whole step (loss, gradient, optimizer) is one jax.jit with donated state; images are NHWC
and kernels HWIO, as users of JAX have them."""
import os, sys
CASE, THREADS = sys.argv[1], int(sys.argv[3])
os.environ["JAX_PLATFORMS"] = "cpu"
if THREADS == 1:
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"; os.sched_setaffinity(0, {0})
from functools import partial
import numpy as np, jax, jax.numpy as jnp
from jax import lax
import cases as C

case, relu = C.CASES[CASE], jax.nn.relu


def dense(p, at, x):
    x = x @ p[at + ".weight"].T
    return x + p[at + ".bias"] if at + ".bias" in p else x


def conv(p, at, x, stride=1, pad=1):
    x = lax.conv_general_dilated(x, p[at + ".weight"], (stride, stride), [(pad, pad)] * 2, dimension_numbers=("NHWC", "HWIO", "NHWC"))
    return x + p[at + ".bias"] if at + ".bias" in p else x


def pool(x): return lax.reduce_window(x, -jnp.inf, lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")


def batch_norm(p, old, new, at, x, training):
    if training:
        m = x.mean((0, 1, 2)); v = ((x - m) ** 2).mean((0, 1, 2)); count = x.size // x.shape[-1]
        new[at] = (0.9 * old[at][0] + 0.1 * lax.stop_gradient(m), 0.9 * old[at][1] + 0.1 * lax.stop_gradient(v) * (count / (count - 1)))
    else: m, v = old[at]
    return (x - m) * (lax.rsqrt(v + 1e-5) * p[at + ".weight"]) + p[at + ".bias"]


def layer_norm(p, at, x):
    m = x.mean(-1, keepdims=True); v = ((x - m) ** 2).mean(-1, keepdims=True)
    return (x - m) * lax.rsqrt(v + 1e-5) * p[at + ".weight"] + p[at + ".bias"]


def mlp(p, old, x, training):
    count = sum(path.endswith(".weight") for path in p)
    for i in range(1, count): x = relu(dense(p, f"l{i}", x))
    return dense(p, f"l{count}", x), old


def lenet(p, old, x, training):
    x = pool(relu(conv(p, "c1", x, pad=2))); x = pool(relu(conv(p, "c2", x, pad=0))).reshape(x.shape[0], -1)
    return dense(p, "l3", relu(dense(p, "l2", relu(dense(p, "l1", x))))), old


def cnn(p, old, x, training):
    new = {}
    for i in range(1, 5):
        x = relu(batch_norm(p, old, new, f"n{i}", conv(p, f"c{i}", x), training))
        if i % 2 == 0: x = pool(x)
    return dense(p, "l1", x.reshape(x.shape[0], -1)), new


def resnet(p, old, x, training):
    new = {}
    x = relu(batch_norm(p, old, new, "norm", conv(p, "conv", x), training))
    for i, (_, _, stride) in enumerate(C.RESNET):
        at = f"blocks.{i}."
        y = relu(batch_norm(p, old, new, at + "n1", conv(p, at + "c1", x, stride), training))
        y = batch_norm(p, old, new, at + "n2", conv(p, at + "c2", y), training)
        if stride != 1: x = batch_norm(p, old, new, at + "short_norm", conv(p, at + "short", x, stride, 0), training)
        x = relu(x + y)
    return dense(p, "head", x.mean((1, 2))), new


def lstm(p, old, x, training):
    inner = jnp.swapaxes(x, 0, 1) @ p["lstm.weight_ih_l0"].T + (p["lstm.bias_ih_l0"] + p["lstm.bias_hh_l0"])
    def cell(state, inner):
        h, c = state; i, f, g, o = jnp.split(inner + h @ p["lstm.weight_hh_l0"].T, 4, 1)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
        return (jax.nn.sigmoid(o) * jnp.tanh(c), c), None
    zero = jnp.zeros((x.shape[0], 128)); (h, _), _ = lax.scan(cell, (zero, zero), inner)
    return dense(p, "head", h), old


def transformer(p, old, ids, training):
    n, t = ids.shape; x = p["symbols.weight"][ids] + p["places.weight"]; seen = jnp.tril(jnp.ones((t, t), bool))
    for i in range(C.LAYERS):
        at = f"blocks.{i}."
        z = layer_norm(p, at + "norm1", x) @ p[at + "attention.in_proj_weight"].T + p[at + "attention.in_proj_bias"]
        q, k, v = jnp.split(z.reshape(n, t, 3 * C.HEADS, C.WIDTH // C.HEADS), 3, 2)
        share = jax.nn.softmax(jnp.where(seen, jnp.einsum("nthd,nshd->nhts", q, k) / np.sqrt(C.WIDTH // C.HEADS), -jnp.inf), -1)
        x = x + dense(p, at + "attention.out_proj", jnp.einsum("nhts,nshd->nthd", share, v).reshape(n, t, C.WIDTH))
        x = x + dense(p, at + "narrow", jax.nn.gelu(dense(p, at + "wide", layer_norm(p, at + "norm2", x)), approximate=True))
    return dense(p, "head", layer_norm(p, "norm", x)).reshape(n * t, -1), old


NETWORKS = dict(mlp=mlp, mlp_small=mlp, lenet=lenet, cnn=cnn, resnet18_cifar=resnet, lstm=lstm, transformer=transformer)


def begin(p): return jax.tree.map(jnp.zeros_like, p), jax.tree.map(jnp.zeros_like, p), jnp.int32(0)


def update(p, gradients, state):
    if case["optimizer"] == "sgd":
        velocity = jax.tree.map(lambda v, g: C.MOMENTUM * v + g, state[0], gradients)
        return jax.tree.map(lambda p, v: p - case["rate"] * v, p, velocity), (velocity, state[1], state[2])
    b1, b2 = case.get("betas", (0.9, 0.999)); t = state[2] + 1; f = t.astype(jnp.float32); c1, c2, decay = 1 - b1 ** f, 1 - b2 ** f, case.get("decay", 0.0)
    m = jax.tree.map(lambda m, g: b1 * m + (1 - b1) * g, state[0], gradients)
    v = jax.tree.map(lambda v, g: b2 * v + (1 - b2) * g * g, state[1], gradients)
    new = jax.tree.map(lambda p, m, v: p * (1 - case["rate"] * decay) - case["rate"] / c1 * m / (jnp.sqrt(v / c2) + 1e-8), p, m, v)
    return new, (m, v, t)


p, states, given = {}, {}, C.parameters(CASE)
for path, array in given.items():
    if array.ndim == 4: array = array.transpose(2, 3, 1, 0)
    p[path] = jnp.asarray(array)
    if "n" in path.split(".")[-2][:1] or "norm" in path: states[path.rsplit(".", 1)[0]] = (jnp.zeros(array.size), jnp.ones(array.size))
# Rows after the flattening: (c, h, w) as (h, w, c), so that the losses agree.
for network, channels, side in (("cnn", 64, 8), ("lenet", 16, 5)):
    if C.network(CASE) == network:
        w = given["l1.weight"]; p["l1.weight"] = jnp.asarray(w.reshape(len(w), channels, side, side).transpose(0, 2, 3, 1).reshape(len(w), -1))
turn = lambda a: a.transpose(0, 2, 3, 1) if a.ndim == 4 else a.astype(np.int32) if a.dtype == np.int64 else a
data = [tuple(jnp.asarray(turn(a)) for a in batch) for batch in C.batches(CASE)]

if C.only_infers(CASE):
    f = jax.jit(lambda p, states, x: NETWORKS[C.network(CASE)](p, states, x, False)[0])
    C.serve(CASE, lambda i: f(p, states, data[i % C.BATCHES][0]), lambda out: float(np.asarray(out).sum()))
elif CASE == "gan":
    real, fake = (lambda z: jnp.mean(jax.nn.softplus(-z))), (lambda z: jnp.mean(jax.nn.softplus(z)))
    generate = lambda g, z: jnp.tanh(dense(g, "g.l2", relu(dense(g, "g.l1", z))))
    judge = lambda d, x: dense(d, "d.l2", jax.nn.leaky_relu(dense(d, "d.l1", x), 0.2))
    @partial(jax.jit, donate_argnums=(0, 1, 2, 3))
    def f(g, d, state_g, state_d, x, z1, z2):
        a, gradients = jax.value_and_grad(lambda d: real(judge(d, x)) + fake(judge(d, generate(g, z1))))(d)
        d, state_d = update(d, gradients, state_d)
        b, gradients = jax.value_and_grad(lambda g: real(judge(d, generate(g, z2))))(g)
        g, state_g = update(g, gradients, state_g)
        return g, d, state_g, state_d, a + b
    g, d = {k: v for k, v in p.items() if k[0] == "g"}, {k: v for k, v in p.items() if k[0] == "d"}
    held = [g, d, begin(g), begin(d)]
    def step(i):
        *held[:], loss = f(*held, *data[i % C.BATCHES])
        return loss
    C.serve(CASE, step, float)
else:
    @partial(jax.jit, donate_argnums=(0, 1, 2))
    def f(p, states, state, x, y):
        def loss(p):
            z, new = NETWORKS[CASE](p, states, x, True)
            return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(z), y.reshape(-1)[:, None], 1)), new
        (value, new), gradients = jax.value_and_grad(loss, has_aux=True)(p)
        p, state = update(p, gradients, state)
        return p, new, state, value
    held = [p, states, begin(p)]
    def step(i):
        *held[:], loss = f(*held, *data[i % C.BATCHES])
        return loss
    C.serve(CASE, step, float)
