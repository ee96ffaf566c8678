"""Eleven files as lenders have them, each trained, registered and served: the spelling never shows in a decision."""

import codecs
import gzip
import io
import zipfile
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import mlflow
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import requests

from steps.evaluation.on_holdout import evaluate_model
from steps.features import Engine, feature_table
from steps.registry.readings import present_reading, reading_of
from steps.run.policy import Policy
from steps.run.settings import LeaksTreatment, Settings
from steps.tables.feature_table import FeatureTable
from steps.tables.home_credit import ID
from steps.train import TrainedVersion, train
from steps.training.boosting import OutOfFold
from steps.training.data import training_data, training_rows
from steps.training.leaks import find_leaks, leaking_fields, without
from steps.training.learning import out_of_fold
from steps.training.parameters import Parameters
from testing.forked_servers import hardened_server, stock_server

pytestmark = pytest.mark.slow

ROWS = 600
QUICK = '{"rounds": 25, "patience": 25, "learning_rate": 0.1, "min_data_in_leaf": 20, "columns_per_tree": 1.0}'
NOW = date(2018, 12, 31)


class Client(NamedTuple):
    """A client as the model should see one; a spelling writes it."""

    number: int
    amount: float
    rate: float
    term: int
    years: int
    home: str
    car: bool
    since: date
    applied: date
    zip: str
    bad: bool


def drawn() -> Iterator[Client]:
    generator = np.random.default_rng(11)
    for number in range(ROWS):
        rate, home = round(5 + 20 * generator.random(), 2), str(generator.choice(["RENT", "OWN", "MORTGAGE"]))
        risk = 0.05 + 0.02 * (rate - 5) + 0.2 * (home == "RENT")
        yield Client(
            number=1000 + 7 * number,
            amount=1000.0 + number,
            rate=rate,
            term=int(generator.choice([36, 60])),
            years=int(generator.integers(0, 11)),
            home=home,
            car=bool(generator.random() < 0.5),
            since=NOW if number == 0 else date(1990, 1, 1) + timedelta(days=int(generator.integers(9_000))),
            applied=date(2016, 1, 1) + timedelta(days=int(generator.integers(700))),
            zip=f"{generator.integers(100, 350)}xx",
            bad=bool(generator.random() < risk),
        )


CLIENTS = list(drawn())
SHOWN = next(client for client in CLIENTS if client.home == "RENT" and client.rate > 20)
DAYS = (SHOWN.since - NOW).days  # from the latest date in the file


class File(NamedTuple):
    """A lender's file: what it is called, its content, and one of its clients in the types of the contract."""

    name: str
    content: Callable[[], bytes]
    application: dict[str, Any]
    target: str = "bad"
    default: str = ""
    id: str = ID
    leaks: LeaksTreatment = LeaksTreatment.described
    unused: tuple[str, ...] = ()  # fields of the contract that no model uses


def table_of(columns: dict[str, Callable[[Client], Any]], separator: str = ",", end: str = "\n") -> str:
    rows = [list(columns), *([str(each(client)) for each in columns.values()] for client in CLIENTS)]
    return end.join(separator.join(row) for row in rows) + end


def grouped(number: float) -> str:
    """1.200,50"""
    return f"{number:,.2f}".translate(str.maketrans(",.", ".,"))


def plain() -> bytes:
    return table_of(
        {"amount": lambda c: c.amount, "rate": lambda c: c.rate, "term": lambda c: c.term, "home": lambda c: c.home,
         "bad": lambda c: int(c.bad)}
    ).encode()  # fmt: skip


def in_words() -> bytes:
    """With blanks, and loans that still run."""
    outcome = {0: "Current", 1: ""}
    return table_of(
        {"amount": lambda c: c.amount, "rate": lambda c: c.rate, "home": lambda c: c.home,
         "loan_status": lambda c: outcome.get(c.number % 10, "Charged Off" if c.bad else "Fully Paid")}
    ).encode()  # fmt: skip


def of_the_sba() -> bytes:
    """Two spellings of dates, dollars, short words for the outcome."""
    return table_of(
        {"LoanNr_ChkDgt": lambda c: c.number, "DisbursementGross": lambda c: f'"${c.amount:,.2f} "',
         "rate": lambda c: c.rate,
         "since": lambda c: c.since.strftime("%d-%b-%y") if c.number % 2 else c.since.isoformat(),
         "MIS_Status": lambda c: "CHGOFF" if c.bad else "P I F"}
    ).encode()  # fmt: skip


def european() -> bytes:
    return table_of(
        {"Höhe": lambda c: grouped(c.amount), "Zinssatz": lambda c: f"{c.rate:.2f} %".replace(".", ","),
         "Wohnung": lambda c: {"RENT": "gemietet", "OWN": "Eigentümer", "MORTGAGE": "größer"}[c.home],
         "Auto": lambda c: "ja" if c.car else "nein", "bad": lambda c: int(c.bad)},
        ";", "\r\n",
    ).encode("cp1252")  # fmt: skip


def tab_separated() -> bytes:
    """Bytes that are not UTF-8, NULL and a lone space for missing, a name twice, names with =."""
    return table_of(
        {"amount": lambda c: c.amount, "rate": lambda c: c.rate, "home=": lambda c: c.home if c.number % 9 else " ",
         "x": lambda c: "NULL" if c.number % 5 == 0 else c.years, "é": lambda c: c.term, "bad": lambda c: int(c.bad)},
        "\t",
    ).replace("é", "X").encode("latin-1") + b"".join(
        f"{2000 + n}.5\t{5 + n % 20}\tOWN\xa0\t{n % 10}\t36\t{n % 3 // 2}\n".encode("latin-1") for n in range(60)
    )  # fmt: skip


def quoted_and_padded() -> bytes:
    return codecs.BOM_UTF8 + table_of(
        {"amount": lambda c: f'"{c.amount:>12.1f}"', "rate": lambda c: f'"{c.rate:>8}"',
         "years": lambda c: '"      ."' if c.number % 4 == 0 else f'"{c.years:>7}"',
         "home": lambda c: f'"{c.home:<12}"', "bad": lambda c: f'"       {int(c.bad)}"'}
    ).encode()  # fmt: skip


def of_lending_club() -> bytes:
    """Percentages, durations, dollars, zips with a long tail, and a charge-off date that nobody knows before."""
    return table_of(
        {"id": lambda c: c.number, "loan_amnt": lambda c: f'"${c.amount:,.2f}"', "int_rate": lambda c: f" {c.rate}%",
         "term": lambda c: f" {c.term} months",
         "emp_length": lambda c: {0: "< 1 year", 1: "1 year", 10: "10+ years"}.get(c.years, f"{c.years} years"),
         "zip_code": lambda c: c.zip, "home_ownership": lambda c: c.home, "policy_code": lambda c: 1,
         "desc": lambda c: f"I need it for my project number {c.number}",
         "issue_d": lambda c: c.applied.strftime("%b-%Y"),
         "charged_off_d": lambda c: (c.applied + timedelta(days=400)).strftime("%b-%Y") if c.bad else "",
         "loan_status": lambda c: "Charged Off" if c.bad else "Fully Paid"}
    ).encode()  # fmt: skip


def seasonal() -> bytes:
    """Five years, in which every December goes wrong; the row of SHOWN's amount is of a December."""
    generator, rows = np.random.default_rng(12), ["amount;applied;home;bad"]
    for number in range(2_000):
        applied = date(2013, 1, 1) + timedelta(days=int(generator.integers(5 * 365)))
        applied = date(2015, 12, 31) if number == 0 else applied
        amount = SHOWN.amount if number == 0 else 2_000.0 + number
        risk = 0.5 if applied.month == 12 else 0.1
        home = "RENT" if number == 0 else generator.choice(["RENT", "OWN"])
        rows.append(f"{amount};{applied:%d.%m.%Y};{home};{int(generator.random() < risk)}")
    return "\n".join(rows).encode()


def zipped() -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("loans/clients.csv", of_lending_club())
    return archive.getvalue()


NAMES = {"amount": '"loan, amount: [€]"', "rate": '"rate {a=b} ""x"""', "home": "住房", "car": "🚗 of one's own"}


def with_any_names() -> bytes:
    return gzip.compress(
        table_of(
            {NAMES["amount"]: lambda c: c.amount, NAMES["rate"]: lambda c: c.rate, NAMES["home"]: lambda c: c.home,
             NAMES["car"]: lambda c: "yes" if c.car else "no", "bad": lambda c: int(c.bad)}
        ).encode("utf-16")
    )  # fmt: skip


def parquet() -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(
        pa.table(
            {"id": [c.number for c in CLIENTS], "amount": [c.amount for c in CLIENTS],
             "rate": [f"{c.rate}%" for c in CLIENTS], "since": [c.since for c in CLIENTS],
             "car": [c.car for c in CLIENTS], "home": [f" {c.home} " for c in CLIENTS], "bad": [c.bad for c in CLIENTS]}
        ),
        sink,
    )  # fmt: skip
    return sink.getvalue().to_pybytes()


HOME = {"RENT": "gemietet", "OWN": "Eigentümer", "MORTGAGE": "größer"}
MONTH = date(SHOWN.applied.year, SHOWN.applied.month, 1)
CLUB = {
    "loan_amnt": SHOWN.amount, "int_rate": SHOWN.rate, "term": SHOWN.term, "emp_length": SHOWN.years,
    "zip_code": SHOWN.zip, "home_ownership": SHOWN.home,
}  # fmt: skip
BASIC = {"amount": SHOWN.amount, "rate": SHOWN.rate}
FILES = {
    "no id": File("plain.csv", plain, {**BASIC, "term": SHOWN.term, "home": SHOWN.home}),
    "an outcome in words": File(
        "words.csv", in_words, {**BASIC, "home": SHOWN.home}, "loan_status", "Charged Off"
    ),
    "short words, two dates": File(
        "sba.csv", of_the_sba, {"DisbursementGross": SHOWN.amount, "rate": SHOWN.rate, "since": DAYS}, "MIS_Status",
        "CHGOFF", "LoanNr_ChkDgt",
    ),
    "decimal commas": File(
        "europa.csv", european,
        {"Höhe": SHOWN.amount, "Zinssatz": SHOWN.rate, "Wohnung": HOME[SHOWN.home], "Auto": int(SHOWN.car)},
    ),
    "tabs and names twice": File(
        "tabs.tsv", tab_separated,
        {**BASIC, "home=": SHOWN.home if SHOWN.number % 9 else None, "x": SHOWN.years if SHOWN.number % 5 else None,
         "X_2": SHOWN.term},
    ),
    "quoted and padded": File(
        "padded.txt", quoted_and_padded,
        {**BASIC, "years": SHOWN.years if SHOWN.number % 4 else None, "home": SHOWN.home},
    ),
    "signs in values": File(
        "club.csv", of_lending_club, CLUB, "loan_status", "Charged Off", leaks=LeaksTreatment.leave_out,
        unused=("charged_off_d",),
    ),
    "zipped": File(
        "club_zipped.zip", zipped, CLUB, "loan_status", "charged off", leaks=LeaksTreatment.leave_out,
        unused=("charged_off_d",),
    ),
    "any names": File(
        "names.csv.gz", with_any_names,
        {"loan, amount: [€]": SHOWN.amount, 'rate {a=b} "x"': SHOWN.rate, "住房": SHOWN.home,
         "🚗 of one's own": int(SHOWN.car)},
    ),
    "a month that tells": File(
        "seasons.csv", seasonal, {"amount": SHOWN.amount, "applied_month": 12, "home": "RENT"}
    ),
    "Parquet": File(
        "types.parquet", parquet,
        {**BASIC, "since": DAYS, "car": int(SHOWN.car), "home": SHOWN.home},
    ),
}  # fmt: skip
SERVED = {"any names": stock_server, "signs in values": hardened_server, "a month that tells": hardened_server}


@pytest.mark.parametrize("case", FILES)
def test_a_lenders_file_is_trained_registered_and_served_to_the_same_decisions(case, tmp_path, policy):
    file, settings = FILES[case], Settings(data_folder=tmp_path / "data", folds=2, bootstraps=100)
    (tmp_path / file.name).write_bytes(file.content())
    table = feature_table(
        str(tmp_path / file.name), file.target, file.id, Engine.duckdb, settings, file.default, file.leaks
    )
    row = position(table, file.application)
    for name, value in file.application.items():  # the values arrive as types
        arrived = table.frame.loc[row, name]
        assert arrived == value or (value is None and pd.isna(arrived)), name

    trained = train(table, file.name.partition(".")[0], settings, policy, QUICK)

    in_its_spelling = decided_as_evaluated(trained.uri, table, policy, settings, case in SERVED).iloc[row]
    assert set(file.application) | set(file.unused) == set(table.fields)
    decision = answered(trained.uri, file.application, SERVED.get(case))
    assert decision["probability_of_default"] == in_its_spelling["probability_of_default"]
    assert decision["decision"] == in_its_spelling["decision"]
    assert decision["unknown_categories"] == []
    assert decision["model"] == f"{trained.model_name}/1"
    assert_names_are_kept(trained, file.application)


def test_a_later_file_is_read_as_the_models_own_was_to_the_same_decisions(tmp_path, policy, capsys):
    settings = Settings(data_folder=tmp_path / "data", folds=2, bootstraps=100)
    whole, later = tmp_path / "sba.csv", tmp_path / "later.csv"
    whole.write_bytes(of_the_sba())
    header, *rows = whole.read_bytes().splitlines(keepends=True)
    later.write_bytes(b"".join([header, *rows[1:60]]))  # without the client of the latest date
    named = ("MIS_Status", "LoanNr_ChkDgt", Engine.duckdb, settings, "CHGOFF")
    table = feature_table(str(whole), *named)
    trained = train(table, "again", settings, policy, QUICK)

    read = reading_of(trained.uri, str(later), settings)
    part = feature_table(str(later), *named, known=read)

    every = np.ones(len(part.frame), bool)
    decided = evaluate_model(trained.uri, part, every, policy.costs, settings).decisions
    before = decided_as_evaluated(trained.uri, table, policy, settings, whole=False)
    same = table.frame["LoanNr_ChkDgt"].isin(part.frame["LoanNr_ChkDgt"]).to_numpy()
    assert len(part.frame) == same.sum() == 59
    assert decided["probability_of_default"].tolist() == before["probability_of_default"][same].tolist()
    assert "later.csv is read by the description of again/1" in capsys.readouterr().out
    assert present_reading("again", str(later), settings) == read


def assert_names_are_kept(trained: TrainedVersion, application: dict[str, Any]) -> None:
    """The lender's names are those of the contract, of the model's features and in their plot, whatever LightGBM says.

    Raises `AssertionError` for a name that is another.
    """
    model = mlflow.pyfunc.load_model(trained.uri)
    signature = {field.name for field in model.metadata.get_input_schema().inputs[0].type.properties}
    assert set(application) <= signature
    gains = mlflow.artifacts.load_dict(f"runs:/{trained.run_id}/features/gain.json")
    features = model.unwrap_python_model().decider.features
    assert set(gains) <= set(features.contract.fields)
    (explained,) = model.predict([application], {"reasons": "all"})
    assert {reason["feature"] for reason in explained["reasons"]} <= set(gains)
    assert "importance.png" in {Path(each.path).name for each in mlflow.artifacts.list_artifacts(
        run_id=trained.run_id, artifact_path="plots"
    )}  # fmt: skip


def position(table: FeatureTable, application: dict[str, Any]) -> int:
    """The row of the shown client, whose amount no other has."""
    amount = next(iter(application))
    (row,) = np.flatnonzero(table.frame[amount] == application[amount])
    return int(row)


def decided_as_evaluated(uri: str, table: FeatureTable, policy: Any, settings: Settings, whole: bool) -> pd.DataFrame:
    """Decisions about every row of the file: by `evaluate` itself, or by what it calls in its own process."""
    if whole:
        return evaluate_model(uri, table, np.ones(len(table.frame), bool), policy.costs, settings).decisions
    return mlflow.pyfunc.load_model(uri).unwrap_python_model().simulate(table.applications)


def answered(uri: str, application: dict[str, Any], server: Callable | None) -> dict[str, Any]:
    """The decision about one application in the types of the contract."""
    if server is None:
        (decision,) = mlflow.pyfunc.load_model(uri).predict([application])
        return decision
    with server(uri) as url:
        response = requests.post(f"{url}/invocations", json={"inputs": [application]}, timeout=60)
    assert response.status_code == 200, response.text
    return response.json()["predictions"][0]


Preparation = dict[str, Callable[[Client], Any]]
LENDING_CLUB: Preparation = {
    "loan_amnt": lambda c: c.amount, "int_rate": lambda c: c.rate, "term": lambda c: c.term,
    "emp_length": lambda c: c.years, "zip_code": lambda c: c.zip, "home_ownership": lambda c: c.home,
}  # fmt: skip
BY_HAND: dict[str, Preparation] = {
    "no id": {
        "amount": lambda c: c.amount, "rate": lambda c: c.rate, "term": lambda c: c.term, "home": lambda c: c.home,
    },
    "short words, two dates": {
        "DisbursementGross": lambda c: c.amount, "rate": lambda c: c.rate, "since": lambda c: (c.since - NOW).days,
    },
    "decimal commas": {
        "Höhe": lambda c: c.amount, "Zinssatz": lambda c: c.rate, "Wohnung": lambda c: HOME[c.home],
        "Auto": lambda c: c.car,
    },
    "quoted and padded": {
        "amount": lambda c: c.amount, "rate": lambda c: c.rate,
        "years": lambda c: c.years if c.number % 4 else None, "home": lambda c: c.home,
    },
    "signs in values": LENDING_CLUB,
    "zipped": LENDING_CLUB,
    "Parquet": {
        "amount": lambda c: c.amount, "rate": lambda c: c.rate, "since": lambda c: (c.since - NOW).days,
        "car": lambda c: c.car, "home": lambda c: c.home,
    },
}  # fmt: skip


def prepared_by_hand(preparation: Preparation, table: FeatureTable) -> FeatureTable:
    """The clients as a data scientist would give them to LightGBM, in the rows of a file's table.

    Numbers are floats, categories texts, the outcome is 0 or 1; what is known only later, says nothing or is free text
    is left out. Ids and days of the application are those of the table.
    """
    amount = next(iter(preparation))
    clients = {client.amount: client for client in CLIENTS}
    rows = [clients[each] for each in table.frame[amount]]
    assert len(rows) == ROWS
    lineage = table.lineage
    columns: dict[str, Any] = {lineage.id: table.frame[lineage.id], lineage.target: [int(row.bad) for row in rows]}
    if lineage.date is not None:
        columns[lineage.date] = [float((row.applied.replace(day=1) - date(1970, 1, 1)).days) for row in rows]
    for name, value in preparation.items():
        values = [value(row) for row in rows]
        is_text = any(isinstance(each, str) for each in values)
        columns[name] = pd.Series(values, dtype=object if is_text else float)
    return FeatureTable(pd.DataFrame(columns), lineage, table.path)


def learned(table: FeatureTable, settings: Settings, policy: Policy) -> OutOfFold:
    """What cross-validation learns of the training clients, without fields that leak."""
    rows = training_rows(table, settings.holdout_percent)
    data = training_data(table, rows, policy)
    leaks = find_leaks(data, table, rows, policy.implausible_auc, settings.seed)
    if leaks:
        data = without(data, leaking_fields(data, leaks), "the file")
    return out_of_fold(data, Parameters.model_validate_json(QUICK), 0, settings)


@pytest.mark.parametrize("case", BY_HAND)
def test_a_file_as_it_is_gives_the_values_and_the_scores_of_a_preparation_by_hand(case, tmp_path, policy):
    file, settings = FILES[case], Settings(data_folder=tmp_path / "data", folds=2)
    (tmp_path / file.name).write_bytes(file.content())
    as_it_is = feature_table(
        str(tmp_path / file.name), file.target, file.id, Engine.duckdb, settings, file.default, file.leaks
    )

    by_hand = prepared_by_hand(BY_HAND[case], as_it_is)

    assert sorted(set(as_it_is.fields) - set(file.unused)) == sorted(by_hand.fields)
    pd.testing.assert_frame_equal(as_it_is.frame[by_hand.frame.columns], by_hand.frame)
    first, second = (learned(table, settings, policy) for table in (as_it_is, by_hand))
    assert first.fold_auc == second.fold_auc
    assert first.log_odds.tobytes() == second.log_odds.tobytes()


def test_two_spellings_of_one_file_give_one_model(tmp_path, policy):
    """The zipped file of the American lender, and the same rows plain, train the same booster."""
    settings = Settings(data_folder=tmp_path / "data", folds=2, bootstraps=100)
    tables = []
    for case in ("signs in values", "zipped"):
        file = FILES[case]
        (tmp_path / file.name).write_bytes(file.content())
        tables.append(
            feature_table(
                str(tmp_path / file.name), file.target, file.id, Engine.duckdb, settings, file.default, file.leaks
            )
        )

    pd.testing.assert_frame_equal(tables[0].frame, tables[1].frame)
