"""Writes a program of about a thousand lines for `dl check`: what people write, with other names and sizes each time.

    python3 Benchmarks/checker/generate.py [lines] > program.dl
"""
import random
import sys

random.seed(1)
wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
lines = []


def add(text):
    lines.extend(text.strip("\n").split("\n"))
    lines.append("")


def helpers(n):
    add(f"""
## Shared helpers, part {n}.
fn scaled_{n}(x: [rows, d], by = {random.randint(1, 9)}) -> [rows, d] {{
  let center = mean(x, axis: 0)
  let spread = std(x, axis: 0) + 1e-6
  (x - center) / spread * by
}}
fn share_{n}(xs, limit = {random.randint(2, 50)}) {{
  var count = 0
  for x in xs {{
    if x > limit {{ count += 1 }} else if x < 0 {{ continue }}
  }}
  if len(xs) == 0 {{ return 0.0 }}
  count / len(xs)
}}
fn table_{n}(names) = reduce(names, (d, name) => {{ var e = d; e[name] = len(name); e }}, [:])
print(share_{n}([1, 2, {n}]), table_{n}(["a", "bb"]))
""")


def convolutional(n):
    a, b, classes = random.choice([8, 16]), random.choice([16, 32]), random.randint(2, 20)
    add(f"""
dataset Images{n} {{
  source  memory(uniform([40, 1, 16, 16]), integers([40], 0, {classes}))
  split   train: 0.7, validation: 0.15, test: 0.15
  batch   {random.choice([4, 8, 16])}
}}

## Reads small pictures.
network Reader{n}(classes = {classes}, dropout = 0.2) {{
  Conv({a}, kernel: 3, padding: "same") -> BatchNorm -> relu -> MaxPool(2)
  Conv({b}, kernel: 3, padding: "same") -> BatchNorm -> relu -> MaxPool(2)
  Flatten -> Dropout(dropout)
  Dense(64) -> relu
  Dense(classes)
}}

let run{n} = train Reader{n}() on Images{n} {{
  loss       cross_entropy(smoothing: 0.1)
  optimizer  adam(rate: 1e-3, clip_norm: 1.0, schedule: cosine(warmup: 10 steps))
  epochs     5
  metrics    accuracy
  stop       patience: 3
  quiet
}}
print("test \\(evaluate(run{n}.model, on: Images{n}.test).accuracy)")
""")


def sequence(n):
    width = random.choice([8, 16])
    add(f"""
network Attend{n}(width = {width}, heads = 2) {{
  let query = Dense(width), key = Dense(width), value = Dense(width), out = Dense(width)
  fn split_heads(x: [n, t, width]) = permute(reshape(x, n, t, heads, width // heads), 0, 2, 1, 3)
  forward(x: [n, t, width]) -> [n, t, width] {{
    let (q, k, v) = (split_heads(query(x)), split_heads(key(x)), split_heads(value(x)))
    let scores = softmax(q @ transpose(k) / sqrt(width / heads))
    out(reshape(permute(scores @ v, 0, 2, 1, 3), n, t, width))
  }}
}}
network Language{n}(words = {random.randint(20, 90)}, width = {width}) {{
  let embed = Embedding(words, width) -> PositionalEncoding(width)
  let blocks = map(0..3, i => Attend{n}(width))
  let norm = LayerNorm, head = Dense(words)
  forward(ids: [n, t]) -> [n, t, words] {{
    var h = embed(ids)
    for block in blocks {{ h = h + block(h) }}
    head(norm(h))
  }}
}}
let language{n} = Language{n}()
let optimizer{n} = adamw(3e-4, clip_norm: 1.0)
for step in 0..100 {{
  let ids = integers([8, 12], 0, 20)
  let loss = minimize over language{n} with optimizer{n} {{
    cross_entropy(language{n}(ids[.., ..-1]), ids[.., 1..])
  }}
  if step % 50 == 0 {{ print("\\(step): \\(loss)") }}
}}
""")


def adversarial(n):
    add(f"""
network Generator{n}(latent = {random.choice([4, 8])}) {{
  Dense(32) -> relu -> Dense(32) -> relu
  Dense(2)
}}
network Critic{n} {{ Dense(32) -> leaky_relu(slope: 0.2); Dense(1) }}
let g{n} = Generator{n}(), d{n} = Critic{n}()
let opt_g{n} = adam(2e-4, beta1: 0.5), opt_d{n} = adam(2e-4, beta1: 0.5)
for epoch in 1..=3 {{
  let real = normal([64, 2]), noise = normal([64, 4])
  minimize over d{n} with opt_d{n} {{ bce(d{n}(real), 1) + bce(d{n}(g{n}(noise)), 0) }}
  minimize over g{n} with opt_g{n} {{ bce(d{n}(g{n}(noise)), 1) }}
}}
""")


parts = [helpers, convolutional, sequence, adversarial]
n = 0
while len(lines) < wanted:
    parts[n % len(parts)](n)
    n += 1
print("\n".join(lines[:-1]))
