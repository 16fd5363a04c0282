"""Runs programs in PyTorch for comparison: `python torch_reference.py FOLDER`, with a Python that has torch.

FOLDER holds `cases.json`, a list of cases by number, and `arrays.npz` with `NUMBER/x`, `NUMBER/labels` and
`NUMBER/weights/KEY`. Each case names its instructions, its loss and, if it is trained, its optimizer. The results go to
`results.npz`: `inference` (scores in inference mode), `loss` and `scores` (in training), `x` (image gradient),
`gradients/KEY`, and `weights/KEY` after the last step; or `unsupported`, with the name of what this file does not know.
All is float64. This file knows nothing of the program it checks but the names and fields of operations.
"""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812


class UnsupportedError(Exception):
    """An operation, function, loss or optimizer that stands in none of the tables below."""


def find(table, name):
    if name not in table:
        raise UnsupportedError(name)
    return table[name]


def padded(x, op, value=0.0):
    top, left, bottom, right = op["padding"]
    return F.pad(x, (left, right, top, bottom), value=value)


def convolution(op, xs, w, training):
    x = padded(xs[0], op)
    return F.conv2d(x, w["weight"], w.get("bias"), op["stride"], 0, op["dilation"], op["groups"])


def transposed(op, xs, w, training):
    top, left, _, _ = op["padding"]
    settings = (op["stride"], (top, left), op["output_padding"], op["groups"], op["dilation"])
    return F.conv_transpose2d(xs[0], w["weight"], w.get("bias"), *settings)


def max_pooling(op, xs, w, training):
    """Symmetric padding uses PyTorch's own padding and ceil mode; other padding is added here with -inf."""
    top, left, bottom, right = op["padding"]
    if (top, left) == (bottom, right) and 2 * top <= op["pool_size"][0] and 2 * left <= op["pool_size"][1]:
        return F.max_pool2d(xs[0], op["pool_size"], op["stride"], (top, left), ceil_mode=any(op["overhang"]))
    x = padded(xs[0], op, -torch.inf)
    return F.max_pool2d(x, op["pool_size"], op["stride"], ceil_mode=any(op["overhang"]))


def average_pooling(op, xs, w, training):
    top, left, bottom, right = op["padding"]
    assert (top, left) == (bottom, right)
    ceil, count = any(op["overhang"]), op["count_padding"]
    return F.avg_pool2d(xs[0], op["pool_size"], op["stride"], (top, left), ceil, count)


def upsampling(op, xs, w, training):
    if op["mode"] == "nearest":
        return F.interpolate(xs[0], scale_factor=[float(s) for s in op["scale"]], mode="nearest")
    return F.interpolate(xs[0], scale_factor=[float(s) for s in op["scale"]], mode="bilinear", align_corners=False)


def activation(op, xs, w, training):
    x, alpha, beta = xs[0], op["alpha"], op["beta"]
    functions = {
        "relu": lambda: F.relu(x),
        "leaky_relu": lambda: F.leaky_relu(x, alpha),
        "elu": lambda: F.elu(x, alpha),
        "gelu": lambda: F.gelu(x, approximate="tanh"),
        "silu": lambda: F.silu(x),
        "sigmoid": lambda: torch.sigmoid(x),
        # PyTorch's own hardsigmoid has its 1/6 in float32 in the backward pass
        "hard_sigmoid": lambda: torch.clamp(alpha * x + beta, 0, 1),
        "tanh": lambda: torch.tanh(x),
        "softplus": lambda: F.softplus(x),
    }
    return find(functions, op["function"])()


def batch_normalization(op, xs, w, training):
    state = w["running_mean"], w["running_var"]
    return F.batch_norm(
        xs[0], *state, w["weight"], w["bias"], training and not op["frozen"], op["momentum"], op["epsilon"]
    )


def standardization(op, xs, w, training):
    column = (-1, *[1] * (xs[0].dim() - 2))
    return (xs[0] - w["mean"].reshape(column)) / w["deviation"].reshape(column)


OPERATIONS = {
    "Convolution": convolution,
    "TransposedConvolution": transposed,
    "Dense": lambda op, xs, w, training: F.linear(xs[0], w["weight"], w.get("bias")),
    "Reshape": lambda op, xs, w, training: xs[0].reshape(len(xs[0]), *op["shape"]),
    "MaxPooling": max_pooling,
    "AveragePooling": average_pooling,
    "Upsampling": upsampling,
    "Activation": activation,
    "ParametricReLU": lambda op, xs, w, training: F.prelu(xs[0], w["weight"]),
    "Softmax": lambda op, xs, w, training: torch.softmax(xs[0], 1),
    "BatchNormalization": batch_normalization,
    "LayerNormalization": lambda op, xs, w, training: F.layer_norm(
        xs[0], xs[0].shape[1:], w["weight"], w["bias"], op["epsilon"]
    ),
    "GroupNormalization": lambda op, xs, w, training: F.group_norm(
        xs[0], op["groups"], w["weight"], w["bias"], op["epsilon"]
    ),
    "LocalResponseNormalization": lambda op, xs, w, training: F.local_response_norm(
        xs[0], op["size"], op["alpha"], op["beta"], op["bias"]
    ),
    "Standardization": standardization,
    "Add": lambda op, xs, w, training: sum(xs[1:], xs[0]),
    "Multiply": lambda op, xs, w, training: torch.stack(xs).prod(0),
    "Concatenate": lambda op, xs, w, training: torch.cat(xs, 1),
}


def mean_of(each, labels, op):
    """The mean over samples, weighted by class."""
    if not op["class_weights"]:
        return each.mean()
    weights = torch.tensor(op["class_weights"])[labels]
    return (each * weights).sum() / weights.sum()


def softmax_loss(op, scores, labels, x):
    weights = torch.tensor(op["class_weights"]) if op["class_weights"] else None
    return F.cross_entropy(scores, labels, weights, label_smoothing=op["label_smoothing"])


def hinge_loss(op, scores, labels, x):
    """PyTorch's multi-margin loss divides by the number of classes."""
    each = F.multi_margin_loss(scores, labels, margin=op["margin"], reduction="none") * scores.shape[1]
    return mean_of(each, labels, op)


def element_loss(function):
    def loss(op, scores, labels, x):
        target = F.one_hot(labels, scores.shape[1]).double() if op["target"] == "class" else x.reshape(scores.shape)
        smoothing = op.get("label_smoothing", 0.0)
        each = function(scores, target * (1 - smoothing) + smoothing / 2 if smoothing else target, reduction="none")
        return mean_of(each.flatten(1).mean(1), labels, op)

    return loss


def triplet_loss(op, scores, labels, x):
    """PyTorch's triplet loss on the hardest triplets, found here; eps=0 keeps it from adding 1e-6 to differences."""
    distances = torch.cdist(scores, scores)
    positive = labels[:, None] == labels
    own = torch.eye(len(labels), dtype=torch.bool)
    valid = (positive & ~own).any(1) & (~positive).any(1)
    far = torch.where(positive & ~own, distances, -torch.inf).argmax(1)
    near = torch.where(positive, torch.inf, distances).argmin(1)
    return F.triplet_margin_loss(scores[valid], scores[far][valid], scores[near][valid], margin=op["margin"], eps=0.0)


LOSSES = {
    "SoftmaxCrossEntropy": softmax_loss,
    "Hinge": hinge_loss,
    "BinaryCrossEntropy": element_loss(F.binary_cross_entropy_with_logits),
    "MeanSquaredError": element_loss(F.mse_loss),
    "MeanAbsoluteError": element_loss(F.l1_loss),
    "Triplet": triplet_loss,
}


def optimizer_of(o, weights):
    rate = o["rate"]
    optimizers = {
        "sgd": lambda: torch.optim.SGD(weights, rate),
        "momentum": lambda: torch.optim.SGD(weights, rate, momentum=o["momentum"]),
        "nesterov": lambda: torch.optim.SGD(weights, rate, momentum=o["momentum"], nesterov=True),
        "adagrad": lambda: torch.optim.Adagrad(weights, rate, eps=o["epsilon"]),
        "rmsprop": lambda: torch.optim.RMSprop(weights, rate, alpha=o["decay"], eps=o["epsilon"]),
        "adam": lambda: torch.optim.Adam(weights, rate, (o["beta1"], o["beta2"]), o["epsilon"]),
        "adamw": lambda: torch.optim.AdamW(
            weights, rate, (o["beta1"], o["beta2"]), o["epsilon"], weight_decay=o["decay"]
        ),
    }
    return find(optimizers, o["kind"])()


def scores_of(case, x, weights, training):
    values = {case["input"]: x}
    for step in case["instructions"]:
        named = {role: weights[key] for role, key in step["weights"].items()}
        xs = [values[number] for number in step["inputs"]]
        values[step["output"]] = find(OPERATIONS, step["kind"])(step["fields"], xs, named, training)
    return values[case["scores"]]


def run_case(case, arrays):
    x = torch.tensor(arrays["x"], requires_grad=True)
    labels = torch.tensor(arrays["labels"])
    weights = {key: torch.tensor(arrays[f"weights/{key}"]) for key in case["weights"]}
    for key in case["learned"]:
        weights[key].requires_grad_()
    results = {"inference": scores_of(case, x, weights, False).detach()}
    loss_of = find(LOSSES, case["loss"]["kind"])
    loss = loss_of(case["loss"]["fields"], scores := scores_of(case, x, weights, True), labels, x.detach())
    loss.backward()
    results |= {"loss": loss.detach(), "scores": scores.detach(), "x": x.grad.clone()}
    results |= {f"gradients/{key}": weights[key].grad.clone() for key in case["learned"]}
    if case["steps"]:
        learner = optimizer_of(case["optimizer"], [weights[key] for key in case["learned"]])
        for _ in range(case["steps"]):
            learner.zero_grad()
            loss_of(case["loss"]["fields"], scores_of(case, x, weights, True), labels, x.detach()).backward()
            learner.step()
    results |= {f"weights/{key}": array.detach() for key, array in weights.items()}
    return results


def main(folder):
    torch.set_default_dtype(torch.float64)
    torch.set_num_threads(1)
    with np.load(folder / "arrays.npz") as file:
        arrays = dict(file)
    results: dict[str, Any] = {}
    for number, case in enumerate(json.loads((folder / "cases.json").read_text())):
        own = {name.split("/", 1)[1]: array for name, array in arrays.items() if name.split("/", 1)[0] == str(number)}
        try:
            found = run_case(case, own)
        except UnsupportedError as error:
            found = {"unsupported": str(error)}
        results |= {f"{number}/{name}": np.asarray(value) for name, value in found.items()}
    np.savez(folder / "results.npz", **results)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
