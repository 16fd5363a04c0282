"""What is shown of the probe's feature maps: the prediction in them, and whether they are still true."""

from __future__ import annotations

import math
import time

from PySide6.QtCore import QObject, QTimer, Signal

from cnnstudio.array import Array
from cnnstudio.graph import NodeId
from cnnstudio.gui.state.data_source import DataSource, Probe
from cnnstudio.gui.state.identity import Identity
from cnnstudio.gui.state.live_network import FeatureMaps, LiveNetwork
from cnnstudio.gui.state.live_run import LiveRun
from cnnstudio.gui.state.prediction import Prediction
from cnnstudio.gui.state.session import Session
from cnnstudio.operations import Loss
from cnnstudio.runs.provenance import Change, Provenance
from cnnstudio.runs.state import RunState

INTERVAL = 100  # milliseconds between two updates with new maps, at least
GRACE = 150  # milliseconds until a computation is mentioned, and maps that it replaces are called outdated


class ShownMaps(QObject):
    """The one source of what cards, Probe panel and bars say of the probe. Maps of another project are not shown.

    `arrays` are every layer's output (C, H, W) or (features,), as far as it is there. `outdated` says in words what has
    changed since those of `outdated_nodes` were computed, and `computing` whether others are being computed that take
    their time; until each is there, the one before stays. All change at once, with `changed`.
    """

    changed = Signal()

    def __init__(
        self,
        session: Session,
        data: DataSource,
        live: LiveNetwork,
        run: LiveRun,
        identity: Identity,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._data, self._live, self._run, self._identity = session, data, live, run, identity
        self.arrays: dict[NodeId, Array] = {}
        self.prediction: Prediction | None = None
        self.outdated, self.computing = "", False
        self.outdated_nodes: frozenset[NodeId] = frozenset()
        self._provenance = live.maps.provenance
        self._kept: frozenset[NodeId] = frozenset()  # whose outputs are of the computation before
        self._kept_provenance = self._provenance
        self._outdated_for, self._computing_for = _Duration(), _Duration()
        self._shown_at = -math.inf  # seconds; the last new maps
        self._pace, self._grace = QTimer(self, singleShot=True), QTimer(self, singleShot=True)
        self._pace.timeout.connect(self._show_new)
        self._grace.timeout.connect(self._update)
        live.maps_changed.connect(self._on_maps_changed)
        live.computing_changed.connect(self._update)
        data.probe_changed.connect(self._on_probe_changed)
        identity.changed.connect(self._update)
        run.state_changed.connect(self._update)

    @property
    def loss(self) -> Loss | None:
        """The loss of the network on the canvas, if it has a complete output."""
        output = next(iter(self._session.graph.output_nodes), None)
        block = self._session.report.blocks.get(output.id) if output is not None else None
        return block.loss if block is not None else None

    @property
    def is_classifier(self) -> bool:
        """Whether the network on the canvas predicts classes, or may yet come to, as far as it is drawn."""
        return self.loss is None or self.loss.is_classification

    def why_missing(self) -> str:
        """Why layers have no values now, in a few words."""
        if self._data.reading:
            return "Reading the images…"
        if self.computing:
            return "Computing…"
        return "No values: the image does not fit." if self._live.why_no_maps() else "No values yet."

    def why_no_prediction(self) -> str:
        """Why there is no prediction, in a sentence."""
        output = next(iter(self._session.graph.output_nodes), None)
        values, dataset = self.arrays.get(output.id) if output else None, self._data.dataset
        if not self.is_classifier:
            return "This network is not a classifier; its output is shown on the Output layer."
        if values is None or dataset is None:
            computing = "The prediction is being computed." if self.computing else ""
            return self._live.why_no_maps() or computing or "The prediction appears once the network is complete."
        classes = len(dataset.class_names)
        return f"The network has {values.size} outputs, but the dataset has {classes} classes; see Problems."

    def _on_maps_changed(self, maps: FeatureMaps) -> None:
        wait = self._shown_at + INTERVAL / 1000 - time.monotonic()
        if wait <= 0.0 or not maps.arrays or not self.arrays:  # what is gone must not stay
            self._show_new()
        elif not self._pace.isActive():
            self._pace.start(math.ceil(wait * 1000))

    def _on_probe_changed(self, probe: object) -> None:
        if not self.arrays:
            self.changed.emit()  # why values are missing has changed

    def _show_new(self) -> None:
        self._pace.stop()
        maps = self._live.maps
        kept = self._kept_arrays(maps)
        if maps.provenance != self._provenance:
            self._kept_provenance, self._provenance = self._provenance, maps.provenance
        self._kept = frozenset(kept)
        self.arrays = {**maps.arrays, **kept} if kept else maps.arrays
        if not any(node.id in kept for node in self._session.graph.output_nodes):
            self.prediction = self._predict(maps)
        self._shown_at = time.monotonic()
        if not kept:
            self._outdated_for.end()
        self.outdated, self.computing, self.outdated_nodes = self._state()
        self.changed.emit()

    def _kept_arrays(self, maps: FeatureMaps) -> dict[NodeId, Array]:
        """The outputs that stay until those of the same network which are being computed are there."""
        if not maps.arrays or not self._live.computing or maps.provenance.wiring != self._provenance.wiring:
            return {}
        return {node: array for node, array in self.arrays.items() if node not in maps.arrays}

    def _update(self, *changes: object) -> None:
        if self.arrays and not self._identity.compare(self._provenance).related:
            self.arrays, self._kept, self.prediction = {}, frozenset(), None
            self.changed.emit()
        if self._kept and not self._live.computing:
            self._show_new()
        state = self._state()
        if state != (self.outdated, self.computing, self.outdated_nodes):
            self.outdated, self.computing, self.outdated_nodes = state
            self.changed.emit()

    def _state(self) -> tuple[str, bool, frozenset[NodeId]]:
        """What is to be said of which maps, and whether others are computed, once that has taken a moment."""
        reasons, nodes = self._reasons(self._provenance), frozenset(self.arrays)
        if self._kept and not reasons:
            reasons, nodes = self._reasons(self._kept_provenance), self._kept
        awaited = self._live.computing or self._pace.isActive() or (self._live.in_training and bool(reasons))
        outdated, computing = self._outdated_for.passed(bool(reasons)), self._computing_for.passed(awaited)
        waits = [GRACE - passed for passed in (outdated, computing) if passed is not None and passed < GRACE]
        if waits:
            self._grace.start(math.ceil(min(waits)))
        else:
            self._grace.stop()
        is_computing = computing is not None and computing >= GRACE
        if outdated is None or outdated < GRACE:
            return "", is_computing, frozenset()
        return reasons, is_computing, nodes

    def _reasons(self, provenance: Provenance) -> str:
        if not self.arrays:
            return ""
        freshness = self._identity.compare(provenance)
        if self._run.state is not RunState.IDLE:  # it reports new maps by itself, several times a second
            freshness = freshness.without(Change.TRAINING)
        return freshness.reasons()

    def _predict(self, maps: FeatureMaps) -> Prediction | None:
        output = next(iter(self._session.graph.output_nodes), None)
        values = maps.arrays.get(output.id) if output is not None else None
        dataset, loss, probe = self._data.dataset, self.loss, maps.provenance.image
        if values is None or dataset is None or loss is None or not loss.is_classification:
            return None
        if values.shape != (len(dataset.class_names),):
            return None
        return Prediction.of(
            dataset.class_names,
            values,
            probabilities=loss.outputs_probabilities,
            label=probe.label if isinstance(probe, Probe) else None,
        )


class _Duration:
    """How long something has been the case."""

    def __init__(self) -> None:
        self._since: float | None = None

    def passed(self, true: bool) -> float | None:
        """For how many milliseconds it has been true, if it is; None if not."""
        if not true:
            self._since = None
            return None
        now = time.monotonic()
        self._since = self._since if self._since is not None else now
        return (now - self._since) * 1000.0

    def end(self) -> None:
        """Count anew from the next time on."""
        self._since = None
