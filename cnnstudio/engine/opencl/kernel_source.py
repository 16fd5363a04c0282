"""OpenCL text for a list of launches: kernel bodies with their constants, and kernels that call them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np

from cnnstudio.array import Array
from cnnstudio.engine.opencl.device_traits import Traits
from cnnstudio.engine.opencl.job import Constant, Job, Port
from cnnstudio.engine.opencl.step_header import CONSTANTS
from cnnstudio.resource import resource

PARAMETERS = "global float* work, global float* common, global float* kept, global float* host, global const int* at"
NAME = "@"  # stands for a body's name until it has one


@dataclass(frozen=True)
class Launch:
    """Jobs that one kernel does: side by side, or (`chained`) one after another for each block of samples."""

    jobs: tuple[Job, ...]
    chained: bool = False

    @property
    def scratch(self) -> int:
        """Bytes of fast memory that a work item needs."""
        return max(job.scratch for job in self.jobs)

    def items(self, blocks: int, traits: Traits) -> int:
        """How many work items it takes."""
        if self.chained:
            return blocks
        return sum(items_of(job, traits.lanes, traits.width) * (1 if job.whole else blocks) for job in self.jobs)


def items_of(job: Job, lanes: int, width: int) -> int:
    """How many work items a job takes, for each block unless it is for all."""
    return job.count * (lanes // width if job.by_sample and not job.whole else 1)


class Source:
    """The text of a program. Its kernels find in the table `at` how many blocks there are, and where things lie."""

    def __init__(self, launches: Iterable[Launch], lanes: int, width: int) -> None:
        self.lanes, self.width = lanes, width
        self.table: list[Port] = []  # of each number after the first two: what it is the offset of
        self.names: list[str] = []
        self._bodies: dict[str, str] = {}  # text -> name
        self._includes: dict[str, None] = {}
        kernels = [self._kernel(launch) for launch in launches]
        constants = {"LANES": lanes, "VW": width} | CONSTANTS
        head = "".join(f"#define {name} {value}\n" for name, value in constants.items())
        shared = "".join(_read(name) for name in ("common.cl", "functions.cl", *self._includes))
        bodies = "".join(text.replace(NAME, name) for text, name in self._bodies.items())
        self.text = head + shared + bodies + "".join(kernels)

    def offsets(self, blocks: int, stride: int) -> Array:
        """The numbers of the table: blocks, how far apart they are, and offsets."""
        return np.array([blocks, stride, *(port.region.offset + port.skip for port in self.table)], np.int32)

    def _kernel(self, launch: Launch) -> str:
        name = f"launch_{len(self.names)}"
        self.names.append(name)
        scratch = ", local float* scratch" if launch.scratch else ""
        calls = "".join(self._link(job) if launch.chained else self._share(job) for job in launch.jobs)
        item = "    const int b = get_global_id(0);\n    if (b >= blocks) return;\n"
        start = item if launch.chained else "    int g = get_global_id(0);\n"
        common = "    const int blocks = at[0], stride = at[1];\n"
        return f"kernel void {name}({PARAMETERS}{scratch})\n{{\n{common}{start}{calls}}}\n"

    def _link(self, job: Job) -> str:
        """All of a job for one block, as a link of a chain."""
        vectors = items_of(job, self.lanes, self.width) // job.count
        loops = "for (int n = 0; n < LANES; n += VW) " if vectors > 1 else "const int n = 0; "
        loops += f"for (int i = 0; i < {job.count}; i++)"
        return f"    {{ {loops} {self._call(job, '1')}; }}\n"

    def _share(self, job: Job) -> str:
        """The part of a job that is one work item's, if it is."""
        items = items_of(job, self.lanes, self.width)
        total = str(items) if job.whole else f"{items} * blocks"
        vectors = items // job.count
        lines = [f"if (g < {total}) {{"]
        if job.whole:
            lines.append("    const int i = g;")
        else:
            by_block = "b = g % blocks; g /= blocks;"
            lines.append(f"    const int {by_block if job.reuses_weights else f'b = g / {items}; g %= {items};'}")
            lines.append(f"    const int n = g % {vectors} * VW, i = g / {vectors};")
        lines += [f"    {self._call(job, 'blocks' if job.whole else '1')};", "    return;", "}", f"g -= {total};"]
        return "".join(f"    {line}\n" for line in lines)

    def _call(self, job: Job, blocks: str) -> str:
        arguments = [self._address(port, job) for port in job.all_ports]
        arguments += ["scratch"] if job.scratch else []
        sample = "0" if job.whole else "b * LANES + n"
        return f"{self._body(job)}({', '.join(arguments)}, i, {sample}, {blocks}, stride)"

    def _address(self, port: Port, job: Job) -> str:
        """What the body gets for a port: the place of its block and sample, or of the whole."""
        self.table.append(port)
        address = f"{port.region.space} + at[{len(self.table) + 1}]"
        if not job.whole and port.region.space == "work":
            address += " + b * stride"
        if not job.whole and port.block:
            address += f" + b * {port.block}"
        if port.kind != "float":
            address = f"(global {port.kind}*)({address})"
        by_sample = job.by_sample and not job.whole and (port.layout or port.by_sample)
        return f"{address} + n" if by_sample else address

    def _body(self, job: Job) -> str:
        """The name of the function that does such jobs; equal text is written once."""
        self._includes.update(dict.fromkeys(job.includes))
        return self._bodies.setdefault(_body_text(job), f"body_{len(self._bodies)}")


def _body_text(job: Job) -> str:
    """A body, and before it its sink if that is more than a macro."""
    text = _read(f"{job.kernel}.cl")
    scratch = ["local float* restrict scratch"] if job.scratch else []
    constants: dict[str, Constant] = {"BODY": NAME}
    constants["PORTS"] = ", ".join([*(port.declaration for port in job.all_ports), *scratch])
    for port in job.all_ports:
        constants |= port.constants
    constants |= job.constants
    if job.sink is not None:
        constants |= job.sink.constants
        if job.sink.body:
            constants["PUT"] = f"{NAME}_put"
            constants["SINK_PORTS"] = ", ".join(port.declaration for port in job.sink.ports)
            text = _read(f"{job.sink.body}.cl") + text
    return _with(constants, text)


def _with(constants: Mapping[str, Constant], text: str) -> str:
    """Text for which constants are defined, and not beyond it."""
    defined = "".join(f"#define {name} {_write(value)}\n" for name, value in constants.items())
    forgotten = "".join(f"#undef {name.split('(')[0]}\n" for name in constants)
    return f"{defined}{text}{forgotten}"


def _write(value: Constant) -> str:
    return f"{value!r}f" if isinstance(value, float) else str(value)


@cache
def _read(name: str) -> str:
    """A file of kernel text."""
    return resource("kernels", *name.split("/")).read_text(encoding="utf-8")
