"""Jobs that judge scores on the device."""

from __future__ import annotations

from collections.abc import Sequence

from cnnstudio.engine.opencl.host_buffers import HostMemory
from cnnstudio.engine.opencl.job import Constant, Job, Port, Region, Sink, Value
from cnnstudio.operations import SoftmaxCrossEntropy, elements


def loss_jobs(
    loss: SoftmaxCrossEntropy,
    scores: Value,
    sink: Sink,
    host: HostMemory,
    labels: Port,
    by_sample: Sequence[Region],
    class_weights: Port | None,
) -> list[Job]:
    """The loss and hit of every sample (kept in `by_sample`) with the gradient of the scores, and then their sums."""
    classes = elements(scores.layout.shape)
    constants: dict[str, Constant] = {
        "CLASSES": classes,
        "HOT": 1.0 - loss.label_smoothing,
        "COLD": loss.label_smoothing / classes,
        "CLASS_WEIGHT(c_)": "class_weights[c_]" if class_weights else "1.0f",
    }
    writes = [
        Port(name, region, by_sample=True, writes=True, reads=False)
        for name, region in zip(("losses", "hits"), by_sample, strict=True)
    ]
    ports = [scores.port("x"), labels, *writes, host.header, host.settings, *([class_weights] if class_weights else [])]
    reads = [Port(name, region) for name, region in zip(("losses", "hits"), by_sample, strict=True)]
    return [
        Job("learning/softmax_loss", tuple(ports), constants, 1, sink),
        Job("learning/total", (*reads, host.header, host.results, host.flag), {}, 1, whole=True),
    ]
