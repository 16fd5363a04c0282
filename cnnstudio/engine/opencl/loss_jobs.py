"""Jobs that compute the loss on the device."""

from __future__ import annotations

from collections.abc import Sequence

from cnnstudio.engine.opencl.host_buffers import HostBuffers
from cnnstudio.engine.opencl.job import Constant, Epilogue, Job, KernelArg, Region, Value
from cnnstudio.operations import SoftmaxCrossEntropy, elements


def softmax_loss_jobs(
    loss: SoftmaxCrossEntropy,
    scores: Value,
    grad_scores: Epilogue,
    host: HostBuffers,
    labels: KernelArg,
    by_sample: Sequence[Region],
    class_weights: KernelArg | None,
) -> list[Job]:
    """The loss of each sample and whether its prediction is correct, in the two arrays `by_sample`, with the gradient
    of the scores; and then the sums over the batch.
    """
    classes = elements(scores.layout.shape)
    constants: dict[str, Constant] = {
        "CLASSES": classes,
        "TRUE_CLASS_TARGET": 1.0 - loss.label_smoothing,
        "BASE_TARGET": loss.label_smoothing / classes,
        "CLASS_WEIGHT(c_)": "class_weights[c_]" if class_weights else "1.0f",
    }
    named = list(zip(("losses", "correct"), by_sample, strict=True))
    writes = [KernelArg(name, region, by_sample=True, writes=True, reads=False) for name, region in named]
    args = [scores.arg("x"), labels, *writes, host.header, host.settings, *([class_weights] if class_weights else [])]
    reads = [KernelArg(name, region) for name, region in named]
    return [
        Job("training/softmax_loss", tuple(args), constants, 1, grad_scores),
        Job("training/sum_loss", (*reads, host.header, host.results, host.flag), {}, 1, all_blocks=True),
    ]
