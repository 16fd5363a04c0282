"""Writes the OpenCL program for a list of launches: kernel bodies with their constants, and kernels that call them.

Shapes are constants of the text. Offsets in memory are not, they come from a table: so the same text, which drivers
keep compiled, serves every batch size.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np

from cnnstudio.array import Array
from cnnstudio.engine.opencl.device_traits import DeviceTraits
from cnnstudio.engine.opencl.job import Constant, Job, KernelArg
from cnnstudio.engine.opencl.step_header import CONSTANTS
from cnnstudio.resource import resource

SPACES = "global float* work, global float* common, global float* persistent, global float* host"
NAME = "@"  # stands for the name of a body until it gets one


@dataclass(frozen=True)
class Launch:
    """Jobs of one kernel: in parallel, or (`chained`) in sequence, with one work item for each block of samples."""

    jobs: tuple[Job, ...]
    chained: bool = False

    @property
    def local_memory(self) -> int:
        """Bytes for each work item."""
        return max(job.local_memory for job in self.jobs)

    def items(self, blocks: int, traits: DeviceTraits) -> int:
        """How many work items it takes."""
        if self.chained:
            return blocks
        return sum(items_of(job, traits.lanes, traits.width) * (1 if job.all_blocks else blocks) for job in self.jobs)


def items_of(job: Job, lanes: int, width: int) -> int:
    """How many work items a job takes: in total if it works on all blocks at once, else for each block."""
    return job.count * (lanes // width if job.by_sample and not job.all_blocks else 1)


class KernelSource:
    """The text of a program, and the table in which its kernels look up the number of blocks and all offsets."""

    def __init__(self, launches: Iterable[Launch], lanes: int, width: int) -> None:
        self.lanes, self.width = lanes, width
        self.table: list[KernelArg] = []  # the arguments whose offsets follow the first two numbers
        self.names: list[str] = []
        self._bodies: dict[str, str] = {}  # text -> name
        self._includes: dict[str, None] = {}
        kernels = [self._kernel(launch) for launch in launches]
        constants = {"LANES": lanes, "VW": width} | CONSTANTS
        head = "".join(f"#define {name} {value}\n" for name, value in constants.items())
        shared = "".join(_read(name) for name in ("common.cl", "activations.cl", *self._includes))
        bodies = "".join(text.replace(NAME, name) for text, name in self._bodies.items())
        self.text = head + shared + bodies + "".join(kernels)

    def offsets(self, blocks: int, block_stride: int) -> Array:
        """The table: the number of blocks, the elements from one to the next, and the offset of every argument."""
        return np.array([blocks, block_stride, *(arg.region.offset + arg.skip for arg in self.table)], np.int32)

    def _kernel(self, launch: Launch) -> str:
        name = f"launch_{len(self.names)}"
        self.names.append(name)
        scratch = ", local float* scratch" if launch.local_memory else ""
        calls = "".join(self._loop(job) if launch.chained else self._branch(job) for job in launch.jobs)
        block = "    const int b = get_global_id(0);\n    if (b >= blocks) return;\n"
        start = block if launch.chained else "    int g = get_global_id(0);\n"
        sizes = "    const int blocks = table[0], block_stride = table[1];\n"
        return f"kernel void {name}({SPACES}, global const int* table{scratch})\n{{\n{sizes}{start}{calls}}}\n"

    def _loop(self, job: Job) -> str:
        """All work items of a job for one block, in sequence."""
        vectors = items_of(job, self.lanes, self.width) // job.count
        loops = "for (int n = 0; n < LANES; n += VW) " if vectors > 1 else "const int n = 0; "
        loops += f"for (int i = 0; i < {job.count}; i++)"
        return f"    {{ {loops} {self._call(job, '1')}; }}\n"

    def _branch(self, job: Job) -> str:
        """One work item of a job, if the index `g` falls into its range."""
        items = items_of(job, self.lanes, self.width)
        total = str(items) if job.all_blocks else f"{items} * blocks"
        vectors = items // job.count
        lines = [f"if (g < {total}) {{"]
        if job.all_blocks:
            lines.append("    const int i = g;")
        else:
            block_first = "b = g % blocks; g /= blocks;"
            lines.append(f"    const int {block_first if job.reuses_weights else f'b = g / {items}; g %= {items};'}")
            lines.append(f"    const int n = g % {vectors} * VW, i = g / {vectors};")
        lines += [f"    {self._call(job, 'blocks' if job.all_blocks else '1')};", "    return;", "}", f"g -= {total};"]
        return "".join(f"    {line}\n" for line in lines)

    def _call(self, job: Job, blocks: str) -> str:
        arguments = [self._address(arg, job) for arg in job.all_args]
        arguments += ["scratch"] if job.local_memory else []
        sample = "0" if job.all_blocks else "b * LANES + n"
        return f"{self._body(job)}({', '.join(arguments)}, i, {sample}, {blocks}, block_stride)"

    def _address(self, arg: KernelArg, job: Job) -> str:
        """The pointer to pass: to the work item's block and sample, or to the start if the job works on all blocks."""
        self.table.append(arg)
        address = f"{arg.region.space} + table[{len(self.table) + 1}]"
        if not job.all_blocks and arg.region.space == "work":
            address += " + b * block_stride"
        if not job.all_blocks and arg.block_size:
            address += f" + b * {arg.block_size}"
        if arg.element_type != "float":
            address = f"(global {arg.element_type}*)({address})"
        by_sample = job.by_sample and not job.all_blocks and (arg.layout or arg.by_sample)
        return f"{address} + n" if by_sample else address

    def _body(self, job: Job) -> str:
        """The name of the function for a job; jobs with equal text share one."""
        self._includes.update(dict.fromkeys(job.includes))
        return self._bodies.setdefault(_body_text(job), f"body_{len(self._bodies)}")


def _body_text(job: Job) -> str:
    """A body, preceded by its epilogue if that is more than a macro."""
    text = _read(f"{job.kernel}.cl")
    scratch = ["local float* restrict scratch"] if job.local_memory else []
    constants: dict[str, Constant] = {"BODY": NAME}
    constants["PARAMS"] = ", ".join([*(arg.declaration for arg in job.all_args), *scratch])
    for arg in job.all_args:
        constants |= arg.constants
    constants |= job.constants
    if job.epilogue is not None:
        constants |= job.epilogue.constants
        if job.epilogue.body:
            constants["EPILOGUE"] = f"{NAME}_epilogue"
            constants["EPILOGUE_PARAMS"] = ", ".join(arg.declaration for arg in job.epilogue.args)
            text = _read(f"{job.epilogue.body}.cl") + text
    return _with_constants(constants, text)


def _with_constants(constants: Mapping[str, Constant], text: str) -> str:
    """The text between definitions of these macros and their removal."""
    defined = "".join(f"#define {name} {_literal(value)}\n" for name, value in constants.items())
    undefined = "".join(f"#undef {name.split('(')[0]}\n" for name in constants)
    return f"{defined}{text}{undefined}"


def _literal(value: Constant) -> str:
    return f"{value!r}f" if isinstance(value, float) else str(value)


@cache
def _read(name: str) -> str:
    """The text of a kernel file."""
    return resource("kernels", *name.split("/")).read_text(encoding="utf-8")
