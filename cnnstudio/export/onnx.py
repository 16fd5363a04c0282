"""A network as an ONNX file, which onnxruntime and nearly every other runtime reads."""

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
from cnnstudio.export.verify import verify
from cnnstudio.export.weight_files import array_name, named_arrays
from cnnstudio.graph import NodeId

OPSET = 17  # runtimes of the last years read it; the newest ones are refused by some
IR_VERSION = 8  # the file format that came with it
LARGEST = (2 << 30) - (16 << 20)  # bytes of arrays: protobuf ends at 2 GiB, and names and nodes take some


def write_onnx(network: Network, path: Path, names: Mapping[NodeId, str]) -> str:
    """Write the network as it is when used, softmax included, for batches (N, C, H, W) of any size.

    Returns what was written and how it was checked. Raises ExportError where the file would pass 2 GB, is not valid
    or does not answer as the network does.
    """
    rest = network.program.for_inference()
    program = rest.until(rest.output)
    _need_room(program)
    path.write_bytes(_model(network, program, names).SerializeToString())
    try:
        checker.check_model(path, full_check=True)
    except (checker.ValidationError, shape_inference.InferenceError) as error:
        reason = " ".join(str(error).split())
        raise ExportError(f"The ONNX file would not be valid, so none was written: {reason}") from error
    return f"ONNX opset {OPSET}, {len(program.weights)} arrays; {verify(network, path)}"


def _need_room(program: Program) -> None:
    size = sum(4 * weight.size for weight in program.weights.values())
    if size > LARGEST:
        raise ExportError(
            f"The weights take {size / 1e9:.1f} GB, but an ONNX file holds 2 GB at most; "
            "export safetensors or npz, or make the largest layer smaller."
        )


def _model(network: Network, program: Program, names: Mapping[NodeId, str]) -> ModelProto:
    """The whole file: the program between one input and one output."""
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
    """Add the nodes of every instruction, each named after its layer; so is the layer's result."""
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
    """The layer that makes each value: its values follow those of the layer before, and end with its result."""
    makers: dict[int, NodeId] = {}
    for node, result in results.items():
        makers |= dict.fromkeys(range(len(makers), result + 1), node)
    return makers
