"""What is shown of the probe's feature maps: the prediction in them, and whether they are still true."""

from __future__ import annotations

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
from cnnstudio.runs.provenance import Change
from cnnstudio.runs.state import RunState

GRACE = 100  # milliseconds after which a computation is mentioned, and maps that it will replace are shown as outdated


class ShownMaps(QObject):
    """The one source of what cards, Probe panel and bars say of the probe. Maps of another project are not shown."""

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
        self.prediction: Prediction | None = None
        self.outdated = ""  # what has changed since the maps were computed, in words
        self.computing = False
        self._timer = QTimer(self, singleShot=True)
        self._timer.setInterval(GRACE)
        self._timer.timeout.connect(self._on_grace_over)
        live.maps_changed.connect(self._on_maps_changed)
        live.computing_changed.connect(self._update)
        data.dataset_changed.connect(self._update)
        identity.changed.connect(self._update)
        run.state_changed.connect(self._update)

    @property
    def arrays(self) -> dict[NodeId, Array]:
        """Every layer's output (C, H, W) or (features,), as far as it is there."""
        maps = self._live.maps
        return maps.arrays if self._identity.compare(maps.provenance).related else {}

    @property
    def loss(self) -> Loss | None:
        """The loss of the network on the canvas, if it has a complete output."""
        output = next(iter(self._session.graph.output_nodes), None)
        block = self._session.report.blocks.get(output.id) if output is not None else None
        return block.loss if block is not None else None

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
        values, dataset, loss = self.arrays.get(output.id) if output else None, self._data.dataset, self.loss
        if loss is not None and not loss.is_classification:
            return "This network is not a classifier; its output is shown on the Output layer."
        if values is None or dataset is None:
            computing = "The prediction is being computed." if self.computing else ""
            return self._live.why_no_maps() or computing or "The prediction appears once the network is complete."
        classes = len(dataset.class_names)
        return f"The network has {values.size} outputs, but the dataset has {classes} classes; see Problems."

    def _on_maps_changed(self, maps: FeatureMaps) -> None:
        self.prediction = self._predict(maps)
        self._update(announce=True)

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

    def _update(self, *changes: object, announce: bool = False) -> None:
        reasons = self._reasons()
        if not reasons and not self._live.computing:
            self._timer.stop()
            self._show("", computing=False, announce=announce)
        elif self.outdated or self.computing:
            self._show(reasons, computing=self._live.computing, announce=announce)
        else:
            if not self._timer.isActive():
                self._timer.start()
            self._show("", computing=False, announce=announce)

    def _on_grace_over(self) -> None:
        self._show(self._reasons(), computing=self._live.computing)

    def _show(self, outdated: str, *, computing: bool, announce: bool = False) -> None:
        if announce or (outdated, computing) != (self.outdated, self.computing):
            self.outdated, self.computing = outdated, computing
            self.changed.emit()

    def _reasons(self) -> str:
        maps = self._live.maps
        if not maps.arrays:
            return ""
        freshness = self._identity.compare(maps.provenance)
        if self._run.state is not RunState.IDLE:  # it reports new maps by itself, several times a second
            freshness = freshness.without(Change.TRAINING)
        return freshness.reasons()
