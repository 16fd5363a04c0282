"""A saved project's network, built for a dataset where one is named."""

from __future__ import annotations

from collections.abc import Mapping

from cnnstudio.array import Array
from cnnstudio.cli.streams import report
from cnnstudio.data import Dataset
from cnnstudio.engine.network import Network
from cnnstudio.engine.program import NetworkError
from cnnstudio.engine.weight_key import WeightKey
from cnnstudio.graph import DataSpec, Graph, check
from cnnstudio.layers import format_shape
from cnnstudio.project import TEMPLATES, SavedProject

NOT_FINITE = (
    "The network computes NaN or infinity for {}: its weights or the data's scaling are far too large. "
    "Reset the training in the window, and train it with a smaller learning rate."
)


def saved_network(saved: SavedProject, dataset: Dataset | None, weights: str) -> Network:
    """The network with the file's `weights`, last or best, for inference; for a dataset, if there is one.

    A network that was never trained has its initial weights. Raises NetworkError where the graph has problems, the
    dataset does not fit, or weights are missing.
    """
    graph, arrays, seed = saved.project.graph, _arrays(saved, weights), saved.project.training.settings.seed
    network = _network_for(saved, dataset, arrays, seed) if dataset else Network.for_project(graph, None, arrays, seed)
    _require_same_shapes(network, graph, arrays, "Train it with --skip-mismatch")
    if missing := _missing(network, graph, arrays):
        raise NetworkError(f"The file has no weights for {missing}, only for other layers. Train the network first.")
    return network


def report_if_untrained(saved: SavedProject, network: Network) -> None:
    """Say so on stderr, beside the results of a network that was never trained."""
    if network.weights.specs and not saved.arrays:
        report("The network is not trained; it has the weights of its initialization.")


def network_to_train(saved: SavedProject, dataset: Dataset, seed: int, *, skip_mismatch: bool) -> Network:
    """The network with the file's weights, for training; layers without weights are newly initialized.

    Raises NetworkError where the dataset does not fit, with how to fix it, and where weights have another shape than
    the layer takes, unless these are to be skipped.
    """
    network = _network_for(saved, dataset, saved.arrays, seed)
    if not skip_mismatch:
        _require_same_shapes(network, saved.project.graph, saved.arrays, "Use --skip-mismatch")
    if missing := _missing(network, saved.project.graph, saved.arrays):
        report(f"The file has no weights for {missing}, only for other layers; it starts with new ones.")
    return network


def _missing(network: Network, graph: Graph, arrays: Mapping[str, Array]) -> str:
    """The names of the layers without an array that they need, where others have theirs."""
    keys = network.weights.specs.keys() - arrays.keys() if arrays else ()
    nodes = {WeightKey.parse(key).node for key in keys}
    return ", ".join(node.name for node in graph.nodes.values() if node.id in nodes)


def _network_for(saved: SavedProject, dataset: Dataset, arrays: Mapping[str, Array], seed: int) -> Network:
    graph, fit = saved.project.graph, dataset.spec
    try:
        return Network.for_project(graph, fit, arrays, seed)
    except NetworkError as error:
        hint = _how_to_fix(graph, fit, saved.project.title) if check(graph).ok else ""
        raise NetworkError(f"{error}{hint}") from error


def _arrays(saved: SavedProject, weights: str) -> Mapping[str, Array]:
    if weights == "last":
        return saved.arrays
    best = saved.checkpoint.best if saved.checkpoint is not None else None
    if best is None:
        raise NetworkError(
            "The project has no best weights: they are kept while it is trained with validation images. "
            "Train at least one epoch, or use --weights last."
        )
    return best.arrays


def _require_same_shapes(network: Network, graph: Graph, arrays: Mapping[str, Array], how_to_skip: str) -> None:
    for key, spec in network.weights.specs.items():
        if key in arrays and arrays[key].shape != spec.shape:
            node, role = WeightKey.parse(key)
            raise NetworkError(
                f"The file's {role} of {graph.nodes[node].name} has the shape {format_shape(arrays[key].shape)}, but "
                f"the layer takes {format_shape(spec.shape)}. {how_to_skip} to begin with new weights there, or "
                "change the layer back."
            )


def _how_to_fix(graph: Graph, fit: DataSpec, title: str) -> str:
    """What to do in the window and, for a template's network, on the command line."""
    problems = [problem for problem in check(graph, fit).problems if not problem.warning]
    hints = [f"{fix.title} in the window" for fix in problems[0].fixes[:1]] if problems else []
    for template in TEMPLATES.values():
        if template.title == title:
            image = "" if fit.image == template.image else f" --input {','.join(map(str, fit.image))}"
            classes = "" if fit.classes == template.classes else f" --classes {fit.classes}"
            if image or classes:
                hints.append(f"create one that fits: cnnstudio-cli new {template.name}{image}{classes} -o OTHER.cnn")
    return f" {', or '.join(hints)}" if hints else ""
