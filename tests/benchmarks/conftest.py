"""The subject of the benchmarks' tests: the tests' champion."""

import pytest

from benchmarks.serving.subject import Subject, subject_of
from steps.tables.feature_table import FeatureTable
from steps.train import TrainedVersion


@pytest.fixture(scope="session")
def subject(champion: TrainedVersion, table: FeatureTable) -> Subject:
    """The champion and all clients of its table."""
    return subject_of(champion.uri, table.frame.drop(columns=table.lineage.target))
