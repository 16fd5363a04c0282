"""The exceptions of project files."""

from cnnstudio.user_error import UserError


class ProjectFileError(UserError):
    """A project file that cannot be read or written; the message says why and what to do."""


class ProjectFileChangedError(ProjectFileError):
    """A file that someone else has written since it was read, so that saving would destroy their work."""
