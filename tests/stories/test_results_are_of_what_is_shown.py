"""No result of one network is shown as another's: each says what it belongs to, or is not shown."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QTabBar, QWidget
from pytestqt.qtbot import QtBot

from cnnstudio.array import Array
from cnnstudio.engine.network import Network
from cnnstudio.graph import NodeId
from cnnstudio.gui.canvas.previews import FeatureMapsPreview, ImagePreview, Placeholder, Preview, ScoresPreview
from cnnstudio.gui.state import editing
from cnnstudio.gui.window.main_window import MainWindow
from cnnstudio.runs import graph_network, training_work
from cnnstudio.runs.state import RunState
from tests.gui.window_user import LEFT, WindowUser, path_typed

pytestmark = [
    pytest.mark.qt_log_level_fail("WARNING"),
    pytest.mark.qt_log_ignore("This plugin does not support"),  # without a screen
]

Key = Qt.Key
CONTROL = Qt.KeyboardModifier.ControlModifier
LONG = 60_000  # milliseconds that a busy machine may take


class Observer(WindowUser):
    """Reads cards, panels and bars."""

    def card(self, node_id: str) -> Preview:
        """What a card shows of its layer's output."""
        return self.window.canvas.graph_scene.nodes[node_id].preview

    def cards(self, kind: type[Preview]) -> set[str]:
        """The layers whose cards show this kind of preview."""
        items = self.window.canvas.graph_scene.nodes.items()
        return {node_id for node_id, item in items if isinstance(item.preview, kind)}

    def outdated_cards(self) -> set[str]:
        """The layers whose cards are faded."""
        return {node_id for node_id, item in self.window.canvas.graph_scene.nodes.items() if item.outdated}

    def open_tab(self, title: str) -> None:
        """Click a tab between the docks."""
        bars = self.window.findChildren(QTabBar)
        bar = next(b for b in bars if b.isVisible() and title in [b.tabText(i) for i in range(b.count())])
        index = next(i for i in range(bar.count()) if bar.tabText(i) == title)
        QTest.mouseClick(bar, LEFT, Qt.KeyboardModifier.NoModifier, bar.tabRect(index).center())

    def widen(self, filters: int) -> None:
        """Change the first convolution's number of filters."""
        layer = self.studio.session.graph.nodes["conv1"].layer
        editing.change_layer(self.studio.session, "conv1", layer.with_params(filters=filters), "filters")

    def evaluated(self) -> None:
        """Wait for the evaluation that follows a run, or a click."""
        studio = self.studio
        self.qtbot.waitUntil(lambda: studio.evaluator.result is not None and not studio.evaluator.busy, timeout=LONG)

    def wait_for(self, text: Callable[[], str], pattern: str) -> None:
        """Wait until a text matches."""
        self.qtbot.waitUntil(lambda: re.search(pattern, text()) is not None, timeout=LONG)

    def start_long_run(self) -> None:
        """Click Train with many epochs, and wait until it makes steps."""
        self.set_epochs(4000)
        self.click("train_button")
        self.qtbot.waitUntil(lambda: self.studio.run.state is RunState.RUNNING, timeout=LONG)
        self.qtbot.waitUntil(lambda: self.studio.run.records[-1].last is not None, timeout=LONG)

    def stopped(self) -> None:
        """Wait until the run has ended and what follows it is there."""
        self.qtbot.waitUntil(lambda: self.studio.run.state is RunState.IDLE, timeout=LONG)
        self.qtbot.waitUntil(lambda: not self.studio.evaluator.busy, timeout=LONG)


@pytest.fixture
def me(window: MainWindow, qtbot: QtBot) -> Observer:
    return Observer(window, qtbot)


@contextmanager
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No feature maps are computed meanwhile, as if the network were large."""
    let_go, activations = threading.Event(), Network.activations_by_layer

    def slowly(network: Network, *arguments: object) -> object:
        let_go.wait(LONG / 1000)
        return activations(network, *arguments)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(Network, "activations_by_layer", slowly)
        try:
            yield
        finally:
            let_go.set()


def test_a_new_project_shows_nothing_of_the_one_before(me: Observer, monkeypatch: pytest.MonkeyPatch) -> None:
    assert me.cards(FeatureMapsPreview)
    assert me.text("probe_verdict").startswith("Prediction: ")
    with held(monkeypatch):
        me.choose("File/New", "LeNet-5 for digits")
        assert me.cards(Placeholder) == set(me.studio.session.graph.nodes)
        assert me.text("probe_verdict") == ""
        me.wait_for(lambda: me.text("status_state"), "Reading the images…|Computing feature maps…")
        me.qtbot.waitUntil(lambda: not me.studio.data.reading, timeout=LONG)
        assert me.cards(ImagePreview) == {"input"}
        me.wait_for(lambda: me.text("status_state"), "Computing feature maps…")
        assert me.text("probe_verdict") == "The prediction is being computed."
        assert me.cards(Placeholder) == set(me.studio.session.graph.nodes) - {"input"}
    me.ready()
    me.wait_for(lambda: me.text("status_state"), "Ready")
    assert me.text("probe_verdict").startswith("Prediction: ")


def test_an_opened_project_with_the_same_data_shows_nothing_of_the_one_before(
    me: Observer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    me.train(2)
    me.evaluated()
    me.open_tab("Confusion")
    me.studio.save(tmp_path / "mine.cnn")
    with held(monkeypatch), me.answering(path_typed(tmp_path / "mine.cnn")):
        me.key(Key.Key_O, CONTROL)
    me.ready()
    assert me.text("confusion_summary") == ""
    assert me.progress[1].startswith("Done after epoch 2, step ")  # its own run, which is in the file
    me.studio.session.select(["conv1"])
    assert me.text("filters_heading") == "FILTERS (TRAINED)"


def test_a_probe_that_does_not_fit_is_not_passed_through(me: Observer, monkeypatch: pytest.MonkeyPatch) -> None:
    computed: list[Array] = []
    activations = Network.activations_by_layer

    def noted(network: Network, image: Array) -> Iterator[dict[NodeId, Array]]:
        computed.append(image)
        return activations(network, image)

    monkeypatch.setattr(Network, "activations_by_layer", noted)
    me.choose("Data", "Digits, generated")
    me.qtbot.waitUntil(lambda: me.studio.data.probe is not None, timeout=LONG)
    me.wait_for(lambda: me.text("probe_verdict"), "The image is 1 × 28 × 28, but the network takes 1 × 9 × 9.")
    assert me.cards(FeatureMapsPreview | ScoresPreview) == set()  # type: ignore[arg-type]
    assert all(image.shape == (1, 1, 9, 9) and image.any() for image in computed), "a black image was passed through"


def test_after_an_edit_no_figure_is_shown_as_the_edited_networks(me: Observer) -> None:
    me.train(3)
    me.evaluated()
    me.open_tab("Confusion")
    me.studio.session.select(["conv1"])
    done, figures = me.progress, me.text("confusion_summary")
    assert done[0] == 1.0
    assert me.text("filters_heading") == "FILTERS (TRAINED)"
    assert me.text("confusion_outdated") == ""
    me.widen(5)
    me.ready()
    assert me.progress == (0.0, f"Out of date: the network was edited · {done[1]}")
    assert me.text("confusion_summary") == figures
    assert me.text("confusion_outdated") == "Out of date: the network was edited."
    me.wait_for(lambda: me.text("filters_heading"), r"FILTERS \(INITIAL\)")
    me.open_tab("Mistakes")
    assert me.text("mistakes_outdated") == "Out of date: the network was edited."
    me.key(Key.Key_Z, CONTROL)
    me.ready()
    assert me.progress == done
    assert me.text("mistakes_outdated") == ""
    me.wait_for(lambda: me.text("filters_heading"), r"FILTERS \(TRAINED\)")


def test_an_evaluation_of_an_edited_network_is_out_of_date_when_the_edit_is_undone(me: Observer) -> None:
    me.train(3)
    me.evaluated()
    me.open_tab("Confusion")
    right = me.text("confusion_summary")
    me.widen(5)
    me.ready()
    me.click("confusion_update")
    me.qtbot.waitUntil(lambda: me.text("confusion_summary") != right, timeout=LONG)
    me.qtbot.waitUntil(lambda: not me.studio.evaluator.busy)
    assert me.text("confusion_outdated") == ""
    edited = me.text("confusion_summary")
    me.key(Key.Key_Z, CONTROL)
    me.ready()
    assert me.text("confusion_summary") == edited
    assert me.text("confusion_outdated") == "Out of date: the network was edited."
    me.click("confusion_update")
    me.qtbot.waitUntil(lambda: me.text("confusion_summary") == right, timeout=LONG)
    assert me.text("confusion_outdated") == ""


def test_while_a_run_goes_on_an_evaluation_says_how_much_was_trained_since(me: Observer) -> None:
    me.train(1)
    me.evaluated()
    me.open_tab("Confusion")
    assert me.text("confusion_summary").endswith("after step 75")
    me.start_long_run()
    me.wait_for(lambda: me.text("confusion_outdated"), r"Out of date: trained [\d\u202f]{2,} steps further\.")
    me.click("confusion_update")
    me.qtbot.waitUntil(lambda: not me.text("confusion_summary").endswith("after step 75"), timeout=LONG)
    me.click("stop_button")
    me.stopped()
    assert me.text("confusion_outdated") == ""


def test_an_edit_during_training_is_pointed_out_until_it_is_undone_or_the_run_stopped(me: Observer) -> None:
    me.start_long_run()
    assert me.text("canvas_outdated") == ""
    me.widen(5)
    notice = (
        "Run 1 trains the network as it was before your edits. "
        "The canvas shows the edited network, with weights from when it was edited."
    )
    assert me.text("canvas_outdated") == notice
    me.ready()
    assert me.outdated_cards() == set()
    me.key(Key.Key_Z, CONTROL)
    assert me.text("canvas_outdated") == ""
    me.key(Key.Key_Y, CONTROL)
    assert me.text("canvas_outdated") == notice
    me.click("canvas_update")
    me.stopped()
    assert me.text("canvas_outdated") == ""
    assert me.progress[1].startswith("Out of date: the network was edited · Stopped after epoch ")


def test_a_run_whose_layers_are_all_deleted_is_named_and_can_be_stopped(me: Observer) -> None:
    me.start_long_run()
    me.window.canvas.setFocus()
    me.key(Key.Key_A, CONTROL)
    QTest.keyClick(me.window.canvas, Key.Key_Delete)
    assert not me.studio.session.graph.nodes
    assert me.text("canvas_outdated").startswith("Run 1 trains the network as it was before your edits.")
    assert me.text("canvas_outdated").endswith("The canvas is empty.")
    assert me.text("status_state") == "● Training"
    me.click("stop_button")
    me.stopped()
    assert me.text("canvas_outdated") == ""


def test_other_data_during_training_is_pointed_out_until_the_choice_is_undone(me: Observer) -> None:
    me.start_long_run()
    me.choose("Data", "Digits, generated")
    assert me.text("canvas_outdated") == "Run 1 trains with X or O, not with the data chosen now."
    me.key(Key.Key_Z, CONTROL)
    assert me.text("canvas_outdated") == ""
    me.ready()
    me.click("stop_button")
    me.stopped()


def test_a_run_that_ends_before_its_first_step_does_not_seem_to_go_on(
    me: Observer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: object, **options: object) -> None:
        raise MemoryError("There is not enough memory.")

    monkeypatch.setattr(training_work, "train", fail)
    me.click("train_button")
    me.qtbot.waitUntil(lambda: me.progress[1] == "Failed before the first step", timeout=LONG)
    assert me.message == "The run failed: There is not enough memory."


def test_maps_that_are_being_replaced_are_faded(me: Observer, monkeypatch: pytest.MonkeyPatch) -> None:
    before = me.text("probe_verdict")
    with held(monkeypatch):
        me.click("probe_next")
        me.qtbot.waitUntil(lambda: me.outdated_cards() == set(me.studio.session.graph.nodes) - {"input"})
        assert me.text("probe_outdated") == "Out of date: another image…"
        assert me.text("probe_verdict") == before
        assert me.text("status_state") == "● Computing feature maps…"
    me.qtbot.waitUntil(lambda: not me.outdated_cards() and me.text("probe_outdated") == "", timeout=LONG)
    assert me.text("status_state") == "● Ready"


def test_each_map_stays_until_its_layer_is_computed_anew(me: Observer, monkeypatch: pytest.MonkeyPatch) -> None:
    let_go, by_layer = threading.Semaphore(0), Network.activations_by_layer

    def slowly(network: Network, image: Array) -> Iterator[dict[NodeId, Array]]:
        for arrays in by_layer(network, image):
            yield arrays
            let_go.acquire(timeout=LONG / 1000)

    monkeypatch.setattr(graph_network, "INTERVAL", 0.0)
    monkeypatch.setattr(Network, "activations_by_layer", slowly)
    layers, before = set(me.studio.session.graph.nodes), me.text("probe_verdict")
    me.click("probe_next")
    while me.outdated_cards() != {"output"}:
        old = me.outdated_cards()
        let_go.release()
        me.qtbot.waitUntil(partial(lambda old: me.outdated_cards() not in (set(), old), old), timeout=LONG)
        assert me.cards(Placeholder) == set()
        assert me.text("probe_verdict") == before
        assert me.text("probe_outdated") == "Out of date: another image…"
    let_go.release(len(layers))
    me.qtbot.waitUntil(lambda: me.outdated_cards() == set() and me.text("probe_outdated") == "", timeout=LONG)
    me.ready()
    card = me.card("output")
    assert isinstance(card, ScoresPreview)
    assert me.text("probe_verdict") == card.prediction.summary()


def test_card_and_panel_name_and_color_the_same_winner_at_every_moment(me: Observer, tmp_path: Path) -> None:
    seen: set[bool | None] = set()

    def compare() -> None:
        card, verdict = me.card("output"), me.text("probe_verdict")
        if not isinstance(card, ScoresPreview):
            return
        prediction = card.prediction
        assert verdict == prediction.summary()
        bars = me.window.findChild(QWidget, "score_bars")
        values = ", ".join(f"{n}: {prediction.format(i)}" for i, n in enumerate(prediction.class_names))
        assert bars.accessibleDescription() == values
        seen.add(prediction.correct)

    timer = QTimer(me.window)
    timer.timeout.connect(compare)
    timer.start(2)
    for number in range(12):
        me.click("probe_next")
        me.qtbot.wait(30 * (number % 4))
    me.train(2)
    Image.new("L", (9, 9), 255).save(tmp_path / "white.png")
    me.studio.show_image_file(tmp_path / "white.png")
    me.qtbot.waitUntil(lambda: None in seen, timeout=LONG)
    timer.stop()
    assert {True, False} <= seen


def test_an_autoencoder_has_neither_accuracy_nor_scores(me: Observer) -> None:
    me.choose("File/New", "Autoencoder")
    me.ready()
    assert me.text("probe_verdict") == "This network is not a classifier; its output is shown on the Output layer."
    assert me.cards(ScoresPreview) == set()
    me.open_tab("Mistakes")
    assert me.text("mistakes_empty") == "This network is not a classifier, so there are no mistakes to show."
    me.open_tab("Confusion")
    assert me.text("confusion_empty").startswith("This network is not a classifier: an evaluation gives its loss")
    expected = "This network is not a classifier, so it has no accuracy."
    me.wait_for(lambda: me.text("accuracy_empty"), expected)
    me.click("step_button")
    me.qtbot.waitUntil(lambda: me.studio.run.state is RunState.PAUSED, timeout=LONG)
    me.qtbot.waitUntil(lambda: me.window.findChild(QWidget, "loss_plot").isVisible(), timeout=LONG)
    assert me.text("accuracy_empty") == expected
    plot = me.window.findChild(QWidget, "accuracy_plot")
    assert plot is None or not plot.isVisible()
    me.click("stop_button")
    me.stopped()
