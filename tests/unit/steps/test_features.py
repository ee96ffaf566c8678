"""From raw tables, or any lender's flat file, to a feature table."""

import gzip
import math
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from steps.features import Engine, build, feature_table
from steps.run.console import UserError
from steps.run.settings import LeaksTreatment, Settings
from steps.tables.aggregation import history_meanings
from steps.tables.feature_table import read_feature_table, read_lineage
from steps.tables.home_credit import APPLICATION, ID, TARGET, home_credit
from steps.tables.raw_tables import SUFFIXES
from steps.tables.recipes import RECIPES
from steps.tables.seven_tables import from_seven_tables
from steps.tables.unchanged import Snapshot
from tests.unit.steps.raw_tables import DRAWN, EMPTY, FULL, OLD, TINY, raw_table, write_table

pytestmark = pytest.mark.slow  # all tables and features

FLAT = {"client": [3, 1, 2], "bad": [0, 1, 0], "income": [100, 200, None], "job": ["cook", None, "nurse"]}


def build_flat(folder, columns: dict, name: str = "loans.csv", target: str = "bad", identity: str = "client"):
    file = folder / name
    write_table(pd.DataFrame(columns), file)
    return build(str(file), folder / "out" / "features.parquet", Engine.duckdb, target, identity, Settings())


def build_with_recipes_of(folder: Path, *tables: str) -> Path:
    """A feature table with the history features of these tables only: all features would take seconds."""
    recipes = {name: RECIPES[name] for name in tables}
    return from_seven_tables(folder, folder / "out" / "features.parquet", Engine.duckdb, Settings(), recipes)


def test_the_table_has_one_row_a_client_in_order_and_every_column_of_application_and_history(tiny_parquet):
    table = read_feature_table(tiny_parquet)

    assert table.frame[ID].tolist() == [FULL, EMPTY, OLD, *DRAWN]
    assert table.frame[TARGET].tolist()[:3] == [1, 0, 0]
    assert table.fields == [*home_credit()[APPLICATION].columns, *history_meanings()]
    assert table.frame["AMT_CREDIT"].tolist()[:3] == [100, 200, 300.5]
    assert table.frame["CODE_GENDER"].tolist()[:3] == ["M", None, "F"]


def test_lineage_names_every_file_and_words_every_column(tiny_parquet):
    lineage = read_lineage(tiny_parquet)

    assert {name: source.file for name, source in lineage.sources.items()} == {
        name: f"{name}.parquet" for name in home_credit()
    }
    assert (lineage.id, lineage.target, lineage.engine, lineage.missing) == (ID, TARGET, "duckdb", ())
    assert lineage.history == tuple(history_meanings())
    assert lineage.meanings["DAYS_BIRTH"] == home_credit()[APPLICATION].meanings["DAYS_BIRTH"]
    assert set(lineage.meanings) == set(read_feature_table(tiny_parquet).fields)


def test_no_temporary_file_is_left_next_to_the_table(tiny_parquet):
    assert list(tiny_parquet.parent.iterdir()) == [tiny_parquet]


def test_tables_in_mixed_formats_give_the_same_feature_table(tmp_path, raw, tiny_parquet):
    for index, (name, table) in enumerate(reversed(raw.items())):
        write_table(table, tmp_path / f"{name}{SUFFIXES[1 + index % 3]}")

    path = build(str(tmp_path), tmp_path / "out" / "features.parquet", Engine.duckdb, TARGET, ID, Settings())

    pd.testing.assert_frame_equal(pd.read_parquet(path), pd.read_parquet(tiny_parquet))


def test_a_missing_table_leaves_its_features_empty_and_is_reported_once(tmp_path, raw, tiny, capsys):
    for name in set(raw) - {"bureau", "credit_card_balance"}:
        write_table(raw[name], tmp_path / f"{name}.parquet")

    path = build_with_recipes_of(tmp_path, "bureau", "bureau_balance", "credit_card_balance")

    output = capsys.readouterr().out
    frame = pd.read_parquet(path).set_index(ID)
    # Without the bureau's loans, its monthly balances belong to no client.
    empty = [name for name in history_meanings() if name.startswith(("BUREAU_", "BALANCE_", "CARD_"))]
    assert frame[empty].isna().all(axis=None)
    others = frame.columns.drop(empty)
    pd.testing.assert_frame_equal(frame[others], tiny[others])
    assert output.count("has no bureau:") == output.count("has no credit_card_balance:") == 1
    assert output.count("has no") == 2
    assert read_lineage(path).missing == ("bureau", "credit_card_balance")


@pytest.mark.parametrize("name", ["loans.csv", "loans.csv.gz", "loans.parquet"])
def test_a_flat_file_of_any_lender_becomes_a_feature_table(tmp_path, name):
    table = read_feature_table(build_flat(tmp_path, FLAT, name))

    assert table.frame["client"].tolist() == [1, 2, 3]
    assert table.frame["bad"].tolist() == [1, 0, 0]
    assert table.frame["job"].tolist() == [None, "nurse", "cook"]
    assert table.frame["income"].tolist()[::2] == [200.0, 100.0]
    assert math.isnan(table.frame["income"][1])
    assert (table.lineage.id, table.lineage.target, table.lineage.history) == ("client", "bad", ())
    assert [source.file for source in table.lineage.sources.values()] == [name]


@pytest.mark.parametrize(
    ("values", "numbers"),
    [([True, False, True], [0.0, 1.0, 1.0]), ([1, 2, 3], [2.0, 3.0, 1.0]), ([0.5, 1.5, 2.5], [1.5, 2.5, 0.5])],
    ids=["booleans", "whole numbers", "decimals"],
)
@pytest.mark.parametrize("name", ["loans.csv", "loans.parquet"])
def test_numbers_and_booleans_of_a_flat_file_are_float64(tmp_path, values, numbers, name):
    table = read_feature_table(build_flat(tmp_path, {**FLAT, "new": values}, name))

    assert table.frame["new"].dtype == float
    assert table.frame["new"].tolist() == numbers  # sorted by client: the second, the third, the first


@pytest.mark.parametrize("name", ["loans.csv", "loans.parquet"])
def test_dates_are_days_from_the_latest_date_where_the_application_has_none(tmp_path, name):
    dates = pd.to_datetime(["2024-01-01", "2024-02-01", "2024-03-01"])

    table = read_feature_table(build_flat(tmp_path, {**FLAT, "since": dates}, name))

    assert table.fields == ["income", "job", "since"]
    # By client: the second on 1 February, 29 days before 1 March of a leap year; the third; the first.
    assert table.frame["since"].tolist() == [-29, 0, -60]
    assert table.lineage.meanings["since"].unit == "days from 2024-03-01, negative before it"


@pytest.mark.parametrize(
    "target", [[True, False, True], [1.0, 0.0, 1.0], ["yes", "no", "yes"], ["Y", "N", "Y"]], ids=repr
)
def test_a_target_of_yes_or_no_is_1_or_0(tmp_path, target):
    table = read_feature_table(build_flat(tmp_path, {**FLAT, "bad": target}))

    assert table.frame["bad"].tolist() == [0, 1, 1]


def test_ids_of_text_stay_text(tmp_path):
    table = read_feature_table(build_flat(tmp_path, {**FLAT, "client": ["c-3", "c-1", "c-2"]}))

    assert table.frame["client"].tolist() == ["c-1", "c-2", "c-3"]


def test_ids_of_64_bits_keep_every_digit(tmp_path):
    largest = 2**63 - 1

    table = read_feature_table(build_flat(tmp_path, {**FLAT, "client": [largest, largest - 1, 5]}))

    assert table.frame["client"].tolist() == [5, largest - 1, largest]


@pytest.mark.parametrize(
    ("target", "identity", "message"),
    [
        (
            "TARGET",
            "client",
            "has no column 'TARGET': which column is the outcome of the loan? Name its target with `-P target=...`: "
            "those of two to ten values are bad ('0', '1')",
        ),
        ("bad", "number", "has no column 'number': name its id with `-P id=...`, one of client, bad, income, job"),
    ],
)
def test_a_flat_file_without_the_named_target_or_id_is_an_error_with_option_and_columns(
    tmp_path, target, identity, message
):
    with pytest.raises(UserError) as error:
        build_flat(tmp_path, FLAT, target=target, identity=identity)

    assert message in str(error.value)
    assert "loans.csv" in str(error.value)


def test_without_an_id_each_client_is_known_by_the_rows_content_whatever_the_order(tmp_path, capsys):
    table = read_feature_table(build_flat(tmp_path, FLAT, identity=ID))
    backwards = {name: values[::-1] for name, values in FLAT.items()}
    other = read_feature_table(build_flat(tmp_path, backwards, "backwards.csv", identity=ID))

    assert table.lineage.id == "row"
    assert table.frame["row"].str.fullmatch("[0-9a-f]{16}").all()
    assert table.frame["row"].is_unique
    assert table.fields == ["client", "income", "job"]
    pd.testing.assert_frame_equal(table.frame, other.frame)
    assert "no column tells the clients apart" in capsys.readouterr().out


def test_an_index_that_pandas_wrote_is_no_content_of_a_row(tmp_path):
    frame = pd.DataFrame(FLAT)
    tables = []
    for name, rows in (("loans", frame), ("backwards", frame[::-1].reset_index(drop=True))):
        rows.to_csv(tmp_path / f"{name}.csv")
        tables.append(build(str(tmp_path / f"{name}.csv"), tmp_path / f"{name}.parquet", Engine.duckdb, "bad", ID,
                            Settings()))  # fmt: skip

    first, second = (read_feature_table(table).frame for table in tables)

    pd.testing.assert_frame_equal(first, second)


def test_rows_that_are_wholly_equal_count_once_and_are_told(tmp_path, capsys):
    twice = {name: [*values, values[1]] for name, values in FLAT.items()}

    table = read_feature_table(build_flat(tmp_path, twice, identity=ID))

    assert sorted(table.frame["client"]) == [1, 2, 3]
    assert "warning: 1 row equal to another: counted once" in capsys.readouterr().out


def test_a_column_named_as_an_id_with_a_value_of_its_own_in_each_row_is_the_id(tmp_path):
    columns = {"loan_id" if name == "client" else name: values for name, values in FLAT.items()}

    table = read_feature_table(build_flat(tmp_path, columns, identity=ID))

    assert table.lineage.id == "loan_id"
    assert table.frame["loan_id"].tolist() == [1, 2, 3]


@pytest.mark.parametrize("name", ["loans.csv", "loans.parquet"])
@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"client": [1, 2, 2]}, "client must be unique: 1 duplicate row"),
        ({"client": [1, None, 2]}, "client identifies the client: missing in 1 of 3 rows"),
        ({"income": [1, 2, math.inf]}, "income must be finite: infinite in 1 of 3 rows"),
    ],
)
def test_an_error_in_a_flat_file_is_reported_by_file_column_and_count(tmp_path, columns, message, name):
    with pytest.raises(UserError) as error:
        build_flat(tmp_path, {**FLAT, **columns}, name)

    assert str(error.value) == f"the data has errors\n  {name}: {message}"


@pytest.mark.parametrize("default", ["", "s3cret"])
def test_a_target_of_many_values_is_reported_without_them(tmp_path, default):
    clients = {name: 7 * values for name, values in FLAT.items()}
    clients |= {"client": range(21), "bad": [f"s{number}cret" for number in range(100, 121)]}
    write_table(pd.DataFrame(clients), tmp_path / "loans.csv")

    with pytest.raises(UserError, match=r"loans\.csv: .* 21 different values") as error:
        build(str(tmp_path / "loans.csv"), tmp_path / "o.parquet", Engine.duckdb, "bad", "client", Settings(), default)

    assert not re.search(r"s\d{3}cret", str(error.value))


@pytest.mark.parametrize("default", ["", "0"])
def test_a_target_that_is_the_same_in_every_row_is_an_error(tmp_path, default):
    write_table(pd.DataFrame({**FLAT, "bad": [0, 0, 0]}), tmp_path / "loans.csv")

    with pytest.raises(UserError, match="bad is the same in every row"):
        build(str(tmp_path / "loans.csv"), tmp_path / "o.parquet", Engine.duckdb, "bad", "client", Settings(), default)


def test_a_feature_table_whose_target_is_the_same_in_every_row_is_an_error(tmp_path):
    path = build_flat(tmp_path, {**FLAT, "bad": [1, 0, None]})
    table = pq.read_table(path).slice(0, 1)
    pq.write_table(table, path)

    with pytest.raises(UserError, match="bad is the same in every row: there is nothing to learn"):
        read_feature_table(path)


def test_rows_without_an_outcome_are_kept_aside_and_counted(tmp_path, capsys):
    table = read_feature_table(build_flat(tmp_path, {**FLAT, "bad": [0, 1, None]}))

    assert table.frame["client"].tolist() == [1, 3]
    assert table.unlabelled["client"].tolist() == [2]
    assert table.lineage.unlabelled == 1
    assert "1 row without an outcome (bad is neither '0' nor '1'): kept aside" in capsys.readouterr().out


def test_a_column_of_numbers_with_a_word_among_them_is_read_as_text_with_a_warning(tmp_path, capsys):
    clients = {"client": range(20), "bad": [0, 1] * 10, "job": ["cook", "12"] * 10}

    table = read_feature_table(build_flat(tmp_path, {**clients, "income": [*range(19), "s3cret"]}))

    assert table.frame["income"].dtype == object
    warnings = [line for line in capsys.readouterr().out.splitlines() if "warning" in line]
    assert warnings == [
        "  warning: loans.csv: income is read as text: 1 of 20 values is not a number; if the column is "
        "numeric, correct it or name it as `missing` in the description"
    ]


def test_decimal_commas_are_read_as_numbers(tmp_path):
    clients = {"client": range(20), "bad": [0, 1] * 10, "income": [f"{n},5" for n in range(10)] + ["7"] * 10}

    table = read_feature_table(build_flat(tmp_path, clients))

    assert table.frame["income"].tolist() == [*(n + 0.5 for n in range(10)), *[7] * 10]


@pytest.mark.parametrize(
    ("target", "levels"),
    [
        ([0, 1, 2], "'0' (1), '1' (1), '2' (1)"),
        ([0, 1, 0.5], "'0' (1), '0.5' (1), '1' (1)"),
        (["good", "bad", "good"], "'good' (2), 'bad' (1)"),
        (["2024-01-01", "2024-01-01", "2024-01-02"], "'2024-01-01' (2), '2024-01-02' (1)"),
    ],
    ids=repr,
)
def test_a_target_whose_default_cannot_be_known_is_asked_for_with_its_values(tmp_path, target, levels):
    with pytest.raises(UserError) as error:
        build_flat(tmp_path, {**FLAT, "bad": target})

    assert f"loans.csv: target: bad has {levels}: which of them is a default?" in str(error.value)


@pytest.mark.parametrize("name", ["loans.csv", "loans.parquet"])
def test_the_values_of_a_default_may_be_named_in_any_case_several_with_commas(tmp_path, name):
    clients = {"client": range(5), "bad": ["Paid", "Late", "Charged Off", "Paid", None], "x": range(5)}
    write_table(pd.DataFrame(clients), tmp_path / name)

    out = build(
        str(tmp_path / name), tmp_path / "o.parquet", Engine.duckdb, "bad", "client", Settings(), "late, charged off"
    )

    table = read_feature_table(out)
    assert table.frame["bad"].tolist() == [0, 1, 1, 0]
    assert table.unlabelled["client"].tolist() == [4]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("loans.docx", b"PK", r"expected a file that ends in \.csv, .*or \.parquet"),
        ("loans.parquet", b"not parquet at all", "is not a Parquet file"),
        ("loans.csv.gz", b"not gzip at all", "cannot be unpacked"),
        ("loans.csv", b"", "is empty"),
    ],
)
def test_a_file_of_another_format_is_an_error_that_names_it(tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)

    with pytest.raises(UserError, match=message) as error:
        build(str(tmp_path / name), tmp_path / "features.parquet", Engine.duckdb, "bad", "client", Settings())

    assert name in str(error.value)
    assert not (tmp_path / "features.parquet").exists()


def test_data_that_does_not_exist_is_an_error(tmp_path):
    with pytest.raises(UserError, match=r"data: expected 'sample', a folder or a file, found nothing at .*nowhere"):
        build(str(tmp_path / "nowhere"), tmp_path / "features.parquet", Engine.duckdb, TARGET, ID, Settings())


def test_a_feature_table_as_data_is_read_in_place(tmp_path):
    path = build_flat(tmp_path, FLAT)

    table = feature_table(str(path), "another target", "another id", Engine.duckdb, Settings())

    assert table.path == path
    assert table.lineage.target == "bad"


def test_quotes_in_a_path_are_part_of_its_name(tmp_path):
    name = "o'neill.csv.gz"
    (tmp_path / name).write_bytes(gzip.compress(b"client,bad,x\n1,0,1\n2,1,2\n"))

    path = build(str(tmp_path / name), tmp_path / "features.parquet", Engine.duckdb, "bad", "client", Settings())

    assert len(read_feature_table(path).frame) == 2


def test_nan_in_parquet_is_missing_whatever_wrote_it(tmp_path):
    write_table(raw_table(APPLICATION, TINY[APPLICATION]), tmp_path / "application_train.parquet")
    bureau = raw_table("bureau", TINY["bureau"])
    columns = {
        name: pa.array(bureau[name].to_numpy()) if bureau[name].dtype == float else bureau[name] for name in bureau
    }
    pq.write_table(pa.table(columns), tmp_path / "bureau.parquet")

    frame = pd.read_parquet(build_with_recipes_of(tmp_path, "bureau")).set_index(ID)

    # The debts of the full client's three loans are 400, 0 and missing.
    assert frame.loc[FULL, "BUREAU_AMT_CREDIT_SUM_DEBT_SUM_ALL"] == 400
    assert frame.loc[FULL, "BUREAU_AMT_CREDIT_SUM_DEBT_MEAN_ALL"] == 200


def test_a_number_of_many_digits_is_rounded(tmp_path):
    (tmp_path / "l.csv").write_text("id,bad,account\n1,0,9007199254740993\n2,1,5\n")

    frame = pd.read_parquet(
        build(str(tmp_path / "l.csv"), tmp_path / "o.parquet", Engine.duckdb, "bad", "id", Settings())
    )

    assert frame["account"].tolist() == [9007199254740992.0, 5.0]


def test_a_file_that_is_parquet_only_by_name_is_an_error_that_names_it(tmp_path):
    (tmp_path / "l.parquet").write_bytes(b"not parquet")

    with pytest.raises(UserError, match=r"l\.parquet is named \.parquet but is not a Parquet file"):
        feature_table(str(tmp_path / "l.parquet"), "bad", "id", Engine.duckdb, Settings())


def flat_clients(folder: Path, seed: int, clients: int = 200) -> str:
    """A flat file `loans.csv` in a new folder, with values of its own."""
    generator = np.random.default_rng(seed)
    columns = {"client": np.arange(clients), "bad": [0, 1] * (clients // 2), "x": generator.normal(size=clients)}
    folder.mkdir()
    write_table(pd.DataFrame(columns), folder / "loans.csv")
    return str(folder / "loans.csv")


def test_two_files_of_one_name_have_two_feature_tables(tmp_path):
    settings = Settings(data_folder=tmp_path / "data")
    first, second = (flat_clients(tmp_path / name, seed) for seed, name in enumerate(("old", "new")))

    tables = [feature_table(data, "bad", "client", Engine.duckdb, settings) for data in (first, second, first)]

    assert tables[0].path != tables[1].path
    assert tables[0].path == tables[2].path
    assert tables[0].path.name.startswith("features-loans-")
    assert sorted(settings.data_folder.iterdir()) == sorted({table.path for table in tables})


def test_runs_at_once_in_one_folder_read_their_own_data(tmp_path):
    settings = Settings(data_folder=tmp_path / "data")
    files = [flat_clients(tmp_path / f"lender-{seed}", seed) for seed in range(6)]
    expected = [pd.read_csv(file, float_precision="round_trip")["x"].tolist() for file in files]

    def read(data: str) -> list[float]:
        return feature_table(data, "bad", "client", Engine.duckdb, settings).frame["x"].tolist()

    with ThreadPoolExecutor(6) as at_once:
        for _ in range(5):
            assert list(at_once.map(read, files)) == expected


def test_a_table_that_is_there_stays_as_it_is_while_others_build_and_read_it(tmp_path):
    settings = Settings(data_folder=tmp_path / "data")
    data = flat_clients(tmp_path / "lender", 0)

    def build_and_read(_: int) -> Path:
        return feature_table(data, "bad", "client", Engine.duckdb, settings).path

    with ThreadPoolExecutor(6) as at_once:
        (path,) = set(at_once.map(build_and_read, range(6)))
        reader = Snapshot([path])
        assert set(at_once.map(build_and_read, range(12))) == {path}

    reader.check()
    assert list(settings.data_folder.iterdir()) == [path]


def test_a_file_with_the_name_of_a_table_and_other_content_is_replaced(tmp_path):
    settings = Settings(data_folder=tmp_path / "data")
    data = flat_clients(tmp_path / "lender", 0)
    path = feature_table(data, "bad", "client", Engine.duckdb, settings).path
    content = path.read_bytes()
    path.write_bytes(content[:-1])

    feature_table(data, "bad", "client", Engine.duckdb, settings)

    assert path.read_bytes() == content


def test_a_table_names_the_parameters_that_give_it(tmp_path):
    settings = Settings(data_folder=tmp_path / "data")
    data = flat_clients(tmp_path / "lender", 0)

    assert feature_table(data, "bad", "client", Engine.duckdb, settings).parameters == {
        "data": data,
        "target": "bad",
        "id": "client",
    }


def test_data_that_does_not_exist_is_looked_for_where_the_error_says(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    with pytest.raises(UserError, match=f"found nothing at {re.escape(str(tmp_path / 'clients.csv'))}"):
        build("clients.csv", tmp_path / "features.parquet", Engine.duckdb, TARGET, ID, Settings())


@pytest.mark.parametrize(
    ("said", "described", "leaks"),
    [
        ("", None, "stop"),
        ("leave-out", None, "leave-out"),
        ("", "leave-out", "leave-out"),
        ("stop", "leave-out", "stop"),
    ],
)
def test_leaks_are_treated_as_the_option_says_else_as_the_description(tmp_path, said, described, leaks):
    settings, data = Settings(data_folder=tmp_path / "data"), flat_clients(tmp_path / "lender", 0)
    if described is not None:
        (tmp_path / "lender" / "loans.yaml").write_text(
            f"file: loans.csv\nreading: {{separator: ','}}\nid: client\nleaks: {described}\n"
            "target: {column: bad, default: ['1'], no_default: ['0']}\n"
            "columns: {client: {is: number}, bad: {is: number}, x: {is: number}}\n"
        )
        data = str(tmp_path / "lender" / "loans.yaml")

    table = feature_table(data, "bad", "client", Engine.duckdb, settings, leaks=LeaksTreatment(said))
    again = feature_table(str(table.path), "bad", "client", Engine.duckdb, settings, leaks=LeaksTreatment(said))

    assert table.lineage.leaks == again.lineage.leaks == leaks
    assert table.parameters.get("leaks", "") == again.parameters.get("leaks", "") == said


def test_a_feature_table_is_read_with_another_treatment_of_leaks(tmp_path):
    path = build_flat(tmp_path, FLAT)

    table = feature_table(str(path), "", "", Engine.duckdb, Settings(), leaks=LeaksTreatment.leave_out)

    assert read_lineage(path).leaks == "stop"
    assert table.lineage.leaks == "leave-out"


def test_the_named_values_of_a_default_are_a_parameter_of_the_table(tmp_path):
    clients = {**FLAT, "bad": ["good", "bad", "good"]}
    write_table(pd.DataFrame(clients), tmp_path / "loans.csv")
    settings = Settings(data_folder=tmp_path / "data")

    table = feature_table(str(tmp_path / "loans.csv"), "bad", "client", Engine.duckdb, settings, "bad")

    assert table.parameters["default"] == "bad"
    assert table.frame["bad"].tolist() == [1, 0, 0]


def test_a_number_too_large_for_a_float_is_infinite(tmp_path):
    with pytest.raises(UserError, match=r"loans\.csv: income must be finite: infinite in 1 of 3 rows"):
        build_flat(tmp_path, {**FLAT, "income": ["1e999", "5", "6"]})


def test_a_login_in_a_uri_of_data_is_refused_and_not_repeated(tmp_path):
    with pytest.raises(UserError, match="data: expected a URI without a user or password") as error:
        feature_table("http://user:secretpw@host/loans.csv", TARGET, ID, Engine.duckdb, Settings(data_folder=tmp_path))

    assert "secretpw" not in str(error.value)
