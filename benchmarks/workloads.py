"""The networks that are measured, as plain tuples, so that another interpreter can read them without this program."""

from __future__ import annotations

CONV, RELU, POOL, FLAT, DENSE = "conv", "relu", "pool", "flat", "dense"

NETWORKS: dict[str, tuple[tuple[int, int, int], tuple[tuple[object, ...], ...]]] = {
    # name: image (C, H, W), layers: (conv, filters, size, padding), (dense, units)
    "W1": (
        (1, 28, 28),
        (
            (CONV, 6, 5, 2),
            (RELU,),
            (POOL,),
            (CONV, 16, 5, 0),
            (RELU,),
            (POOL,),
            (FLAT,),
            (DENSE, 120),
            (RELU,),
            (DENSE, 84),
            (RELU,),
            (DENSE, 10),
        ),
    ),
    "W2": ((3, 32, 32), ((CONV, 12, 3, 1), (RELU,), (POOL,), (FLAT,), (DENSE, 10))),
    "W3": (
        (3, 32, 32),
        (
            (CONV, 32, 3, 1),
            (RELU,),
            (CONV, 32, 3, 1),
            (RELU,),
            (POOL,),
            (CONV, 64, 3, 1),
            (RELU,),
            (CONV, 64, 3, 1),
            (RELU,),
            (POOL,),
            (FLAT,),
            (DENSE, 256),
            (RELU,),
            (DENSE, 10),
        ),
    ),
    "W4": ((1, 9, 9), ((CONV, 3, 3, 0), (RELU,), (POOL,), (FLAT,), (DENSE, 2))),
}
TITLES = {
    "W1": "LeNet 28×28",
    "W2": "CS231n net 32×32×3",
    "W3": "small VGG 32×32×3",
    "W4": "X or O 9×9",
}
TRAINING = (("W1", 32), ("W1", 128), ("W2", 64), ("W3", 64), ("W4", 16))  # workload, batch
PREDICTION = (("W1", 1), ("W1", 128), ("W2", 1), ("W2", 128), ("W3", 1), ("W3", 128), ("W4", 1), ("W4", 128))


def classes(name: str) -> int:
    """The number of classes of a network."""
    return int(str(NETWORKS[name][1][-1][1]))
