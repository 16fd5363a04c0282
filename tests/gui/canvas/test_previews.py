"""Previews on nodes: images, feature maps and scores, before and during training."""

from __future__ import annotations

import time

import numpy as np
import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter
from pytestqt.qtbot import QtBot

from cnnstudio.graph import Edge
from cnnstudio.gui.canvas.colors import CanvasColors, Fonts
from cnnstudio.gui.canvas.previews import (
    FeatureMapsPreview,
    ImagePreview,
    Placeholder,
    Preview,
    ScoresPreview,
    round_up_to_multiple,
)
from cnnstudio.gui.canvas.view import CanvasView
from cnnstudio.gui.state import editing
from cnnstudio.gui.state.live_network import FeatureMaps
from cnnstudio.gui.state.prediction import Prediction
from cnnstudio.gui.state.studio import Studio

WIDTH, HEIGHT = 120, 60


def painted(preview: Preview, studio: Studio, scale: float = 1.0) -> QImage:
    """The preview as painted on a node."""
    image = QImage(round(WIDTH * scale), round(HEIGHT * scale), QImage.Format.Format_ARGB32)
    image.fill(studio.theme.color("raised"))
    painter = QPainter(image)
    painter.scale(scale, scale)
    preview.paint(painter, QRectF(0.0, 0.0, WIDTH, HEIGHT), CanvasColors(studio.theme, Fonts()), scale, True)
    painter.end()
    return image


def test_every_node_has_a_preview_before_training(view: CanvasView) -> None:
    assert isinstance(view.graph_scene.nodes["input"].preview, ImagePreview)
    assert isinstance(view.graph_scene.nodes["output"].preview, ScoresPreview)
    for node_id in ("conv1", "relu1", "pool1", "flatten", "fc1"):
        assert isinstance(view.graph_scene.nodes[node_id].preview, FeatureMapsPreview)


def test_the_input_shows_the_probe_image(studio: Studio, view: CanvasView) -> None:
    probe = studio.data.probe
    assert probe is not None
    image = painted(view.graph_scene.nodes["input"].preview, studio)
    _, height, width = probe.stored.shape
    middles = [
        [image.pixelColor(WIDTH * (2 * x + 1) // (2 * width), HEIGHT * (2 * y + 1) // (2 * height)).lightnessF()
         for x in range(width)]
        for y in range(height)
    ]  # fmt: skip
    assert np.array_equal(np.array(middles) > 0.5, probe.stored[0] > 0)


def test_previews_follow_the_probe(studio: Studio, view: CanvasView, qtbot: QtBot) -> None:
    before = {key: painted(view.graph_scene.nodes[key].preview, studio) for key in ("input", "conv1")}
    with qtbot.waitSignal(studio.live.maps_changed):
        studio.data.show_sample(5)
    qtbot.waitUntil(lambda: painted(view.graph_scene.nodes["conv1"].preview, studio) != before["conv1"])
    assert painted(view.graph_scene.nodes["input"].preview, studio) != before["input"]


def test_signed_values_are_blue_to_red_and_activations_are_not(studio: Studio) -> None:
    values = np.array([[[-1.0, 1.0]]], np.float32)
    signed, plain = (painted(FeatureMapsPreview(values, signed=kind), studio) for kind in (True, False))
    left, right = (signed.pixelColor(x, HEIGHT // 2) for x in (10, WIDTH - 10))
    assert left.blue() > left.red()
    assert right.red() > right.blue()
    dark, bright = (plain.pixelColor(x, HEIGHT // 2) for x in (10, WIDTH - 10))
    assert dark.lightness() < 60 < bright.lightness()
    assert bright.green() > bright.blue()


@pytest.mark.parametrize("scale", [0.3, 0.85, 1.0, 1.25, 2.0, 4.0])
def test_all_pixels_of_a_map_look_the_same_at_any_zoom(studio: Studio, scale: float) -> None:
    board = np.indices((6, 12)).sum(axis=0)[None] % 2
    image = painted(FeatureMapsPreview(board.astype(np.float32), signed=False), studio, scale)
    cell = image.width() / 12
    highlighted = [image.pixelColor(int((x + 0.5) * cell), int(0.5 * cell)).lightness() for x in range(12)]
    assert max(highlighted[::2]) + 40 < min(highlighted[1::2])


def test_a_bright_pixel_does_not_darken_the_rest(studio: Studio) -> None:
    maps = np.full((1, 30, 60), 0.5, np.float32)
    plain = painted(FeatureMapsPreview(maps, signed=False), studio).pixelColor(60, 30)
    maps[0, 0, 0] = 500.0
    assert painted(FeatureMapsPreview(maps, signed=False), studio).pixelColor(60, 30) == plain


def test_non_finite_values_are_painted(studio: Studio) -> None:
    broken = np.array([np.nan, np.inf, -np.inf, 1.0], np.float32)
    painted(FeatureMapsPreview(broken, signed=True), studio)
    painted(ScoresPreview(Prediction.of(tuple("abcd"), broken, probabilities=False, label=None)), studio)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("signed", [True, False])
def test_values_too_small_to_divide_by_are_painted_as_others_are(studio: Studio, signed: bool) -> None:
    maps = np.arange(64, dtype=np.float32).reshape(1, 8, 8)
    plain = painted(FeatureMapsPreview(maps, signed=signed), studio)
    assert painted(FeatureMapsPreview(maps * np.float32(2.0**-140), signed=signed), studio) == plain


@pytest.mark.parametrize(
    ("pixels", "wanted", "length"), [(28, 20.0, 28), (28, 30.0, 56), (9, 36.0, 36), (224, 30.0, 32)]
)
def test_previews_are_rendered_in_whole_pixels(pixels: int, wanted: float, length: int) -> None:
    assert round_up_to_multiple(pixels, wanted) == length


def test_output_lists_its_scores_by_class_name(studio: Studio, view: CanvasView) -> None:
    names = studio.data.dataset.class_names if studio.data.dataset else ()
    certain = np.array([1.0, 0.0], np.float32)
    right, wrong, unknown = (
        painted(ScoresPreview(Prediction.of(names, certain, probabilities=True, label=label)), studio)
        for label in (0, 1, None)
    )
    good, problem = studio.theme.color("good"), studio.theme.color("problem")
    bars = [image.pixelColor(WIDTH // 2, HEIGHT // 4) for image in (right, wrong, unknown)]
    assert bars == [good, problem, good]
    assert right != unknown  # the right class is ticked


def test_a_node_without_input_shows_a_placeholder(studio: Studio, view: CanvasView, qtbot: QtBot) -> None:
    editing.disconnect(studio.session, Edge("pool1", "flatten"))
    qtbot.waitUntil(lambda: isinstance(view.graph_scene.nodes["fc1"].preview, Placeholder))
    assert isinstance(view.graph_scene.nodes["pool1"].preview, FeatureMapsPreview)


def test_previews_change_during_training(studio: Studio, view: CanvasView, qtbot: QtBot) -> None:
    before = painted(view.graph_scene.nodes["conv1"].preview, studio)
    studio.run.start()
    qtbot.waitUntil(lambda: painted(view.graph_scene.nodes["conv1"].preview, studio) != before, timeout=20_000)
    studio.run.close()


def test_maps_that_are_shown_already_are_not_rendered_again(studio: Studio, view: CanvasView, qtbot: QtBot) -> None:
    before = view.graph_scene.nodes["conv1"].preview
    studio.shown.changed.emit()
    assert view.graph_scene.nodes["conv1"].preview is before
    studio.data.show_next()
    qtbot.waitUntil(lambda: view.graph_scene.nodes["conv1"].preview is not before)


def test_previews_are_updated_at_most_ten_times_a_second(studio: Studio, view: CanvasView, qtbot: QtBot) -> None:
    qtbot.wait(150)
    item, maps, shown = view.graph_scene.nodes["conv1"], studio.live.maps, set()
    start = time.monotonic()
    for step in range(60):
        arrays = {key: array * (-1) ** step for key, array in maps.arrays.items()}
        studio.live.show_maps(FeatureMaps(arrays, step, maps.provenance))
        shown.add(item.preview)
        qtbot.wait(5)
    assert 2 < len(shown) <= 10.0 * (time.monotonic() - start) + 2.0
    newest = FeatureMapsPreview(studio.live.maps.arrays["conv1"], signed=True)
    qtbot.waitUntil(lambda: painted(item.preview, studio) == painted(newest, studio))  # the last one is not lost


def test_a_preview_stays_within_its_rectangle(studio: Studio) -> None:
    image = QImage(WIDTH, HEIGHT, QImage.Format.Format_ARGB32)
    ground = studio.theme.color("raised")
    image.fill(ground)
    painter = QPainter(image)
    values = np.linspace(0.0, 1.0, 10, dtype=np.float32)
    scores = ScoresPreview(Prediction.of(tuple("0123456789"), values, probabilities=True, label=3))
    scores.paint(painter, QRectF(0.0, 0.0, WIDTH, 20.0), CanvasColors(studio.theme, Fonts()), 1.0, True)
    painter.end()
    assert all(image.pixelColor(x, y) == ground for x in range(WIDTH) for y in range(21, HEIGHT))
