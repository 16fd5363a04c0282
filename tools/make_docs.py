"""Write docs/layers.md from the declarations of the layers, so that it cannot say anything else than the program."""

from collections.abc import Iterator
from pathlib import Path

from cnnstudio.layers import CATEGORIES, LAYERS, Layer
from cnnstudio.spec import ChoiceParam, Param, label_of, params_of

DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "layers.md"
HEAD = """# Layers

Every layer of the palette, with all that can be set on it. `make docs` writes this page from the program itself.
"""


def page() -> str:
    """The whole page, category by category in the palette's order."""
    parts = [HEAD]
    for category in dict.fromkeys(CATEGORIES.values()):
        parts.append(f"## {category}\n")
        parts += [section(layer) for layer in LAYERS.values() if CATEGORIES[layer.role] == category]
    return "\n".join(parts)


def section(layer: type[Layer]) -> str:
    """One layer: what it does, how many inputs it takes, and its parameters."""
    lines = [f"### {layer.title} (`{layer.kind}`)\n", f"{layer.help()}\n"]
    facts = [f"On the canvas: key {layer.key}."] if layer.key else []
    least, most = layer.inputs
    if (least, most) != (1, 1):
        facts.append(f"Inputs: {least} to {most}." if most else "Inputs: none.")
    if facts:
        lines.append(f"{' '.join(facts)}\n")
    rows = list(_rows(layer))
    if rows:
        lines += ["| parameter | accepts | default | what it does |", "| --- | --- | --- | --- |", *rows, ""]
    return "\n".join(lines)


def _rows(layer: type[Layer]) -> Iterator[str]:
    for name, param in params_of(layer):
        cells = (f"{label_of(name, param)} (`{name}`)", param.describe(), _default(param), _help(param))
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _default(param: Param) -> str:
    if isinstance(param, ChoiceParam):
        return str(param.default)
    unit = f" {param.unit}" if getattr(param, "unit", "") else ""
    return (param.write(param.default) or "none") + unit


def _help(param: Param) -> str:
    if param.when is None:
        return param.help
    other, values = param.when
    return f"{param.help} Only where `{other}` is {' or '.join(map(str, values))}."


def main() -> None:
    DOCUMENT.parent.mkdir(exist_ok=True)
    DOCUMENT.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
