"""The command that creates a project from a template."""

from __future__ import annotations

import argparse
from pathlib import Path

from cnnstudio.cli.arguments import DATASETS, add_output, image_shape, positive
from cnnstudio.cli.command import Command
from cnnstudio.cli.info import problem_lines
from cnnstudio.cli.streams import print_plain
from cnnstudio.data import DatasetName, open_dataset
from cnnstudio.graph import check
from cnnstudio.operations import Shape
from cnnstudio.project import DataChoice, Project, ProjectFileError, is_like_its_template, load, new_project, save


def new(options: argparse.Namespace) -> None:
    """Save the template's project and print its problems, if any. Raises ProjectFileError where work would be lost."""
    if options.data is None:
        project = new_project(options.template, options.input, options.classes)
    else:
        project = _project_for(options.template, options.data, options.input, options.classes)
    if not options.force:
        _require_no_work_in(options.out)
    save(options.out, project)
    report = check(project.graph)
    print_plain(f"{options.out}: {project.title}, {report.parameters:,} parameters")
    for line in problem_lines(project.graph, report.problems):
        print_plain(line)


def _project_for(template: str, data: str, image: Shape | None, classes: int | None) -> Project:
    """The template's project with this dataset, whose image shape and number of classes it takes unless they are given.

    Raises DataError.
    """
    dataset = open_dataset(data)
    project = new_project(template, image or dataset.shape, classes or len(dataset.class_names))
    return project.with_data(DataChoice(source=DatasetName.parse(data)).describing(dataset))


def _require_no_work_in(path: Path) -> None:
    """Raise ProjectFileError where there is a file with anything but a project as this command made it."""
    if not path.is_file() or not path.stat().st_size:
        return
    try:
        saved = load(path)
    except ProjectFileError:
        content = "holds something other than a project that this version can open"
    else:
        if saved.arrays or saved.checkpoint is not None:
            content = "holds a trained network"
        elif is_like_its_template(saved.project):
            return
        else:
            content = "holds a network that somebody has edited"
    raise ProjectFileError(f"{path} {content}. Choose another name, or use --force to replace it.")


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("template", metavar="TEMPLATE")
    add_output(parser, "FILE.cnn", required=True)
    parser.add_argument("--data", metavar="DATASET", help=f"the dataset to fit the network to: {DATASETS}")
    parser.add_argument("--input", type=image_shape, metavar="C,H,W", help="channels, height and width of the images")
    parser.add_argument("--classes", type=positive, metavar="N", help="number of classes")
    parser.add_argument(
        "--force", action="store_true", help="replace a file that holds work, such as a trained network"
    )


COMMAND = Command("new", "create a project from a template", _add_arguments, new)
