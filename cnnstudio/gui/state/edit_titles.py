"""The names of undo steps that change a parameter."""

from __future__ import annotations

from cnnstudio.spec import Spec, label_of, params_of


def change_title(spec: Spec, name: str) -> str:
    """`Change learning rate`: by the parameter's label, or by the name itself where something else is chosen."""
    param = dict(params_of(spec)).get(name)
    label = label_of(name, param) if param is not None else name
    if label[1:2].islower():  # unlike "L2 decay"
        label = label[0].lower() + label[1:]
    return f"Change {label}"
