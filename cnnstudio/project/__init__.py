"""The project value, its file and the templates to start from."""

from cnnstudio.project.file import ProjectFileError, load, need_place, save
from cnnstudio.project.project import DataChoice, Project, Saved, fit_of
from cnnstudio.project.templates import TEMPLATES, Template, TemplateError, new_project

__all__ = [
    "TEMPLATES",
    "DataChoice",
    "Project",
    "ProjectFileError",
    "Saved",
    "Template",
    "TemplateError",
    "fit_of",
    "load",
    "need_place",
    "new_project",
    "save",
]
