"""The project value, the project file and the templates."""

from cnnstudio.project.error import ProjectFileChangedError, ProjectFileError
from cnnstudio.project.file import contents_hash, load, require_writable, save
from cnnstudio.project.project import DataChoice, Project, SavedProject
from cnnstudio.project.templates import TEMPLATES, Template, TemplateError, is_like_its_template, new_project

__all__ = [
    "TEMPLATES",
    "DataChoice",
    "Project",
    "ProjectFileChangedError",
    "ProjectFileError",
    "SavedProject",
    "Template",
    "TemplateError",
    "contents_hash",
    "is_like_its_template",
    "load",
    "new_project",
    "require_writable",
    "save",
]
