"""Judging a split: what was answered, how certain, and which images were mistaken."""

from __future__ import annotations

import numpy as np
import pytest

from cnnstudio.data import Dataset, open_dataset
from cnnstudio.engine.network import Network
from cnnstudio.engine.numpy.execution import NumpyEngine
from cnnstudio.project import new_project
from cnnstudio.training.metrics import Judgement, evaluate, judge


@pytest.fixture(scope="module")
def judged() -> tuple[Judgement, list[int], Dataset, Network]:
    dataset, network = open_dataset("xo"), Network.create(new_project("xo").graph)
    done = []
    with NumpyEngine(threads=1).load(network.program, network.weights) as execution:
        judging = judge(execution, dataset, "train")
        while True:
            try:
                done.append(next(judging))
            except StopIteration as end:
                return end.value, done, dataset, network


def test_tells_how_far_it_has_come(judged: tuple[Judgement, list[int], Dataset, Network]) -> None:
    _, done, dataset, _ = judged
    assert done == [512, 1024, dataset.size("train")]


def test_evaluates_as_the_trainer_does(judged: tuple[Judgement, list[int], Dataset, Network]) -> None:
    judgement, _, dataset, network = judged
    with NumpyEngine(threads=1).load(network.program, network.weights) as execution:
        evaluation = evaluate(execution, dataset, "train")
    assert (evaluation.loss, evaluation.accuracy) == (judgement.evaluation.loss, judgement.evaluation.accuracy)
    assert judgement.evaluation.accuracy == np.mean(judgement.answers == judgement.labels)


def test_answers_and_certainty_are_those_of_the_network(
    judged: tuple[Judgement, list[int], Dataset, Network],
) -> None:
    judgement, _, dataset, network = judged
    votes = network.predict(dataset.take(dataset.splits["train"][:100])[0])
    assert judgement.answers[:100].tolist() == votes.argmax(axis=1).tolist()
    np.testing.assert_allclose(judgement.certainty[:100], votes.max(axis=1), rtol=1e-5)


def test_mistakes_come_most_certain_first(judged: tuple[Judgement, list[int], Dataset, Network]) -> None:
    judgement, _, _, _ = judged
    wrong = judgement.mistakes()
    assert len(wrong) == np.sum(judgement.answers != judgement.labels)
    assert (judgement.answers[wrong] != judgement.labels[wrong]).all()
    assert (np.diff(judgement.certainty[wrong]) <= 0).all()


def test_the_images_of_a_cell_are_as_many_as_it_says(judged: tuple[Judgement, list[int], Dataset, Network]) -> None:
    judgement, _, _, _ = judged
    assert judgement.evaluation.confusion is not None
    for true in range(2):
        for given in range(2):
            places = judgement.answered(true, given)
            assert len(places) == judgement.evaluation.confusion[true, given]
            assert set(judgement.labels[places]) <= {true}
