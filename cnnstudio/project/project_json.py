"""The project as JSON text and back; whatever text is accepted can be shown and saved again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from cnnstudio import __version__
from cnnstudio.graph import GraphFormatError, graph_from_dict, graph_to_dict
from cnnstudio.graph.unknown_fields import leftover, merged
from cnnstudio.project.error import ProjectFileError
from cnnstudio.project.plain_json import read_object
from cnnstudio.project.project import DataChoice, Project
from cnnstudio.spec import ParamError
from cnnstudio.training.settings import TrainingChoice

VERSION = 1  # of the format that this program writes
MIN_READER = 1  # the oldest format version a program must support to read it
MAX_BYTES = 8 << 20  # a thousand layers take less than one megabyte
MAX_TITLE = 1000  # characters


def project_to_json(project: Project) -> bytes:
    """The text of project.json. Equal projects give equal text. Half characters, which no text can hold, become "?"."""
    return json.dumps(_to_dict(project), indent=1, ensure_ascii=False).encode(errors="replace")


def project_from_json(text: bytes, path: Path) -> Project:
    """The project in the text of project.json. Raises ProjectFileError, with the path of the file in its message."""
    return _from_dict(read_object(text, "project.json", path), path)


def _to_dict(project: Project) -> dict[str, object]:
    known = {
        "format": "cnnstudio",
        "version": VERSION,
        "min_reader": MIN_READER,
        "program": __version__,
        "title": project.title,
        "graph": graph_to_dict(project.graph),
        "data": project.data.to_dict(),
        "training": project.training.to_dict(),
    }
    return merged(known, json.loads(project.unknown)) if project.unknown else known


def _from_dict(data: Mapping[str, Any], path: Path) -> Project:
    min_reader = data.get("min_reader")
    if data.get("format") != "cnnstudio" or not isinstance(min_reader, int):
        raise ProjectFileError(f"{path} is not a CNN Studio project: its project.json belongs to another program.")
    if min_reader > VERSION:
        raise ProjectFileError(
            f"{path} was saved by a newer version of CNN Studio ({data.get('program', '?')!s:.40}) than this, "
            f"{__version__}. Install the newer version to open it."
        )
    try:
        project = Project(
            title=_title(data["title"]),
            graph=graph_from_dict(data["graph"]),
            data=DataChoice.from_dict(data["data"]),
            training=TrainingChoice.from_dict(data["training"]),
        )
    except (GraphFormatError, ParamError) as error:
        raise ProjectFileError(f"{path} is damaged. {error}") from error
    except KeyError as error:
        raise ProjectFileError(f"{path} is damaged: {error} is missing in its project.json.") from error
    except (TypeError, ValueError, AttributeError, OverflowError) as error:
        raise ProjectFileError(f"{path} is damaged: its project.json is invalid ({error}).") from error
    rest = leftover(data, _to_dict(project))
    return replace(project, unknown=json.dumps(rest)) if rest else project


def _title(value: object) -> str:
    if not isinstance(value, str) or len(value) > MAX_TITLE:
        raise ValueError(f"its title is not a text of up to {MAX_TITLE} characters")
    return value
