"""The reference of the score: tenths of the out-of-fold probabilities, and how alike the folds are."""

import mlflow
import numpy as np
import pytest

from steps.quality.stability import index_of, stability
from steps.training.score_reference import ARTIFACT, log_score_reference, parsed_reference, score_reference

PROBABILITY = np.random.default_rng(1).beta(1, 9, 1_000)
FOLD = np.arange(1_000) % 5


def test_the_reference_gives_the_index_that_the_scores_themselves_give():
    later = np.random.default_rng(2).beta(1.4, 9, 700)
    reference = score_reference(PROBABILITY, FOLD)

    counts = np.bincount(np.searchsorted(reference.edges, later, side="right"), minlength=10)

    assert index_of(np.array(reference.counts), counts) == pytest.approx(stability(PROBABILITY, later).index)


def test_a_fold_of_other_scores_has_the_highest_index():
    probability = np.where(FOLD == 3, PROBABILITY * 2, PROBABILITY)

    folds = score_reference(probability, FOLD).folds

    assert len(folds) == 5
    assert int(np.argmax(folds)) == 3


def test_the_reference_has_a_tenth_of_the_clients_in_each_tenth():
    reference = score_reference(PROBABILITY, FOLD)

    assert reference.counts == [100] * 10


def test_a_logged_reference_is_read_back_and_another_document_is_none():
    with mlflow.start_run() as run:
        log_score_reference(PROBABILITY, FOLD)

    document = mlflow.artifacts.load_dict(f"runs:/{run.info.run_id}/{ARTIFACT}")

    assert parsed_reference(document) == score_reference(PROBABILITY, FOLD)
    assert parsed_reference({"edges": [0.1]}) is None
