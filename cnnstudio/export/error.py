"""The exception that all export formats raise."""


class ExportError(ValueError):
    """A network that cannot be exported; the message says why."""
