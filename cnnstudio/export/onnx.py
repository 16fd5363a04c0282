"""ONNX export: the network and its weights, for ONNX Runtime and most other runtimes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from onnx import ModelProto, checker, helper, shape_inference

from cnnstudio import __version__
from cnnstudio.engine.network import Network
from cnnstudio.engine.program import Program
from cnnstudio.export.error import ExportError
from cnnstudio.export.onnx_graph import INPUT, OUTPUT, OnnxGraph, Step, value_info
from cnnstudio.export.onnx_nodes import write
from cnnstudio.export.verify import readable, verify
from cnnstudio.export.weight_files import array_name, named_arrays
from cnnstudio.graph import NodeId

OPSET = 17  # supported by the runtimes of recent years; some refuse newer ones
IR_VERSION = 8  # the file format that belongs to it
MAX_BYTES = (2 << 30) - (16 << 20)  # of arrays: protobuf is limited to 2 GiB, including names and nodes


def write_onnx(network: Network, path: Path, names: Mapping[NodeId, str]) -> str:
    """Write the network in inference mode, softmax included, for batches (N, C, H, W) of any size.

    Returns what was written and how it was checked. Raises ExportError if the file would exceed 2 GB, is invalid, or
    its predictions differ from the network's.
    """
    rest = network.program.for_inference()
    program = rest.until(rest.output)
    _require_size(program)
    path.write_bytes(_model(network, program, names).SerializeToString())
    try:
        checker.check_model(readable(path), full_check=True)
    except (checker.ValidationError, shape_inference.InferenceError) as error:
        reason = " ".join(str(error).split())
        raise ExportError(f"The ONNX file would be invalid and was not written: {reason}") from error
    return f"ONNX opset {OPSET}, {len(program.weights)} arrays; {verify(network, path)}"


def _require_size(program: Program) -> None:
    size = sum(4 * weight.size for weight in program.weights.values())
    if size > MAX_BYTES:
        raise ExportError(
            f"The weights take {size / 1e9:.1f} GB, but an ONNX file is limited to 2 GB. "
            "Export safetensors or npz, or make the largest layer smaller."
        )


def _model(network: Network, program: Program, names: Mapping[NodeId, str]) -> ModelProto:
    """The ONNX model with one input and one output."""
    ends = [value_info(INPUT, program.shapes[program.input])], [value_info(OUTPUT, program.shapes[program.output])]
    model = helper.make_model(
        helper.make_graph([], "network", *ends),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="CNN Studio",
        producer_version=__version__,
    )
    _add_program(OnnxGraph(model.graph, named_arrays(network, names)), program, network.program.nodes, names)
    if program.output == program.input:
        model.graph.node.append(helper.make_node("Identity", [INPUT], [OUTPUT], OUTPUT))
    return model


def _add_program(
    graph: OnnxGraph, program: Program, results: Mapping[NodeId, int], names: Mapping[NodeId, str]
) -> None:
    """Add the nodes of all instructions. Nodes and outputs are named after their layers."""
    makers = _makers(results)
    values = {program.input: INPUT}
    for instruction in program.instructions:
        maker, shape = makers[instruction.output], program.shapes[instruction.output]
        layer = names.get(maker, maker)
        step = Step(
            graph,
            layer,
            tuple(values[number] for number in instruction.inputs),
            tuple(program.shapes[number] for number in instruction.inputs),
            shape,
            {role: array_name(key, names) for role, key in instruction.weights.items()},
        )
        write(instruction.operation, step)
        if instruction.output == program.output:
            graph.name_last(layer, OUTPUT)
        elif results[maker] == instruction.output:
            graph.name_last(layer)
        values[instruction.output] = graph.close(shape)


def _makers(results: Mapping[NodeId, int]) -> dict[int, NodeId]:
    """The layer that computes each value. The values of a layer are consecutive; the last one is its output."""
    makers: dict[int, NodeId] = {}
    for node, result in results.items():
        makers |= dict.fromkeys(range(len(makers), result + 1), node)
    return makers
