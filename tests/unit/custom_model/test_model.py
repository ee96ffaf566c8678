"""The pyfunc: validate, decide, and answer nothing else."""

import json
import logging
from types import SimpleNamespace

import pandas as pd
import pytest
from mlflow import pyfunc

from custom_model.contract import Contract
from custom_model.errors import BadRequest, Fault
from custom_model.model import BOOSTER, SCORECARD, decider, decision_model, fault

SECRET = "SECRET-4f1d"


@pytest.fixture
def context(tmp_path, booster, scorecard, monkeypatch):
    """The artifacts as MLflow hands them to a model."""
    monkeypatch.setattr(pyfunc, "_enforce_params_schema", pyfunc._enforce_params_schema)  # loading wraps it
    folder = tmp_path / "model" / "artifacts"
    folder.mkdir(parents=True)
    booster.save_model(folder / "booster.txt")
    (folder / "scorecard.json").write_text(scorecard.model_dump_json(), "utf-8")
    return SimpleNamespace(artifacts={BOOSTER: str(folder / "booster.txt"), SCORECARD: str(folder / "scorecard.json")})


@pytest.fixture
def model(contract, context):
    model = decision_model(contract)
    model.load_context(context)
    return model


def test_a_list_is_answered_with_a_list(model, application):
    (decision,) = model.predict(None, [application])

    assert decision["client_id"] == 100_002
    assert decision["decision"] in ("granted", "refused")


def test_a_table_is_answered_with_a_table_of_the_same_decisions(model, application):
    applications = [application, {**application, "SK_ID_CURR": None, "CODE_GENDER": None}]

    listed = model.predict(None, applications, {"reasons": "all"})
    table = model.predict(None, pd.DataFrame(applications), {"reasons": "all"})

    assert table.columns.tolist() == list(listed[0])
    assert table["probability_of_default"].tolist() == [decision["probability_of_default"] for decision in listed]
    assert table["reasons"].tolist() == [decision["reasons"] for decision in listed]
    assert table["client_id"].tolist() == [100_002, None]  # None and not NaN, which JSON does not have


def test_no_applications_are_answered_with_no_decisions(model, contract):
    assert model.predict(None, []) == []
    assert len(model.predict(None, pd.DataFrame(columns=contract.fields))) == 0


def test_a_loaded_model_decides_as_the_saved_one(model, decider, contract, values):
    names = contract.numeric
    applications = [dict(zip(names, row, strict=False)) for row in values[:50].tolist()]
    applications = [each for each in applications if each["AMT_INCOME_TOTAL"] == each["AMT_INCOME_TOTAL"]]
    applications = [each for each in applications if each["AMT_CREDIT"] == each["AMT_CREDIT"]]

    decisions = model.predict(None, applications)

    matrix = decider.features.matrix(_values(contract, applications))
    assert [decision["probability_of_default"] for decision in decisions] == decider.scorer.probabilities(matrix)


def _values(contract, applications):
    return pd.DataFrame(applications, columns=contract.fields).to_numpy(float)


def test_problems_of_params_and_applications_are_answered_together(model):
    with pytest.raises(BadRequest) as error:
        model.predict(None, [{"AMT_CREDIT": SECRET}], {"threshold": SECRET})

    body = error.value.serialize_as_json()
    assert [problem["field"] for problem in json.loads(body)["problems"]] == [
        "params.threshold",
        "AMT_CREDIT",
        "AMT_INCOME_TOTAL",
    ]
    assert SECRET not in body


def test_a_fault_gives_the_caller_an_incident_and_the_log_a_trace_and_neither_repeats_the_request(
    model, application, monkeypatch, caplog
):
    def fail(matrix):
        raise RuntimeError(SECRET)

    monkeypatch.setattr(model.decider.scorer, "probabilities", fail)

    with caplog.at_level(logging.ERROR), pytest.raises(Fault) as fault:
        model.predict(None, [application])

    incident = json.loads(fault.value.serialize_as_json())["incident_id"]
    assert incident in caplog.text
    assert "RuntimeError" in caplog.text
    assert "in fail" in caplog.text
    assert SECRET not in caplog.text + fault.value.serialize_as_json()
    assert fault.value.__suppress_context__


def test_the_same_fault_again_has_the_incident_that_is_in_the_log(caplog):
    def faults(raised: type[Exception], times: int) -> set[str]:
        incidents = set()
        for _ in range(times):
            try:
                raise raised
            except Exception as error:
                incidents.add(fault(error).body["incident_id"])
        return incidents

    (first,), (other,) = faults(ZeroDivisionError, 100), faults(LookupError, 100)

    assert first != other
    assert [caplog.text.count(incident) for incident in (first, other)] == [1, 1]


@pytest.mark.parametrize("left_out", ["BUREAU_ROWS_COUNT_ALL", "AMT_ANNUITY"])
def test_booster_and_scorecard_of_another_contract_are_refused_when_loading(contract, scorecard, booster, left_out):
    numeric = tuple(name for name in contract.numeric if name != left_out)
    other = Contract(**{**contract.model_dump(), "numeric": numeric, "history": ()})

    with pytest.raises(ValueError, match=f"the contract gives no feature {left_out}"):
        decider(other, scorecard, booster, "credit-scoring/1")


def test_a_registered_model_is_identified_by_name_and_version(contract, context, tmp_path):
    (tmp_path / "model" / "registered_model_meta").write_text("model_name: credit-scoring\nmodel_version: '7'\n")
    (tmp_path / "model" / "MLmodel").write_text("model_id: m-1234\n")

    model = decision_model(contract)
    model.load_context(context)

    assert model.decider.model == "credit-scoring/7"


def test_a_logged_model_is_identified_by_its_id(contract, context, tmp_path):
    (tmp_path / "model" / "MLmodel").write_text("model_id: m-1234\n")

    model = decision_model(contract)
    model.load_context(context)

    assert model.decider.model == "m-1234"


def test_a_model_unknown_to_mlflow_is_called_unregistered(model):
    assert model.decider.model == "unregistered"


def test_a_table_has_the_same_bits_by_any_number_of_threads(contract, context, application, monkeypatch):
    table = pd.DataFrame([application | {"AMT_CREDIT": 100_000.0 + 1_000 * row} for row in range(600)])

    def decided(threads: int) -> pd.DataFrame:
        monkeypatch.setenv("SCORING_THREADS", str(threads))
        model = decision_model(contract)
        model.load_context(context)
        assert model.decider.scorer.parts.threads == threads
        return model.predict(None, table, {"reasons": "all"}).drop(columns="decision_id")

    pd.testing.assert_frame_equal(decided(1), decided(3), check_exact=True)
