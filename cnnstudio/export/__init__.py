"""Take a trained network away: one file for each format."""

from cnnstudio.export.error import ExportError
from cnnstudio.export.formats import FORMATS, Format, export_network

__all__ = ["FORMATS", "ExportError", "Format", "export_network"]
