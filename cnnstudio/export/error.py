"""What every format raises when it cannot write a network."""


class ExportError(ValueError):
    """A network that cannot be written in a format; the message says why."""
