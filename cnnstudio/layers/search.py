"""Search for layers by name, synonym or help text."""

from __future__ import annotations

from cnnstudio.layers.layer import LAYERS, Layer


def find_layers(text: str) -> tuple[type[Layer], ...]:
    """The layers whose names or help contain every word of the text, best match first; all layers for an empty text."""
    words = text.casefold().split()
    ranked = [(rank, cls) for cls in LAYERS.values() if (rank := _rank(cls, words)) is not None]
    return tuple(cls for _, cls in sorted(ranked, key=lambda item: item[0]))


def _rank(cls: type[Layer], words: list[str]) -> int | None:
    """0 if the title starts with the text, 1 if words of the title or synonyms start with its words, 2 if the title
    contains them, 3 if the help does, None if nothing does."""
    title, help_text = cls.title.casefold(), cls.help().casefold()
    names = (*title.split(), *cls.synonyms.split())
    begun = [any(name.startswith(word) for name in names) for word in words]
    if not all(begins or word in title or word in help_text for word, begins in zip(words, begun, strict=True)):
        return None
    if title.startswith(" ".join(words)):
        return 0
    if all(begun):
        return 1
    return 2 if all(word in title for word in words) else 3
