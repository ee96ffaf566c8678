"""The reference of a registered version: written by its training, read back, and what real traffic is counted by."""

from contextlib import closing
from pathlib import Path

import mlflow
import numpy as np
import pytest
from sqlalchemy import make_url

from custom_model.decision_log import DecisionLog
from custom_model.decision_log.reader import Records
from custom_model.origin import Origin
from custom_model.service import DecisionService
from steps.evaluation.in_subprocess import score_in_subprocess
from steps.monitoring.counting.observing import observe
from steps.monitoring.referencing.columns import column_of
from steps.registry.artifact import log_checked, register
from steps.registry.reference_reading import read_reference, reference_from_table
from steps.registry.version_parts import read_parts
from steps.registry.versions import find_version, uri_of
from steps.run.console import UserError
from steps.run.settings import Settings
from steps.tables.home_credit import ID
from steps.traffic.deciding import contract_of
from steps.traffic.recorded import LoggedTraffic, Span
from steps.training.data import training_rows
from tests.conftest import MODEL

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def version(champion):
    return find_version(MODEL, str(champion.version))


@pytest.fixture(scope="module")
def reference(version):
    return read_reference(version)


@pytest.fixture(scope="module")
def older(version):
    """A version without a reference, as they were trained before there were any."""
    parts = read_parts(version)
    with mlflow.start_run():
        uri = log_checked(parts.booster, parts.scorecard, parts.contract, parts.example)
    return find_version("unreferenced", str(register(uri, "unreferenced")))


def held_out(table):
    rows = ~training_rows(table, Settings().holdout_percent)
    return table.frame.loc[rows, [ID, *table.fields]]


def test_a_training_writes_the_fields_of_its_clients_and_the_versions_own_decisions_on_others(
    reference, version, contract, table
):
    decided = score_in_subprocess(uri_of(version), held_out(table)).decisions

    assert tuple(reference.fields) == contract.fields
    assert {int(field.counts.sum()) for field in reference.fields.values()} == {reference.clients}
    assert reference.clients == training_rows(table, Settings().holdout_percent).sum()
    counts = decided["decision"].value_counts().to_dict()
    assert {name: number for name, number in reference.decided.outcomes.items() if number} == counts
    assert reference.threshold == decided["threshold"].iloc[0]
    assert reference.explained == min(counts["refused"], 1_000)
    assert 0 < len(reference.inputs) < len(contract.fields)
    assert f"{reference.clients:,} clients of the training" in reference.source
    attributes = dict.fromkeys(each.group.attribute for each in reference.groups)
    assert list(attributes) == ["client", "contract type", "region", "size of the loan", "Sex", "Age", "Family status"]


def test_the_reference_takes_less_than_200_kb_of_the_artifact(version):
    [file] = Path(mlflow.artifacts.download_artifacts(uri_of(version))).glob("artifacts/reference.parquet")

    assert 20_000 < file.stat().st_size < 200_000


def test_traffic_of_a_real_log_is_counted_in_its_bins(reference, version, complete, tmp_path):
    own = mlflow.pyfunc.load_model(uri_of(version)).unwrap_python_model()
    clients = complete.head(400)
    rows = clients.astype(object).where(clients.notna(), None).to_dict("records")
    rows = [{**row, ID: int(row[ID])} for row in rows]
    url = make_url(f"sqlite:///{tmp_path / 'decisions.db'}")
    origin = Origin(MODEL, str(version.version))
    with closing(DecisionService(own.decider, origin, log=DecisionLog(url, wait=60.0))) as service:
        for first in range(0, len(rows), 100):
            service.decide(rows[first : first + 100])

    with closing(Records.open(url)) as records:
        traffic = LoggedTraffic(records, "log", Span(MODEL))
        window = observe(traffic, reference, contract_of(uri_of(version)), 1, 100)

    assert len(window) == 400
    for name, field in reference.fields.items():
        expected = field.bins.counts(column_of(clients, name, field.bins.is_number))
        assert window.fields[name].counts.tolist() == expected.tolist()
    assert window.repeats.sum() == clients.drop(columns=ID).duplicated().sum()
    refused = window.decided.refused
    assert refused.sum() > 20
    assert all(bool(codes) == refused[place] for place, codes in enumerate(window.reasons) if refused[place])
    assert not window.unknown_fields
    assert not window.unreadable
    assert len(window.sample) == 100


def test_a_table_of_the_training_gives_the_reference_that_the_training_wrote(reference, version, table, policy):
    again = reference_from_table(version, table, Settings(), policy)

    assert again.source.startswith(reference.source)
    assert again.decided.outcomes == reference.decided.outcomes
    assert np.array_equal(again.decided.scores, reference.decided.scores)
    assert again.decided.expected_cost == pytest.approx(reference.decided.expected_cost)
    assert again.inputs == reference.inputs
    for name, field in reference.fields.items():
        assert again.fields[name].bins == field.bins
        assert np.array_equal(again.fields[name].counts, field.counts)
    assert [each.group for each in again.groups] == [each.group for each in reference.groups]
    # A request must meet the contract to be explained; a simulation need not.
    assert 0.9 * reference.explained <= again.explained <= reference.explained
    assert set(again.reasons) <= set(reference.reasons)


def test_a_version_without_a_reference_says_how_to_get_one(older, table, policy, capsys):
    with pytest.raises(UserError, match=r"unreferenced version 1 has no reference .* -P reference=data/features\.parq"):
        read_reference(older)

    made = reference_from_table(older, table, Settings(), policy)

    assert made.clients == len(table.frame) == made.decided.clients
    assert made.source.endswith("which it may have been trained on")
    assert "deciding on" in capsys.readouterr().err


def test_a_lost_file_is_an_error_that_says_what_to_do(older, version, monkeypatch):
    def lost(*_: object, **__: object) -> None:
        raise OSError("no such file")

    monkeypatch.setattr(mlflow.artifacts, "download_artifacts", lost)

    with pytest.raises(
        UserError, match=r"its reference cannot be read .*: check the artifact store, or give a feature"
    ):
        read_reference(version)
