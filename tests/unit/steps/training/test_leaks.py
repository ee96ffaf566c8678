"""Leaks: a planted one is reported by name, a strong predictor is not."""

import re

import mlflow
import numpy as np
import pytest
from mlflow import MlflowClient

from custom_model.meanings import Meaning
from steps.description.applications import OF_DATE
from steps.description.document import Column, Description, Kind, Outcome
from steps.run.console import UserError
from steps.run.project_run import use_experiment
from steps.run.settings import LeaksTreatment, Settings
from steps.tables.feature_table import FeatureTable
from steps.train import train
from steps.training.clients import LEAKS, read_clients
from steps.training.data import training_data
from steps.training.leaks import Leak, feature_aucs, find_leaks, leaking_fields, stop_at, without
from tests.unit.steps.lender import POLICY, lender_table

BAD = lender_table().frame["bad"].to_numpy()
SEED = Settings().seed
NOISE = np.random.default_rng(5).random(600)
MANY = 5_000
MANY_BAD = lender_table(MANY).frame["bad"].to_numpy()
MANY_NOISE = np.random.default_rng(6).random(MANY)


def data_with(**changed):
    return training_data(lender_table(**changed), np.ones(600, bool), POLICY)


def leaks_in(table: FeatureTable) -> list[Leak]:
    rows = np.ones(len(table.frame), bool)
    return find_leaks(training_data(table, rows, POLICY), table, rows, POLICY.implausible_auc, SEED)


def check_leaks(table: FeatureTable) -> None:
    stop_at(leaks_in(table), POLICY.implausible_auc, table)


@pytest.mark.parametrize(
    ("leak", "values"),
    [
        ("the outcome itself", BAD.astype(float)),
        ("the outcome, turned round", 1.0 - BAD),
        ("money collected after the default", np.where(BAD == 1, 1000 * NOISE, 0.0)),
        ("known for those who defaulted only", np.where(BAD == 1, NOISE, np.nan)),
        ("high and low for defaults, in between for the rest", np.where(BAD == 1, np.sign(NOISE - 0.5) * 9, NOISE)),
        ("a text", np.where(BAD == 1, "in collection", "none").astype(object)),
    ],
)
def test_a_planted_leak_is_named(leak, values):
    with pytest.raises(UserError) as error:
        check_leaks(lender_table(past_loans_left=values))

    assert "lender.parquet" in str(error.value), leak
    assert "these do: past_loans_left (" in str(error.value)
    assert "leaks=leave-out" in str(error.value)
    assert "excluded_fields" in str(error.value)


def test_a_leak_of_a_lenders_file_is_told_with_the_file_and_left_out_in_its_description():
    table = lender_table(past_loans_left=BAD.astype(float))
    outcome = Outcome(column="bad", default="1", no_default="0")
    described = Description(file="loans.csv", target=outcome, columns={"bad": Column(kind=Kind.number)})
    table.lineage = table.lineage.model_copy(update={"description": described.model_dump_json(by_alias=True)})

    with pytest.raises(UserError, match=r"^loans\.csv: expected no single feature") as error:
        check_leaks(table)

    assert "or set `use: false` in its description" in str(error.value)
    assert "excluded_fields" not in str(error.value)
    assert "lender.parquet" not in str(error.value)


def test_all_leaks_are_named_at_once_the_worst_first():
    nearly = np.where(NOISE < 0.05, 1 - BAD, BAD).astype(float)

    with pytest.raises(UserError, match=r"these do: second \(1\.000\), first \(0\.9"):
        check_leaks(lender_table(first=nearly, second=BAD.astype(float)))


def test_a_text_of_its_own_for_each_client_is_no_leak():
    # Default rates of its levels are 0 or 1 in sample, and predict nothing out of sample.
    comments = np.array([f"c-{number}" for number in range(600)], dtype=object)
    data = data_with(comment=comments)

    check_leaks(lender_table(comment=comments))

    assert feature_aucs(data, SEED)[data.features.names.index("comment")] == pytest.approx(0.5, abs=0.06)


def test_what_tells_much_is_no_leak():
    data = training_data(lender_table(MANY), np.ones(MANY, bool), POLICY)

    check_leaks(lender_table(MANY))

    aucs = dict(zip(data.features.names, feature_aucs(data, SEED), strict=True))
    assert max(aucs, key=aucs.get) == "income"  # it determines the risk of the lender's clients
    assert 0.6 < aucs["income"] < 0.8


@pytest.mark.parametrize(
    ("values", "how"),
    [
        (np.where(BAD == 1, NOISE, np.nan), "by being missing"),
        (np.where(BAD == 1, None, "paid").astype(object), "by being missing"),
        (np.where(BAD == 1, NOISE, NOISE - 2), ""),
    ],
    ids=["a number", "a text", "a value"],
)
def test_a_leak_says_what_of_it_tells(values, how):
    (leak,) = leaks_in(lender_table(collected=values))

    assert leak.features == ("collected",)
    assert leak.auc > 0.98
    assert leak.how == how


@pytest.mark.parametrize("outcome", [1, 0], ids=["defaults", "good clients"])
@pytest.mark.parametrize("kind", ["number", "text", "missing"])
def test_a_level_that_few_clients_have_and_that_tells_their_outcome_is_a_leak(outcome, kind):
    told = (outcome == MANY_BAD) & (MANY_NOISE < 0.3)
    values = {
        "number": np.where(told, 1000 * MANY_NOISE + 1, 0.0),
        "text": np.where(told, "closed", "open").astype(object),
        "missing": np.where(told, np.nan, MANY_NOISE[::-1]),
    }[kind]

    (leak,) = leaks_in(lender_table(MANY, recoveries=values))

    assert leak.features == ("recoveries",)
    assert leak.auc < 0.8  # which is why no AUC reveals it
    clients, told_of = re.fullmatch(r"by values of ([\d,]+) clients of whom (.*) defaulted", leak.how).groups()
    assert told.sum() - 5 <= int(clients.replace(",", "")) <= told.sum()
    assert told_of == f"{outcome:.0%}"


def test_a_level_with_twice_the_usual_risk_is_no_leak():
    risky = np.where(MANY_BAD == 1, MANY_NOISE < 0.2, MANY_NOISE < 0.1)

    assert not leaks_in(lender_table(MANY, late=np.where(risky, "late", "in time").astype(object)))


def test_a_day_of_the_calendar_leaks_though_days_since_the_application_do_not():
    # Good loans were last seen on the day of the export, bad ones on any day before it.
    applied = np.floor(20_000 - 3_000 * np.random.default_rng(8).random(MANY))
    export = 23_000
    seen = np.where(MANY_BAD == 1, np.floor(applied + (export - applied) * (0.9 + 0.1 * MANY_NOISE)), export)
    table = lender_table(MANY, applied=applied, last_seen=seen - applied)
    meaning = Meaning(description="Last seen.", topic="last_seen", unit=OF_DATE)
    lineage = table.lineage.model_copy(update={"date": "applied", "meanings": {"last_seen": meaning}})

    (leak,) = leaks_in(FeatureTable(table.frame, lineage, table.path))

    assert str(leak).startswith("last_seen (1.0")
    assert leak.how == "by its date"
    assert feature_aucs(training_data(table, np.ones(MANY, bool), POLICY), SEED)[-1] < 0.9


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (MANY_NOISE, np.where(MANY_BAD == 1, MANY_NOISE * np.random.default_rng(9).random(MANY), MANY_NOISE)),
        ((MANY_NOISE > 0.5) * 1.0, ((MANY_NOISE > 0.5) != MANY_BAD) * 1.0),
        (
            np.where(MANY_NOISE > 0.5, "left", "right").astype(object),
            np.where((MANY_NOISE > 0.5) != MANY_BAD, np.nan, 1.0),
        ),
        (1000 * MANY_NOISE, 1000 * MANY_NOISE * np.where(MANY_BAD == 1, 0.97, 1.02)),
    ],
    ids=["repaid of lent", "different flags", "a text and a gap", "a quotient"],
)
def test_a_pair_that_tells_together_what_neither_tells_alone_is_a_leak(first, second):
    table = lender_table(MANY, lent=first, repaid=second)

    (leak,) = leaks_in(table)

    assert set(leak.features) == {"lent", "repaid"}
    assert leak.auc > 0.95
    assert leak.how == "together"


def test_two_strong_predictors_are_no_leaking_pair():
    generator = np.random.default_rng(10)
    scores = {name: generator.normal(size=MANY) + 1.3 * MANY_BAD for name in ("bureau", "bank")}

    assert not leaks_in(lender_table(MANY, **scores))


def test_leaks_are_the_same_each_time():
    table = lender_table(MANY, lent=MANY_NOISE, repaid=np.where(MANY_BAD == 1, 0.5 * MANY_NOISE, MANY_NOISE))

    assert leaks_in(table) == leaks_in(table)


def test_without_its_leaks_a_model_has_the_fields_but_no_feature_of_them():
    data = data_with(collected=BAD.astype(float), first=NOISE)

    rest = without(data, ["collected", "income"], "lender.parquet")

    assert rest.contract.fields == data.contract.fields
    assert "income" in data.contract.required
    assert rest.contract.required == ()
    assert [name for name in data.features.names if name not in rest.features.names] == ["income", "collected"]
    assert rest.matrix.shape == (600, len(rest.features.names))
    column = rest.features.names.index("first")
    assert rest.matrix[:, column].tolist() == NOISE.tolist()


def test_the_fields_that_a_leaking_feature_derives_from_leak_too():
    data = data_with(AMT_CREDIT=1000 + NOISE, AMT_ANNUITY=1000 * NOISE)
    derived = next(name for name in data.features.names if name not in data.contract.fields)

    leaking = leaking_fields(data, [Leak((derived,), 0.99), Leak(("age", "income"), 0.99, "together")])

    assert leaking == ["income", "age", "AMT_CREDIT", "AMT_ANNUITY"]


def test_leaks_that_are_left_out_are_named_and_logged(capsys):
    table = lender_table(collected=np.where(BAD == 1, 1000 * NOISE, np.nan)).treating_leaks(LeaksTreatment.leave_out)
    use_experiment("credit-scoring")

    with mlflow.start_run() as run:
        data = read_clients(table, np.ones(600, bool), POLICY, "training", SEED)

    assert "collected" not in data.features.names
    assert "collected" in data.contract.fields
    assert (
        "warning: left out, as they reveal the outcome: collected (1.000, by being missing)" in capsys.readouterr().out
    )
    logged = mlflow.artifacts.load_dict(f"{run.info.artifact_uri}/{LEAKS}")
    assert logged == {
        "left_out": ["collected"],
        "leaks": [{"features": ["collected"], "auc": pytest.approx(1, abs=0.01), "how": "by being missing"}],
    }


@pytest.mark.slow
def test_training_on_a_leak_registers_nothing():
    leaking = lender_table(collected=np.where(BAD == 1, 1000 * NOISE, 0.0))

    with pytest.raises(UserError, match=r"these do: collected \("):
        train(leaking, "leaking", Settings(), POLICY)

    assert not MlflowClient().search_model_versions("name = 'leaking'")
