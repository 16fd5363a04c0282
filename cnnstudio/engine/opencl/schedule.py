"""Which jobs share a launch: as few launches as their dependencies allow, since every launch costs time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cnnstudio.engine.opencl.device_traits import DeviceTraits
from cnnstudio.engine.opencl.job import Job, Region
from cnnstudio.engine.opencl.kernel_source import Launch

MACS_PER_SECOND = 1e11  # of one compute unit of a processor, roughly
LAUNCH_SECONDS = 8e-6


class Overlaps:
    """Which regions of memory overlap."""

    def __init__(self, jobs: Sequence[Job]) -> None:
        regions = {id(region): region for job in jobs for region in (*job.reads, *job.writes)}
        ordered = sorted(regions.values(), key=lambda region: (region.space, region.offset))
        self._overlapping: dict[int, set[int]] = {id(region): {id(region)} for region in ordered}
        for index, region in enumerate(ordered):
            for other in ordered[index + 1 :]:
                if not region.overlaps(other):
                    break
                self._overlapping[id(region)].add(id(other))
                self._overlapping[id(other)].add(id(region))

    def ids(self, regions: Iterable[Region]) -> set[int]:
        """The ids of these regions and of all that overlap them."""
        return {other for region in regions for other in self._overlapping[id(region)]}


def parallel_launches(jobs: Sequence[Job]) -> list[Launch]:
    """Every job in the earliest launch after all jobs that it depends on."""
    overlaps = Overlaps(jobs)
    last_read: dict[int, int] = {}  # region -> level
    last_write: dict[int, int] = {}
    levels: list[list[Job]] = []
    for job in jobs:
        reads, writes = overlaps.ids(job.reads), overlaps.ids(job.writes)
        after = [last_write.get(region, -1) for region in reads | writes]
        after += [last_read.get(region, -1) for region in writes]
        level = 1 + max(after, default=-1)
        if level == len(levels):
            levels.append([])
        levels[level].append(job)
        for regions, last in ((job.reads, last_read), (job.writes, last_write)):
            for region in regions:
                last[id(region)] = max(last.get(id(region), -1), level)
    return [Launch(tuple(level)) for level in levels]


def chained_launches(jobs: Sequence[Job]) -> list[Launch]:
    """Alternates between two kinds of launches: in one, each work item runs a chain of jobs for its own block of
    samples; in the other, jobs that work on all blocks at once run in parallel.
    """
    overlaps = Overlaps(jobs)
    launches: list[Launch] = []
    rest = list(jobs)
    chained = False  # jobs for all blocks come first, such as filter transforms
    while rest:
        ready, rest = _split(rest, chained, overlaps)
        if ready:
            launches.append(Launch(tuple(ready), chained))
        chained = not chained
    return launches


def _split(jobs: list[Job], chained: bool, overlaps: Overlaps) -> tuple[list[Job], list[Job]]:
    """The jobs that can run now, in one chain or else in parallel, and the others in their order."""
    ready: list[Job] = []
    waiting: list[Job] = []
    reading: set[int] = set()  # what earlier jobs access that run later, or in parallel with this launch
    writing: set[int] = set()
    for job in jobs:
        reads, writes = overlaps.ids(job.reads), overlaps.ids(job.writes)
        free = not (reads | writes) & writing and not writes & reading
        if free and chained != job.all_blocks:
            ready.append(job)
            if chained:
                continue
        else:
            waiting.append(job)
        reading |= {id(region) for region in job.reads}
        writing |= {id(region) for region in job.writes}
    return ready, waiting


def schedule_launches(jobs: Sequence[Job], traits: DeviceTraits, blocks: int, macs: float) -> list[Launch]:
    """The launches that suit the device and the network, whose jobs take this many multiply-accumulate operations.

    Chains save launches but keep no more compute units busy than there are blocks, so they suit small networks.
    """
    parallel = parallel_launches(jobs)
    if not traits.coarse_grained:
        return parallel
    rounds = -(-blocks // traits.compute_units)
    idle_seconds = macs / (traits.compute_units * MACS_PER_SECOND) * (rounds * traits.compute_units / blocks - 1.0)
    chained = chained_launches(jobs)
    saved_seconds = (len(parallel) - len(chained)) * LAUNCH_SECONDS
    return chained if idle_seconds < saved_seconds else parallel
