"""The project value, the project file and the templates."""

from cnnstudio.project.file import ProjectFileError, load, require_writable, save
from cnnstudio.project.project import DataChoice, Project, SavedProject
from cnnstudio.project.templates import TEMPLATES, Template, TemplateError, new_project

__all__ = [
    "TEMPLATES",
    "DataChoice",
    "Project",
    "ProjectFileError",
    "SavedProject",
    "Template",
    "TemplateError",
    "load",
    "new_project",
    "require_writable",
    "save",
]
