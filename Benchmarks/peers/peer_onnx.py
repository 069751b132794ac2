"""ONNX Runtime on an inference case: `peer_onnx.py CASE default THREADS`. Graphs are built from the shared parameters."""
import sys
CASE, THREADS = sys.argv[1], int(sys.argv[3])
import numpy as np, onnxruntime
from onnx import TensorProto, helper, numpy_helper
import cases as C

p, data, nodes, constants = C.parameters(CASE), C.batches(CASE), [], []


def constant(name, array):
    constants.append(numpy_helper.from_array(array, name)); return name


def op(kind, inputs, **options):
    out = f"v{len(nodes)}"; nodes.append(helper.make_node(kind, inputs, [out], **options)); return out


def conv_norm(x, conv, norm, stride, kernel):
    count = p[norm + ".weight"].size
    x = op("Conv", [x, conv + ".weight"], strides=[stride, stride], pads=[kernel // 2] * 4)
    mean, variance = constant(norm + ".mean", np.zeros(count, np.float32)), constant(norm + ".variance", np.ones(count, np.float32))
    return op("BatchNormalization", [x, norm + ".weight", norm + ".bias", mean, variance], epsilon=1e-5)


for name, array in p.items(): constant(name, array)
x = "x"
if CASE == "infer_mlp_b1":
    for i in (1, 2, 3):
        x = op("Gemm", [x, f"l{i}.weight", f"l{i}.bias"], transB=1)
        if i < 3: x = op("Relu", [x])
else:
    x = op("Relu", [conv_norm(x, "conv", "norm", 1, 3)])
    for i, (a, b, stride) in enumerate(C.RESNET):
        at = f"blocks.{i}."
        y = conv_norm(op("Relu", [conv_norm(x, at + "c1", at + "n1", stride, 3)]), at + "c2", at + "n2", 1, 3)
        if stride != 1: x = conv_norm(x, at + "short", at + "short_norm", stride, 1)
        x = op("Relu", [op("Add", [x, y])])
    x = op("Gemm", [op("Flatten", [op("GlobalAveragePool", [x])]), "head.weight", "head.bias"], transB=1)
value = lambda name, shape: helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
graph = helper.make_graph(nodes, "g", [value("x", list(data[0][0].shape))], [value(x, [1, 10])], constants)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)]); model.ir_version = 9
options = onnxruntime.SessionOptions(); options.intra_op_num_threads = THREADS
session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
C.serve(CASE, lambda i: session.run(None, {"x": data[i % C.BATCHES][0]})[0], lambda out: float(out.sum()))
