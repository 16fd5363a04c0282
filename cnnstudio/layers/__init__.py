"""All layers. Importing this package imports every module in it, which fills the registry `LAYERS`."""

from importlib import import_module
from pkgutil import iter_modules

from cnnstudio.layers.layer import (
    CATEGORIES,
    LAYERS,
    Layer,
    LayerFix,
    ShapeError,
    format_shape,
    lower,
)

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")

__all__ = ["CATEGORIES", "LAYERS", "Layer", "LayerFix", "ShapeError", "format_shape", "lower"]
