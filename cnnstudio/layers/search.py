"""Find layers by what people type."""

from __future__ import annotations

from cnnstudio.layers.layer import LAYERS, Layer


def find_layers(text: str) -> tuple[type[Layer], ...]:
    """All layers whose names or help hold every word, the best match first; all of them for no text."""
    words = text.casefold().split()
    ranked = [(rank, cls) for cls in LAYERS.values() if (rank := _rank(cls, words)) is not None]
    return tuple(cls for _, cls in sorted(ranked, key=lambda item: item[0]))


def _rank(cls: type[Layer], words: list[str]) -> int | None:
    """0 where the title begins so, 1 where a word of it or of its other names does, 2 where the title holds it, 3 the
    help; None: nowhere."""
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
