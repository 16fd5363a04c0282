"""Layers are found by their titles first, then by what they do."""

from __future__ import annotations

from cnnstudio.layers import LAYERS
from cnnstudio.layers.search import find_layers


def titles(text: str) -> list[str]:
    return [cls.title for cls in find_layers(text)]


def test_an_empty_query_finds_all_in_order() -> None:
    assert find_layers("") == tuple(LAYERS.values())


def test_matches_at_the_start_of_a_title_come_first() -> None:
    assert titles("max")[0] == "Max pooling"
    assert titles("CONV")[0] == "Convolution"
    assert titles("pool")[:2] == ["Max pooling", "Average pooling"]


def test_help_texts_are_searched_too() -> None:
    assert "Global average" in titles("flatten")
    assert titles("flatten")[0] == "Flatten"


def test_every_word_must_match() -> None:
    assert titles("global max") == ["Global maximum"]
    assert titles("global quux") == []


def test_layers_are_found_by_their_aliases() -> None:
    assert titles("fc") == titles("dense") == titles("linear") == ["Fully connected"]
    assert titles("lrn") == ["Local response norm"]
    assert titles("gap") == ["Global average"]
    assert titles("deconv")[0] == "Transposed convolution"
    assert {"Global average", "Global maximum"} <= set(titles("pool"))
