"""Export of a trained network, one module per format."""

from cnnstudio.export.error import ExportError
from cnnstudio.export.formats import FORMATS, Format, export_network

__all__ = ["FORMATS", "ExportError", "Format", "export_network"]
