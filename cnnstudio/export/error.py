"""The exception that all export formats raise."""

from cnnstudio.user_error import UserError


class ExportError(UserError):
    """A network that cannot be exported; the message says why."""
