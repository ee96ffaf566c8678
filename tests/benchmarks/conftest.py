"""The subject of the benchmarks' tests, which is the tests' champion, and its servers, which are forked."""

from collections.abc import Iterator

import pytest

from benchmarks import follow
from benchmarks.serving import alternatives, batches, reasons, stores
from benchmarks.serving.subject import Subject, subject_of
from steps.tables.feature_table import FeatureTable
from steps.train import TrainedVersion
from testing import forked_servers

MEASURED = (alternatives, batches, follow, reasons, stores)


@pytest.fixture(scope="session", autouse=True)
def forked_servers_of_benchmarks() -> Iterator[None]:
    """Servers of the benchmarks in forked processes, but for those whose memory is measured by itself."""
    with pytest.MonkeyPatch.context() as patch:
        for module in MEASURED:
            patch.setattr(module, "hardened_server", forked_servers.hardened_server)
        yield


@pytest.fixture(scope="session")
def subject(champion: TrainedVersion, table: FeatureTable) -> Subject:
    """The champion and all clients of its table."""
    return subject_of(champion.uri, table.frame.drop(columns=table.lineage.target))
