#!/usr/bin/env python3
"""Times PyTorch, eager in f32, at the work of our benchmark: kernels, and the networks of src/models.

    python tools/peers/pytorch.py [--cuda] [WORD …]      only rows whose name or shape has one of the words

On the processor, or with --cuda on its GPU, once with products in f32 and once in TF32. Networks read slices from the host's memory and
give their answer there; kernels work where their operands are.
"""

import argparse
import warnings

import torch
import torch.nn.functional as F
from rows import CORES, Peer
from torch import nn

CLASSES = 6
# Where everything happens, and how its end is waited for.
DEVICE = torch.device("cpu")


def finish():
    if DEVICE.type == "cuda":
        torch.cuda.synchronize()


def random(*shape):
    return torch.randn(*shape, device=DEVICE)

# Input and filters of the slice CNN's convolutions at batch 32, and of a larger one.
CONVS = [
    ((32, 1, 128, 128), (64, 1, 2, 2)),
    ((32, 64, 64, 64), (128, 64, 2, 2)),
    ((32, 128, 32, 32), (256, 128, 2, 2)),
    ((32, 256, 16, 16), (512, 256, 2, 2)),
    ((8, 64, 64, 64), (64, 64, 3, 3)),
]


def by(shape):
    return "x".join(map(str, shape))


def around(window):
    """Padding that keeps the size, for F.pad: of an odd number of rows or columns, the odd one goes last."""
    height, width = (size - 1 for size in window)
    return (width // 2, width - width // 2, height // 2, height - height // 2)


class SliceCnn(nn.Module):
    def __init__(self):
        super().__init__()
        sizes = [1, 64, 128, 256, 512]
        self.convs = nn.ModuleList(nn.Conv2d(a, b, 2, padding="same") for a, b in zip(sizes, sizes[1:]))
        self.dense1 = nn.Linear(512 * 8 * 8, 1024)
        self.dropout = nn.Dropout(0.5)
        self.dense2 = nn.Linear(1024, CLASSES)

    def forward(self, x):
        for conv in self.convs:
            x = F.max_pool2d(F.elu(conv(x)), 2)
        return self.dense2(self.dropout(F.elu(self.dense1(x.flatten(1)))))


class Compact(nn.Module):
    # Filters, window, stride, whether a pool follows.
    BLOCKS = [(8, 5, 2, True), (16, 3, 1, True), (32, 3, 1, False), (32, 3, 1, True), (64, 3, 1, False)]

    def __init__(self):
        super().__init__()
        self.convs, self.norms, channels = nn.ModuleList(), nn.ModuleList(), 1
        for filters, window, stride, _ in self.BLOCKS:
            # An odd row or column goes last; with a stride PyTorch has no `same`.
            padding = 0 if stride > 1 else "same"
            self.convs.append(nn.Conv2d(channels, filters, window, stride, padding, bias=False))
            self.norms.append(nn.BatchNorm2d(filters))
            channels = filters
        self.dropout = nn.Dropout(0.3)
        self.dense = nn.Linear(2 * channels, CLASSES)

    def forward(self, x):
        for (_, _, stride, pool), conv, norm in zip(self.BLOCKS, self.convs, self.norms):
            if stride > 1:
                # 128 in, 64 out, a window of 5 and steps of 2: three rows of padding.
                x = F.pad(x, (1, 2, 1, 2))
            x = F.relu(norm(conv(x)))
            if pool:
                x = F.max_pool2d(x, 2)
        return self.dense(self.dropout(torch.cat([x.mean((2, 3)), x.amax((2, 3))], 1)))


def inference(peer, name, network, batch):
    network.eval().to(DEVICE)
    x = torch.randn(batch, 1, 128, 128)

    def call():
        with torch.no_grad():
            network(x.to(DEVICE)).cpu()

    peer.row(f"{name} inference", by(x.shape), call)


def training(peer, name, network, batch, optimiser):
    network.train().to(DEVICE)
    x, targets = torch.randn(batch, 1, 128, 128), torch.arange(batch) % CLASSES
    # A small rate: the same batch learned by heart has gradients of zeros, and denormals, which are slow.
    optimiser = optimiser(network.parameters(), lr=1e-6)

    def call():
        optimiser.zero_grad()
        loss = F.cross_entropy(network(x.to(DEVICE)), targets.to(DEVICE))
        loss.backward()
        optimiser.step()
        loss.item()

    peer.row(f"{name} training", by(x.shape), call, note=type(optimiser).__name__)


def rms_prop(parameters, lr):
    return torch.optim.RMSprop(parameters, lr=lr, alpha=0.9, eps=1e-10)


def adam_w(parameters, lr):
    return torch.optim.AdamW(parameters, lr=lr, betas=(0.9, 0.999), eps=1e-8, weight_decay=1e-2)


class Convolution:
    """Each call by itself, as autograd has it: the forward pass pads and keeps the padded input, the gradient of the padding is a copy."""

    def __init__(self, shape, filters):
        self.x, self.weight = random(*shape), random(*filters)
        self.grad = random(shape[0], filters[0], *shape[2:])
        pad = around(filters[2:])
        self.padded, self.crop = F.pad(self.x, pad), [-size for size in pad]

    def forward(self):
        return F.conv2d(self.x, self.weight, padding="same")

    def backward(self, *which):
        return torch.ops.aten.convolution_backward(
            self.grad, self.padded, self.weight, None, [1, 1], [0, 0], [1, 1], False, [0, 0], 1, which
        )

    def grad_input(self):
        return F.pad(self.backward(True, False, False)[0], self.crop)

    def grad_weight(self):
        return self.backward(False, True, False)[1]


def conv2d(peer, shape, filters):
    work = Convolution(shape, filters)
    x, weight, dy = by(shape), by(filters), by(work.grad.shape)
    peer.row("conv2d", f"{x} * {weight}", work.forward)
    peer.row("conv2d_grad_input", f"{dy} * {weight}", work.grad_input)
    peer.row("conv2d_grad_weight", f"{x} * {dy}", work.grad_weight)


def gru(peer, steps, batch, features, units):
    """A layer from a state of zeros, and with the gradients of its weights."""
    layer = nn.GRU(features, units).to(DEVICE)
    x = random(steps, batch, features)

    def forward():
        with torch.no_grad():
            layer(x)

    def gradients():
        torch.autograd.grad(layer(x)[0].sum(), list(layer.parameters()))

    peer.row("gru layer", by(x.shape), forward)
    peer.row("gru layer with gradients", by(x.shape), gradients)


def check():
    """The convolutions and gradients that are timed are those of a padded convolution and of autograd."""
    for shape, filters in [((2, 3, 6, 8), (4, 3, 2, 2)), ((2, 3, 6, 8), (4, 3, 3, 3))]:
        work = Convolution(shape, filters)
        x, weight = work.x.clone().requires_grad_(), work.weight.clone().requires_grad_()
        y = F.conv2d(F.pad(x, around(filters[2:])), weight)
        y.backward(work.grad)
        for ours, theirs in [(work.forward(), y), (work.grad_input(), x.grad), (work.grad_weight(), weight.grad)]:
            assert torch.allclose(ours, theirs, atol=1e-4), (shape, filters)
    assert DEVICE.type == "cpu"
    assert sum(p.numel() for p in SliceCnn().parameters()) == 34_250_950


class Wanted(Peer):
    """Only the rows that the command line asks for, each waited for."""

    def __init__(self, name, words):
        super().__init__(name, torch.__version__.split("+")[0])
        self.words = words
        if DEVICE.type == "cuda":
            self.where["device"] = torch.cuda.get_device_name()

    def row(self, name, shape, call, *rest, **named):
        def waited():
            call()
            finish()

        if not self.words or any(word in f"{name} {shape}" for word in self.words):
            super().row(name, shape, waited, *rest, **named)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cuda", action="store_true")
    parser.add_argument("words", nargs="*", metavar="WORD")
    arguments = parser.parse_args()
    torch.manual_seed(1)
    torch.set_num_threads(CORES)
    # It says that windows of even sides are padded by a copy.
    warnings.filterwarnings("ignore", message="Using padding='same'")
    check()
    if not arguments.cuda:
        rows(Wanted("PyTorch", arguments.words))
        return
    global DEVICE
    DEVICE = torch.device("cuda")
    for name, narrow in (("PyTorch", False), ("PyTorch TF32", True)):
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = narrow
        rows(Wanted(name, arguments.words))


def rows(peer):
    with torch.no_grad():
        for shape, filters in CONVS:
            conv2d(peer, shape, filters)
        a, b = random(1024, 1024), random(1024, 1024)
        peer.row("gemm", "1024x1024 * 1024x1024", lambda: a @ b)
    gru(peer, 128, 32, 128, 128)
    for batch in (1, 32):
        inference(peer, "slice-cnn", SliceCnn(), batch)
    for batch in (4, 32):
        training(peer, "slice-cnn", SliceCnn(), batch, rms_prop)
    for batch in (1, 32):
        inference(peer, "compact", Compact(), batch)
    training(peer, "compact", Compact(), 32, adam_w)


main()
