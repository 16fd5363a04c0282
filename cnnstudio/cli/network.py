"""A saved project's network, built for a dataset where one is named."""

from __future__ import annotations

from cnnstudio.data import Dataset
from cnnstudio.engine.network import Network
from cnnstudio.engine.program import NetworkError
from cnnstudio.graph import DataSpec, Graph, check
from cnnstudio.project import TEMPLATES, SavedProject


def saved_network(saved: SavedProject) -> Network:
    """The network with the file's weights, for inference. Raises NetworkError where the graph has problems."""
    return Network.for_project(saved.project.graph, None, saved.arrays, saved.project.training.settings.seed)


def network_for(saved: SavedProject, dataset: Dataset, seed: int = 0) -> Network:
    """The network with the file's weights. Raises NetworkError where the dataset does not fit, with how to fix it."""
    graph, fit = saved.project.graph, dataset.spec
    try:
        return Network.for_project(graph, fit, saved.arrays, seed)
    except NetworkError as error:
        hint = _how_to_fix(graph, fit, saved.project.title) if check(graph).ok else ""
        raise NetworkError(f"{error}{hint}") from error


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
