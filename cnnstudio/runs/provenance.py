"""What a result was computed from, and whether that is still what the program works on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Change(Enum):
    """What has become different since a result was computed; the value says it in words."""

    NETWORK = "the network was edited"
    WEIGHTS = "other weights"
    TRAINING = "trained {} further"
    DATA = "other data"
    IMAGE = "another image"


@dataclass(frozen=True)
class Provenance:
    """The network, weights, data and image behind a result; all are compared by value, images by identity.

    `project` numbers the histories of weights: another project, or weights that were thrown away, have another number.
    `steps` are all training steps in that history, whatever network they trained. `seed` is that of the weights that
    were initialized, None where all were trained or loaded. `exchanges` counts how often the weights of another epoch
    were put in place of the last ones. `data` tells data sets with their splits apart; it and `image` are None where
    the result does not depend on them.
    """

    project: int = 0
    wiring: object = None
    steps: int = 0
    seed: int | None = None
    data: object = None
    image: object = None
    exchanges: int = 0


@dataclass(frozen=True)
class Freshness:
    """How a result relates to what the program works on now.

    A result of another project is not `related`: it must not be shown. Otherwise `changes` lists what has become
    different since; it is empty if the result is current. `steps` is how far the weights were trained since.
    """

    related: bool = True
    changes: tuple[Change, ...] = ()
    steps: int = 0

    @property
    def current(self) -> bool:
        """Whether the result is what would be computed now."""
        return self.related and not self.changes

    def without(self, *tolerated: Change) -> Freshness:
        """The same, but for these changes, which do not matter to somebody."""
        return Freshness(self.related, tuple(change for change in self.changes if change not in tolerated), self.steps)

    def reasons(self) -> str:
        """What has changed, in words: `the network was edited, trained 1 200 steps further`; empty if nothing has."""
        steps = f"{self.steps:,} step{'s' * (self.steps != 1)}".replace(",", "\u202f")
        return ", ".join(change.value.format(steps) for change in self.changes)


def compare(result: Provenance, now: Provenance) -> Freshness:
    """Whether a result is current, and otherwise what has changed since. Data and image count only if it has them."""
    if result.project != now.project:
        return Freshness(related=False)
    steps = now.steps - result.steps
    initialized_anew = result.seed is not None and now.seed is not None and result.seed != now.seed
    exchanged = result.exchanges != now.exchanges
    other_data = result.data is not None and result.data != now.data
    different = {
        Change.NETWORK: result.wiring != now.wiring,
        Change.WEIGHTS: initialized_anew or exchanged or steps < 0,
        Change.TRAINING: steps > 0 and not exchanged,
        Change.DATA: other_data,
        Change.IMAGE: result.image is not None and result.image is not now.image and not other_data,
    }
    return Freshness(True, tuple(change for change, true in different.items() if true), max(steps, 0))
