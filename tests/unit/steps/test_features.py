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
from steps.run.settings import Settings
from steps.tables.aggregation import history_meanings
from steps.tables.feature_table import read_feature_table, read_lineage
from steps.tables.home_credit import APPLICATION, ID, TARGET, home_credit
from steps.tables.raw_tables import SUFFIXES
from steps.tables.recipes import RECIPES
from steps.tables.seven_tables import from_seven_tables
from steps.tables.unchanged import Snapshot
from tests.unit.steps.raw_tables import DRAWN, EMPTY, FULL, OLD, TINY, raw_table, write_table

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


@pytest.mark.slow
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
def test_dates_are_dropped_with_a_message(tmp_path, name, capsys):
    dates = pd.to_datetime(["2024-01-01", "2024-02-01", "2024-03-01"])

    table = read_feature_table(build_flat(tmp_path, {**FLAT, "since": dates}, name))

    assert table.fields == ["income", "job"]
    assert "since is dropped: its type is" in capsys.readouterr().out


@pytest.mark.parametrize("target", [[True, False, True], [1.0, 0.0, 1.0], ["yes", "no", "yes"]], ids=repr)
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
        ("TARGET", "client", "has no column 'TARGET': name its target with `-P target=...`"),
        ("bad", "SK_ID_CURR", "has no column 'SK_ID_CURR': name its id with `-P id=...`"),
    ],
)
def test_a_flat_file_without_target_or_id_is_an_error_with_option_and_columns(tmp_path, target, identity, message):
    with pytest.raises(UserError) as error:
        build_flat(tmp_path, FLAT, target=target, identity=identity)

    assert message in str(error.value)
    assert "client, bad, income, job" in str(error.value)
    assert "loans.csv" in str(error.value)


@pytest.mark.parametrize("name", ["loans.csv", "loans.parquet"])
@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"bad": [0, 1, 2]}, "bad must be 0 or 1: 1 of 3 rows has another value"),
        ({"bad": [0, 1, None]}, "bad must be 0 or 1: 1 of 3 rows has another value"),
        ({"client": [1, 2, 2]}, "client must be unique: 1 duplicate row"),
        ({"client": [1, None, 2]}, "client identifies the client: missing in 1 of 3 rows"),
        ({"income": [1, 2, math.inf]}, "income must be finite: infinite in 1 of 3 rows"),
    ],
)
def test_an_error_in_a_flat_file_is_reported_by_file_column_and_count(tmp_path, columns, message, name):
    with pytest.raises(UserError) as error:
        build_flat(tmp_path, {**FLAT, **columns}, name)

    assert str(error.value) == f"the data has errors\n  {name}: {message}"


def test_a_target_of_many_values_is_reported_without_them(tmp_path):
    clients = {name: 7 * values for name, values in {**FLAT, "bad": ["a", "b", "c"]}.items()}
    clients["bad"] = [f"s{number}cret" for number in range(21)]

    with pytest.raises(UserError, match="bad must be 0 or 1, 1 for a default, got 21 different values of type string"):
        build_flat(tmp_path, clients)


def test_a_target_that_is_the_same_in_every_row_is_an_error(tmp_path):
    path = build_flat(tmp_path, {**FLAT, "bad": [0, 0, 0]})

    with pytest.raises(UserError, match="bad is the same in every row"):
        read_feature_table(path)


def test_a_column_of_numbers_with_a_word_among_them_is_read_as_text_with_a_warning(tmp_path, capsys):
    clients = {"client": range(20), "bad": [0, 1] * 10, "job": ["cook", "12"] * 10}

    table = read_feature_table(build_flat(tmp_path, {**clients, "income": [*range(19), "s3cret"]}))

    assert table.frame["income"].dtype == object
    warnings = [line for line in capsys.readouterr().out.splitlines() if "warning" in line]
    assert warnings == [
        "  warning: loans.csv: income is read as text: 1 of 20 values is not a number; if the column is "
        "numeric, correct it or leave it empty"
    ]


def test_decimal_commas_are_read_as_text_with_a_warning_that_names_them(tmp_path, capsys):
    clients = {"client": range(20), "bad": [0, 1] * 10, "income": [f"{n},5" for n in range(10)] + ["7"] * 10}

    build_flat(tmp_path, clients)

    output = capsys.readouterr().out
    assert "warning: loans.csv: income is read as text: 10 of 20 values have a comma as in 512,3" in output


@pytest.mark.parametrize(
    ("target", "levels"),
    [
        ([0, 1, 0.5], "'0.0' and '0.5' and '1.0'"),
        (["good", "bad", "good"], "'bad' and 'good'"),
        (["Y", "N", "Y"], "'N' and 'Y'"),
        (["2024-01-01"] * 3, "'2024-01-01'"),
    ],
    ids=repr,
)
def test_a_target_that_cannot_be_1_or_0_is_named_with_its_levels(tmp_path, target, levels):
    with pytest.raises(UserError, match=f"bad must be 0 or 1, 1 for a default, got {levels}: replace them"):
        build_flat(tmp_path, {**FLAT, "bad": target})


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("loans.xlsx", b"PK", r"expected a file that ends in \.csv, \.csv\.gz or \.parquet"),
        ("loans.parquet", b"not parquet at all", "is not a Parquet file"),
        ("loans.csv.gz", b"not gzip at all", "cannot be read"),
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


def test_a_login_in_a_uri_of_data_is_refused_and_not_repeated(tmp_path):
    with pytest.raises(UserError, match="data: expected a URI without a user or password") as error:
        feature_table("http://user:secretpw@host/loans.csv", TARGET, ID, Engine.duckdb, Settings(data_folder=tmp_path))

    assert "secretpw" not in str(error.value)
