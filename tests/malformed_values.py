"""Values that make no sense where they stand, for tests that a reader refuses them in its own words."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from cnnstudio.layers import LAYERS

WORDS = ("nodes", "edges", "id", "layer", "kind", "name", "position", "filters", "padding", "shape", "mean")
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just(10**400)
MALFORMED = st.recursive(
    SCALARS | st.sampled_from(sorted(LAYERS)),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=4),
    max_leaves=12,
)


@st.composite
def with_one_malformed_value(draw: st.DrawFn, data: Any) -> Any:
    """The plain values, in which one value anywhere is replaced by garbage; they are changed in place."""
    place = data
    while True:
        key = draw(st.sampled_from(list(place) if isinstance(place, dict) else range(len(place))))
        if not isinstance(place[key], dict | list) or not place[key] or draw(st.booleans()):
            place[key] = draw(MALFORMED)
            return data
        place = place[key]
