"""A project's network for a data set, and the way out where the two do not suit each other."""

from __future__ import annotations

from cnnstudio.data import Dataset
from cnnstudio.engine.network import Network
from cnnstudio.engine.program import NetworkError
from cnnstudio.graph import DataSpec, Graph, check
from cnnstudio.project import TEMPLATES, SavedProject


def network_for(saved: SavedProject, dataset: Dataset, seed: int = 0) -> Network:
    """The network with the file's weights. Raises NetworkError, which names a way out where the data does not suit."""
    graph, fit = saved.project.graph, dataset.spec
    try:
        return Network.for_project(graph, fit, saved.arrays, seed)
    except NetworkError as error:
        way = _way_out(graph, fit, saved.project.title) if check(graph).ok else ""
        raise NetworkError(f"{error}{way}") from error


def _way_out(graph: Graph, fit: DataSpec, title: str) -> str:
    """What to do in the window, and for a template's network also what to do on the command line."""
    problems = [problem for problem in check(graph, fit).problems if not problem.warning]
    ways = [f"{fix.title} in the window" for fix in problems[0].fixes[:1]] if problems else []
    for template in TEMPLATES.values():
        if template.title == title:
            image = "" if fit.image == template.image else f" --input {','.join(map(str, fit.image))}"
            classes = "" if fit.classes == template.classes else f" --classes {fit.classes}"
            if image or classes:
                ways.append(f"make another: cnnstudio-cli new {template.name}{image}{classes} -o OTHER.cnn")
    return f" {', or '.join(ways)}" if ways else ""
