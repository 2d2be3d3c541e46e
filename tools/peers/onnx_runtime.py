#!/usr/bin/env python3
"""Times onnxruntime on the CPU in f32 at the inference of the networks of src/models. The graphs are written here, with any weights:
a convolution, batch norm and ReLU are given as such, and onnxruntime fuses them when it loads them.
"""

import numpy
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from rows import CORES, Peer

CLASSES = 6
random = numpy.random.default_rng(1)


class Network:
    def __init__(self):
        self.nodes, self.weights, self.at = [], [], "slices"

    def weight(self, shape, low=-0.1, high=0.1):
        name = f"weight{len(self.weights)}"
        values = random.uniform(low, high, shape).astype(numpy.float32)
        self.weights.append(numpy_helper.from_array(values, name))
        return name

    def add(self, kind, *inputs, at=None, **attributes):
        out = f"value{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, [at or self.at, *inputs], [out], **attributes))
        self.at = out
        return out

    def conv(self, channels, filters, window, stride=1, bias=True):
        inputs = [self.weight((filters, channels, window, window))] + ([self.weight(filters)] if bias else [])
        # An odd row or column of padding goes last.
        self.add("Conv", *inputs, auto_pad="SAME_UPPER", kernel_shape=[window] * 2, strides=[stride] * 2)

    def norm(self, channels):
        self.add("BatchNormalization", *(self.weight(channels, 0.5, 1.5) for _ in range(4)))

    def pool(self):
        self.add("MaxPool", kernel_shape=[2, 2], strides=[2, 2])

    def dense(self, features, out):
        self.add("Gemm", self.weight((features, out)), self.weight(out))

    def session(self):
        slices = helper.make_tensor_value_info("slices", TensorProto.FLOAT, ["N", 1, 128, 128])
        logits = helper.make_tensor_value_info(self.at, TensorProto.FLOAT, ["N", CLASSES])
        graph = helper.make_graph(self.nodes, "network", [slices], [logits], self.weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = CORES
        return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def slice_cnn():
    network = Network()
    for channels, filters in [(1, 64), (64, 128), (128, 256), (256, 512)]:
        network.conv(channels, filters, 2)
        network.add("Elu")
        network.pool()
    network.add("Flatten")
    network.dense(512 * 8 * 8, 1024)
    network.add("Elu")
    network.dense(1024, CLASSES)
    return network.session()


def compact():
    network, channels = Network(), 1
    for filters, window, stride, pool in [(8, 5, 2, True), (16, 3, 1, True), (32, 3, 1, False), (32, 3, 1, True), (64, 3, 1, False)]:
        network.conv(channels, filters, window, stride, bias=False)
        network.norm(filters)
        network.add("Relu")
        if pool:
            network.pool()
        channels = filters
    filters = network.at
    mean = network.add("GlobalAveragePool", at=filters)
    most = network.add("GlobalMaxPool", at=filters)
    network.add("Concat", most, at=mean, axis=1)
    network.add("Flatten")
    network.dense(2 * channels, CLASSES)
    return network.session()


def main():
    peer = Peer("onnxruntime", onnxruntime.__version__)
    for name, session in [("slice-cnn", slice_cnn()), ("compact", compact())]:
        for batch in (1, 32):
            x = random.uniform(-1, 1, (batch, 1, 128, 128)).astype(numpy.float32)
            peer.row(f"{name} inference", f"{batch}x1x128x128", lambda: session.run(None, {"slices": x}))


main()
