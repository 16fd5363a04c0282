"""Which jobs run together: as few launches as their dependencies allow, for every launch costs time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cnnstudio.engine.opencl.device_traits import Traits
from cnnstudio.engine.opencl.job import Job, Region
from cnnstudio.engine.opencl.kernel_source import Launch

RATE = 1e11  # multiply-adds a second that a unit of a processor does, about
LAUNCH_SECONDS = 8e-6


class Overlaps:
    """Which regions of memory share numbers."""

    def __init__(self, jobs: Sequence[Job]) -> None:
        regions = {id(region): region for job in jobs for region in (*job.reads, *job.writes)}
        ordered = sorted(regions.values(), key=lambda region: (region.space, region.offset))
        self._near: dict[int, set[int]] = {id(region): {id(region)} for region in ordered}
        for index, region in enumerate(ordered):
            for other in ordered[index + 1 :]:
                if not region.overlaps(other):
                    break
                self._near[id(region)].add(id(other))
                self._near[id(other)].add(id(region))

    def near(self, regions: Iterable[Region]) -> set[int]:
        """The ids of these regions and of all that overlap them."""
        return {near for region in regions for near in self._near[id(region)]}


def waves(jobs: Sequence[Job]) -> list[Launch]:
    """Every job in the earliest launch after all those that it depends on."""
    overlaps = Overlaps(jobs)
    last_read: dict[int, int] = {}
    last_write: dict[int, int] = {}
    levels: list[list[Job]] = []
    for job in jobs:
        reads, writes = overlaps.near(job.reads), overlaps.near(job.writes)
        after = [last_write.get(region, -1) for region in reads | writes]
        after += [last_read.get(region, -1) for region in writes]
        level = 1 + max(after, default=-1)
        if level == len(levels):
            levels.append([])
        levels[level].append(job)
        for regions, seen in ((job.reads, last_read), (job.writes, last_write)):
            for region in regions:
                seen[id(region)] = max(seen.get(id(region), -1), level)
    return [Launch(tuple(level)) for level in levels]


def chains(jobs: Sequence[Job]) -> list[Launch]:
    """Jobs that work on one block of samples at a time one after another in a single launch, as far as none of them
    waits for a job that needs all blocks; then those jobs side by side; and so on.
    """
    overlaps = Overlaps(jobs)
    launches: list[Launch] = []
    rest = list(jobs)
    chained = False  # first what all blocks need, such as transformed filters
    while rest:
        taken, rest = _split(rest, chained, overlaps)
        if taken:
            launches.append(Launch(tuple(taken), chained))
        chained = not chained
    return launches


def _split(jobs: list[Job], chained: bool, overlaps: Overlaps) -> tuple[list[Job], list[Job]]:
    """The jobs that can run now, as one chain or else side by side, and the others in their order."""
    taken: list[Job] = []
    left: list[Job] = []
    reading: set[int] = set()  # memory that jobs before, which do not run now or not for sure yet, still read
    writing: set[int] = set()
    for job in jobs:
        reads, writes = overlaps.near(job.reads), overlaps.near(job.writes)
        free = not (reads | writes) & writing and not writes & reading
        if free and chained != job.whole:
            taken.append(job)
            if chained:
                continue
        else:
            left.append(job)
        reading |= {id(region) for region in job.reads}
        writing |= {id(region) for region in job.writes}
    return taken, left


def arrange(jobs: Sequence[Job], traits: Traits, blocks: int, work: float) -> list[Launch]:
    """The launches that suit device and network; `work` is how many multiply-adds the jobs come to.

    A chain spares launches, but keeps no more units busy than there are blocks: it is for small networks.
    """
    side_by_side = waves(jobs)
    if not traits.patient:
        return side_by_side
    rounds = -(-blocks // traits.units)
    idle = work / (traits.units * RATE) * (rounds * traits.units / blocks - 1.0)
    linked = chains(jobs)
    spared = (len(side_by_side) - len(linked)) * LAUNCH_SECONDS
    return linked if idle < spared else side_by_side
