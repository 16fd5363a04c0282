"""The predictions for a split: classes, confidence, and the misclassified images."""

from __future__ import annotations

import numpy as np
import pytest

from cnnstudio.data import Dataset, open_dataset
from cnnstudio.engine.network import Network
from cnnstudio.engine.numpy.execution import NumpyEngine
from cnnstudio.project import new_project
from cnnstudio.training.metrics import Predictions, evaluate, evaluate_in_chunks

Evaluated = tuple[Predictions, list[int], Dataset, Network]


@pytest.fixture(scope="module")
def evaluated() -> Evaluated:
    dataset, network = open_dataset("xo"), Network.create(new_project("xo").graph)
    done = []
    with NumpyEngine(threads=1).load(network.program, network.weights) as execution:
        steps = evaluate_in_chunks(execution, dataset, "train")
        while True:
            try:
                done.append(next(steps))
            except StopIteration as end:
                return end.value, done, dataset, network


def test_progress_is_reported_in_images(evaluated: Evaluated) -> None:
    _, done, dataset, _ = evaluated
    assert done == [512, 1024, dataset.size("train")]


def test_evaluating_in_parts_gives_the_same_result(evaluated: Evaluated) -> None:
    predictions, _, dataset, network = evaluated
    with NumpyEngine(threads=1).load(network.program, network.weights) as execution:
        evaluation = evaluate(execution, dataset, "train")
    assert (evaluation.loss, evaluation.accuracy) == (predictions.evaluation.loss, predictions.evaluation.accuracy)
    assert predictions.evaluation.accuracy == np.mean(predictions.predicted == predictions.labels)


def test_predictions_and_confidence_are_those_of_the_network(
    evaluated: Evaluated,
) -> None:
    predictions, _, dataset, network = evaluated
    outputs = network.predict(dataset.take(dataset.splits["train"][:100])[0])
    assert predictions.predicted[:100].tolist() == outputs.argmax(axis=1).tolist()
    np.testing.assert_allclose(predictions.confidence[:100], outputs.max(axis=1), rtol=1e-5)


def test_mistakes_are_sorted_by_confidence(evaluated: Evaluated) -> None:
    predictions, _, _, _ = evaluated
    wrong = predictions.mistakes()
    assert len(wrong) == np.sum(predictions.predicted != predictions.labels)
    assert (predictions.predicted[wrong] != predictions.labels[wrong]).all()
    assert (np.diff(predictions.confidence[wrong]) <= 0).all()


def test_image_lists_match_the_confusion_matrix(
    evaluated: Evaluated,
) -> None:
    predictions, _, _, _ = evaluated
    assert predictions.evaluation.confusion is not None
    for true in range(2):
        for predicted in range(2):
            places = predictions.in_cell(true, predicted)
            assert len(places) == predictions.evaluation.confusion[true, predicted]
            assert set(predictions.labels[places]) <= {true}
