"""The data settings that have a form: validation fraction and seed."""

from __future__ import annotations

from cnnstudio.spec import Spec, integer, real


class DatasetSplit(Spec):
    """How the training images of a dataset read from files are split."""

    validation: float = real(
        default=0.1,
        min=0.0,
        max=0.9,
        step=0.05,
        label="Validation",
        help="Fraction of the training images held out to evaluate the network after every epoch.",
    )
    seed: int = integer(
        default=0,
        min=0,
        max=2**31 - 1,
        label="Seed",
        help="Seed for generating images and for choosing the validation images.",
    )


class GeneratedDatasetSplit(DatasetSplit):
    """A generated dataset comes with its own validation split; only the seed has an effect."""

    def has_effect(self, name: str) -> bool:
        return name != "validation" and super().has_effect(name)
