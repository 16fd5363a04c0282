"""A saved project's network, built for a dataset where one is named."""

from __future__ import annotations

from collections.abc import Mapping

from cnnstudio.array import Array
from cnnstudio.data import Dataset
from cnnstudio.engine.network import Network
from cnnstudio.engine.program import NetworkError
from cnnstudio.graph import DataSpec, Graph, check
from cnnstudio.project import TEMPLATES, SavedProject


def saved_network(saved: SavedProject, weights: str = "last") -> Network:
    """The network with the file's last or best weights, for inference.

    Raises NetworkError where the graph has problems or there are no best weights.
    """
    arrays = _arrays(saved, weights)
    return Network.for_project(saved.project.graph, None, arrays, saved.project.training.settings.seed)


def network_for(saved: SavedProject, dataset: Dataset, seed: int = 0, weights: str = "last") -> Network:
    """The network with the file's last or best weights.

    Raises NetworkError where the dataset does not fit, with how to fix it, or there are no best weights.
    """
    graph, fit, arrays = saved.project.graph, dataset.spec, _arrays(saved, weights)
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
