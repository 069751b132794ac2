"""Writes Tests/Scripts/library/known_metrics.dl: values of metrics as scikit-learn, scikit-image, NLTK, jiwer and torchmetrics compute them.

Run with a Python that has these: `python3 Tests/Fixtures/metrics/known_metrics.py`.
"""
import pathlib

import jiwer
import numpy as np
from nltk.translate.bleu_score import corpus_bleu
from skimage.metrics import peak_signal_noise_ratio, structural_similarity
from sklearn import metrics

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "Scripts" / "library" / "known_metrics.dl"
random = np.random.default_rng(3)
lines = [
    "# Values that scikit-learn, scikit-image, NLTK and jiwer give; written by Tests/Fixtures/metrics/known_metrics.py.",
    "fn check(what, got, want) = assert(abs(float(got) - want) <= 2e-5 * (1 + abs(want)), \"\\(what): \\(got), not \\(want)\")",
]


def literal(array):
    if isinstance(array, (list, tuple, np.ndarray)):
        return "[" + ", ".join(literal(part) for part in array) + "]"
    if isinstance(array, str):
        return f'"{array}"'
    if isinstance(array, (bool, np.bool_)):
        return "true" if array else "false"
    if isinstance(array, (int, np.integer)):
        return str(int(array))
    text = f"{float(array):.7g}"
    return text if any(c in text for c in ".en") else text + ".0"


def let(name, value, tensor=True):
    lines.append(f"let {name} = " + (f"tensor({literal(value)})" if tensor else literal(value)))


def check(code, value):
    quoted = code.replace('"', "'")
    lines.append(f'check("{quoted}", {code}, {literal(float(value))})')


# Classes: one of six never occurs, one is never called.
truth = random.integers(0, 5, 40)
logits = np.round(random.normal(size=(40, 6)) + 1.5 * np.eye(6)[truth], 2)
logits[:, 2] -= 9
logits[:, 5] -= 9
called = logits.argmax(1)
let("logits", logits)
let("truth", truth)
options = {"average": "macro", "zero_division": 0}
check("accuracy(logits, truth)", metrics.accuracy_score(truth, called))
check("precision(logits, truth)", metrics.precision_score(truth, called, **options))
check("recall(logits, truth)", metrics.recall_score(truth, called, **options))
check("f1(logits, truth)", metrics.f1_score(truth, called, **options))
check("top_k(logits, truth, k: 3)", metrics.top_k_accuracy_score(truth, logits, k=3, labels=range(6)))
let("classes", called)
check("f1(classes, truth)", metrics.f1_score(truth, called, **options))
matrix = metrics.confusion_matrix(truth, called, labels=range(6))
lines.append(f"assert(list(confusion_matrix(logits, truth)) == {literal(matrix)})")
table = metrics.precision_recall_fscore_support(truth, called, labels=range(6), zero_division=0)
for name, column in zip(["precision", "recall", "f1"], table):
    for at in range(6):
        check(f"per_class(logits, truth).{name}[{at}]", column[at])
odds = np.exp(logits[:, :5]) / np.exp(logits[:, :5]).sum(1, keepdims=True)
check("auc(logits[.., ..5], truth)", metrics.roc_auc_score(truth, odds, multi_class="ovr"))

# Yes or no, with equal scores.
yes = random.integers(0, 2, 30)
scores = np.round(random.normal(size=30) + yes, 1)
let("yes", yes)
let("scores", scores)
binary = {"zero_division": 0}
check("accuracy(scores, yes)", metrics.accuracy_score(yes, scores > 0))
check("precision(scores, yes)", metrics.precision_score(yes, scores > 0))
check("recall(scores, yes)", metrics.recall_score(yes, scores > 0))
check("f1(scores, yes)", metrics.f1_score(yes, scores > 0))
check("auc(scores, yes)", metrics.roc_auc_score(yes, scores))

# Numbers.
y, p = np.round(random.normal(size=(12, 3)), 3), None
p = np.round(y + 0.4 * random.normal(size=(12, 3)), 3)
let("y", y)
let("p", p)
check("mae(p, y)", metrics.mean_absolute_error(y, p))
check("rmse(p, y)", np.sqrt(metrics.mean_squared_error(y, p)))
check("r2(p, y)", metrics.r2_score(y, p))

# Images.
a = np.round(random.uniform(size=(14, 17)), 3)
b = np.round(np.clip(a + 0.1 * random.normal(size=a.shape), 0, 1), 3)
let("a", a)
let("b", b)
check("psnr(b, a)", peak_signal_noise_ratio(a, b, data_range=1))
check("psnr(b, a, range: 255)", peak_signal_noise_ratio(a, b, data_range=255))
similar = structural_similarity(a, b, data_range=1, gaussian_weights=True, sigma=1.5, use_sample_covariance=False)
check("ssim(b, a)", similar)
check("ssim(stack([a, b])[new], stack([a, a])[new])", (1 + similar) / 2)

# Texts.
said = ["the cat sat on the mat", "there is a small dog in the big garden today", "we all live here in the old house"]
meant = ["the cat is on the mat", "there is a dog in the big old garden", "we all lived in the old house by the sea"]
second = ["a cat is lying on a mat", "a small dog plays in the garden today", "all of us live in the old house"]
let("said", said, tensor=False)
let("meant", meant, tensor=False)
let("several", [list(pair) for pair in zip(meant, second)], tensor=False)
check("word_error_rate(said, meant)", jiwer.wer(meant, said))
words = lambda texts: [text.split() for text in texts]
check("bleu(said, meant)", corpus_bleu([[m] for m in words(meant)], words(said)))
check("bleu(said, several)", corpus_bleu([list(pair) for pair in zip(words(meant), words(second))], words(said)))
check("bleu(said, several, n: 2)", corpus_bleu([list(pair) for pair in zip(words(meant), words(second))], words(said), weights=(0.5, 0.5)))

lines.append('print("agrees")  # expect: agrees')
SCRIPT.write_text("\n".join(lines) + "\n")
