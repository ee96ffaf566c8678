"""The applications of a portfolio are those of the feature table of training for the same rows, bit for bit."""

import shutil
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from steps.description.building import Known, from_lender_file
from steps.description.describing import Named
from steps.description.description_file import write_description
from steps.description.document import Description
from steps.portfolio.applications_file import Portfolio
from steps.portfolio.reading import read_portfolio
from steps.run.console import UserError
from steps.run.settings import Settings
from steps.tables import unchanged
from steps.tables.feature_table import read_lineage
from steps.tables.home_credit import APPLICATION, ID, TARGET, UNDECIDED
from tests.full_disk import small_disk
from tests.loans import write_loans
from tests.unit.steps.raw_tables import EMPTY, FULL, OLD, write_table

OUTCOME = "loan_status"
LEARNT = [
    "id,opened,amount,home,bad",
    *(f"{row:03},2020-01-{row + 1:02},${row}.50,{'own' if row % 3 else 'rent'},{row % 2}" for row in range(30)),
]


def portfolio_of(data: Path, folder: Path, known: Known | None = None, identity: str = ID) -> Portfolio:
    return read_portfolio(str(data), identity, folder, Settings(), known)


def rows_of(path: Path, identity: str) -> pa.Table:
    """The rows by id, without outcomes and the lineage of their file."""
    table = pq.read_table(path).replace_schema_metadata()
    others = [name for name in (TARGET, OUTCOME, "bad") if name in table.column_names]
    return table.drop_columns(others).sort_by(identity).combine_chunks()


def learnt(file: Path, folder: Path, **named: object) -> tuple[Path, Known]:
    """The feature table of a lender's file, and the description that a model learns with it."""
    scratch = folder / "learning"
    scratch.mkdir()
    table = from_lender_file(file, folder / "table.parquet", Named(**named), scratch, Settings())
    lineage = read_lineage(table)
    return table, Known(Description.model_validate_json(lineage.description), "lender/1")


@pytest.fixture(scope="module")
def loans(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("loans") / "loans.csv"
    write_loans(file)
    return file


@pytest.fixture(scope="module")
def lender(loans: Path) -> tuple[Path, Known]:
    return learnt(loans, loans.parent, target=OUTCOME, default=("Charged Off",))


@pytest.fixture
def small(tmp_path: Path) -> tuple[Path, Known]:
    """Thirty loans with ids, a date and amounts of money."""
    (tmp_path / "learnt.csv").write_text("\n".join(LEARNT) + "\n")
    return learnt(tmp_path / "learnt.csv", tmp_path, target="bad")


def later(folder: Path, *lines: str) -> Path:
    file = folder / "later.csv"
    file.write_text("\n".join(lines) + "\n")
    return file


@pytest.fixture
def tables(raw: dict[str, pd.DataFrame], tmp_path: Path) -> Path:
    """A folder with the raw tables, the application without its outcomes."""
    folder = tmp_path / "tables"
    folder.mkdir()
    for name, table in raw.items():
        write_table(table, folder / f"{name}.parquet")
    (folder / f"{APPLICATION}.parquet").unlink()
    write_table(raw[APPLICATION].drop(columns=TARGET), folder / f"{UNDECIDED}.csv")
    return folder


@pytest.mark.slow  # features built
def test_clients_without_outcomes_have_the_rows_of_training_and_those_beside_with_outcomes_are_left(
    tables, raw, tiny_parquet, tmp_path, capsys
):
    write_table(raw[APPLICATION].head(10), tables / f"{APPLICATION}.parquet")

    portfolio = portfolio_of(tables, tmp_path / "kept")

    assert rows_of(portfolio.path, ID).equals(rows_of(tiny_parquet, ID))
    assert (portfolio.identity, portfolio.rows) == (ID, 43)
    output = capsys.readouterr().out
    assert f"the applications of {UNDECIDED}.csv are decided on, those of {APPLICATION} are not" in output


@pytest.mark.slow  # features built
def test_applications_with_outcomes_are_decided_on_without_them(tables, raw, tiny_parquet, tmp_path, capsys):
    (tables / f"{UNDECIDED}.csv").unlink()
    (tables / "bureau_balance.parquet").unlink()
    write_table(raw[APPLICATION].assign(TARGET=7), tables / f"{APPLICATION}.parquet")

    portfolio = portfolio_of(tables, tmp_path / "kept")

    output = capsys.readouterr().out
    assert TARGET not in pq.read_schema(portfolio.path).names
    assert "are decided on, without their outcomes" in output
    assert "has no bureau_balance: its features stay empty" in output


@pytest.mark.slow  # features built
def test_a_client_may_apply_twice_or_without_an_id_and_each_application_is_kept(tables, raw, tmp_path, capsys):
    clients = raw[APPLICATION].drop(columns=TARGET).set_index(ID).loc[[FULL, EMPTY, FULL, OLD]].reset_index()
    clients[ID] = clients[ID].astype("Int64").where(clients[ID] != OLD)
    clients.loc[0, "AMT_CREDIT"] = np.inf
    clients.loc[2, "AMT_CREDIT"] = 1e300
    write_table(clients, tables / f"{UNDECIDED}.csv")

    rows = pq.read_table(portfolio_of(tables, tmp_path / "kept").path).to_pandas()

    loans = rows.set_index(ID)["BUREAU_ROWS_COUNT_ALL"]
    assert rows[ID].tolist()[:3] == [FULL, FULL, EMPTY]
    assert rows[ID].isna().tolist() == [False, False, False, True]
    assert set(rows["AMT_CREDIT"].head(2)) == {np.inf, 1e300}
    assert loans.loc[FULL].tolist() == [3, 3]
    output = capsys.readouterr().out
    assert f"1 of 4 rows has the {ID} of another: each is decided on" in output
    assert f"1 of 4 rows has no {ID}: each is decided on, without an id" in output


def test_texts_among_numbers_of_home_credits_tables_are_errors_by_count(tables, raw, tmp_path):
    clients = raw[APPLICATION].drop(columns=TARGET).astype({ID: object, "AMT_CREDIT": object})
    clients.loc[0, ID], clients.loc[1, "AMT_CREDIT"] = "no number", "much"
    write_table(clients, tables / f"{UNDECIDED}.csv")

    with pytest.raises(UserError) as error:
        portfolio_of(tables, tmp_path / "kept")

    assert f"{UNDECIDED}.csv: {ID} must be a whole number: 1 of 43 rows has another value" in str(error.value)
    assert f"{UNDECIDED}.csv: AMT_CREDIT must be a number: 1 of 43 rows has another value" in str(error.value)
    assert not list((tmp_path / "kept").glob("*.parquet"))


def test_a_feature_table_is_read_where_it_is(tiny_parquet, tmp_path):
    portfolio = portfolio_of(tiny_parquet, tmp_path / "kept")

    assert (portfolio.path, portfolio.identity, portfolio.rows) == (tiny_parquet, ID, 43)
    assert not list((tmp_path / "kept").iterdir())


def test_a_feature_table_with_a_damaged_page_is_an_error_with_the_file(tiny_parquet, tmp_path):
    file = tmp_path / "portfolio.parquet"
    whole = tiny_parquet.read_bytes()
    ids = pq.read_metadata(tiny_parquet).row_group(0).column(0)
    assert ids.path_in_schema == ID
    end = ids.data_page_offset + 60
    file.write_bytes(whole[: ids.data_page_offset + 20] + 40 * b"\xff" + whole[end:])

    with pytest.raises(UserError, match=r"portfolio\.parquet cannot be read: it is damaged or cut off"):
        portfolio_of(file, tmp_path / "kept")


def test_a_feature_table_need_not_have_outcomes(tiny_parquet, tmp_path):
    file = tmp_path / "portfolio.parquet"
    pq.write_table(pq.read_table(tiny_parquet).drop_columns(TARGET), file)

    assert portfolio_of(file, tmp_path / "kept").rows == 43


def test_repeated_and_missing_ids_of_a_feature_table_are_counted(tiny_parquet, tmp_path, capsys):
    table = pq.read_table(tiny_parquet)
    ids = pa.array([7, 7, None, *range(100, 140)], pa.int64())
    pq.write_table(table.set_column(table.column_names.index(ID), ID, ids), tmp_path / "portfolio.parquet")

    portfolio_of(tmp_path / "portfolio.parquet", tmp_path / "kept")

    output = capsys.readouterr().out
    assert f"portfolio.parquet: 1 of 43 rows has the {ID} of another: each is decided on" in output
    assert f"portfolio.parquet: 1 of 43 rows has no {ID}: each is decided on, without an id" in output


@pytest.mark.slow  # features built
def test_the_sample_is_a_portfolio(tmp_path):
    settings = Settings(data_folder=tmp_path / "data", sample_clients=30)

    assert read_portfolio("sample", ID, tmp_path / "kept", settings, None).rows == 30


def test_what_is_built_is_kept_until_data_or_description_change(small, tmp_path):
    file, (_, known) = later(tmp_path, *LEARNT), small
    yearly = known.description.model_copy(update={"days_from": date(2021, 1, 1)})
    first = portfolio_of(file, tmp_path / "kept", known)
    built = first.path.stat().st_ino

    again = portfolio_of(file, tmp_path / "kept", known)
    assert (again, again.path.stat().st_ino) == (first, built)

    described = portfolio_of(file, tmp_path / "kept", Known(yearly, known.model))
    changed = portfolio_of(later(tmp_path, *LEARNT[:20]), tmp_path / "kept", known)

    assert (described.rows, changed.rows) == (30, 19)
    assert len({first.digest, described.digest, changed.digest}) == 3


@pytest.mark.slow  # a whole file described
@pytest.mark.parametrize("has_outcomes", [True, False], ids=["with outcomes", "without outcomes"])
def test_a_lenders_file_has_the_rows_of_training(loans, lender, tmp_path, has_outcomes):
    table, known = lender
    file = tmp_path / "later.csv"
    shutil.copy(loans, file)
    if not has_outcomes:
        file.write_text("\n".join(line.rsplit(",", 1)[0] for line in loans.read_text().splitlines()) + "\n")

    portfolio = portfolio_of(file, tmp_path / "kept", known)

    expected, found = rows_of(table, "row"), rows_of(portfolio.path, "row")
    assert (portfolio.identity, portfolio.rows) == ("row", 4_000)
    if not has_outcomes:  # the id is the content of the row, of which the outcome was a part
        order = [(name, "ascending") for name in expected.column_names if name != "row"]
        expected, found = (each.drop_columns("row").sort_by(order).combine_chunks() for each in (expected, found))
    assert found.equals(expected)


@pytest.mark.slow  # a whole file described
def test_a_description_of_a_lenders_file_is_read_as_the_file(loans, lender, tmp_path):
    _, known = lender
    description = known.description.model_copy(update={"file": str(loans)})
    write_description(description, tmp_path / "loans.yaml")

    by_description = portfolio_of(tmp_path / "loans.yaml", tmp_path / "described")
    by_model = portfolio_of(loans, tmp_path / "kept", known)

    assert (
        pq.read_table(by_description.path)
        .replace_schema_metadata()
        .equals(pq.read_table(by_model.path).replace_schema_metadata())
    )


@pytest.mark.parametrize("suffix", [".csv", ".csv.gz", ".parquet", ".xlsx"])
def test_every_form_of_a_lenders_file_has_the_rows_of_training(small, tmp_path, suffix):
    table, known = small
    texts = pd.read_csv(tmp_path / "learnt.csv", dtype=str).drop(columns="bad")
    file = tmp_path / f"later{suffix}"
    if suffix == ".xlsx":
        texts.to_excel(file, index=False)
    else:
        write_table(texts, file)

    assert rows_of(portfolio_of(file, tmp_path / "kept", known).path, "id").equals(rows_of(table, "id"))


def test_a_file_is_decided_on_in_its_own_order(small, tmp_path):
    header, *rows = LEARNT
    file = later(tmp_path, header, *rows[::-1])

    ids = pq.read_table(portfolio_of(file, tmp_path / "kept", small[1]).path)["id"].to_pylist()

    assert ids == [f"{row:03}" for row in range(30)][::-1]


def test_the_data_is_called_what_the_user_named(small, tmp_path, capsys):
    file = later(tmp_path, *LEARNT)

    portfolio = portfolio_of(file, tmp_path / "kept", small[1])

    assert portfolio.data == file
    output = capsys.readouterr().out
    assert f"  {file}: 30 applications\n" in output
    assert str(tmp_path / "kept") not in output


def test_repeated_and_missing_ids_of_a_lender_are_kept_and_counted(small, tmp_path, capsys):
    file = later(tmp_path, "id,opened,amount,home", "A,2021-05-01,$3,own", "A,2021-05-01,$4,own", ",2021-05-01,$5,rent")

    rows = pq.read_table(portfolio_of(file, tmp_path / "kept", small[1]).path)

    assert rows["id"].to_pylist() == ["A", "A", None]
    assert rows["amount"].to_pylist() == [3, 4, 5]
    output = capsys.readouterr().out
    assert "later.csv: 1 of 3 rows has the id of another: each is decided on" in output
    assert "later.csv: 1 of 3 rows has no id: each is decided on, without an id" in output


@pytest.mark.parametrize("suffix", [".parquet", ".xlsx"])
def test_a_field_without_any_value_is_missing_whatever_its_type(small, tmp_path, suffix):
    frame = pd.DataFrame({"id": ["A"], "opened": [None], "amount": [3.5], "home": [None]})
    file = tmp_path / f"later{suffix}"
    frame.to_excel(file, index=False) if suffix == ".xlsx" else frame.to_parquet(file)

    rows = pq.read_table(portfolio_of(file, tmp_path / "kept", small[1]).path)

    assert rows.to_pylist() == [{"id": "A", "opened": None, "amount": 3.5, "home": None}]
    assert list(map(str, rows.schema.types)) == ["string", "double", "double", "string"]


def test_equal_rows_of_a_file_without_an_id_are_applications_under_one_id(tmp_path, capsys):
    (tmp_path / "learnt.csv").write_text("age,home,bad\n30,own,0\n41,rent,1\n30,own,1\n52,own,0\n")
    _, known = learnt(tmp_path / "learnt.csv", tmp_path, target="bad")
    file = later(tmp_path, "age,home", "30,own", "41,rent", "30,own")

    portfolio = portfolio_of(file, tmp_path / "kept", known)

    first, other, last = pq.read_table(portfolio.path)["row"].to_pylist()
    assert first == last != other
    assert "1 row equal to another: each is decided on, under the same id" in capsys.readouterr().out


def test_columns_that_the_file_lacks_are_missing_and_unknown_ones_are_not_read(small, tmp_path, capsys):
    file = later(tmp_path, "id,amount,branch", "A,$3,north")

    rows = pq.read_table(portfolio_of(file, tmp_path / "kept", small[1]).path)

    assert rows.schema.names == ["id", "opened", "amount", "home"]
    assert rows.to_pylist() == [{"id": "A", "opened": None, "amount": 3, "home": None}]
    output = capsys.readouterr().out
    assert "it has no opened, home: missing in every row" in output
    assert "it has branch, which the model does not know: not read" in output


REFUSED = {
    "a text among amounts": ("id,opened,amount,home\nA,2021-05-01,much,own", "amount is a money: 1 of 1 value cannot"),
    "no id": ("opened,amount,home\n2021-05-01,$3,own", "has no column id, the id"),
    "another file": ("id,colour\nA,red", "has none of the columns that the model learnt from"),
    "a header alone": ("id,opened,amount,home", "it has a header and no rows|has a header and no rows"),
}


@pytest.mark.parametrize(("text", "problem"), REFUSED.values(), ids=REFUSED)
def test_a_file_that_cannot_be_understood_is_refused(small, tmp_path, text, problem):
    with pytest.raises(UserError, match=problem):
        portfolio_of(later(tmp_path, text), tmp_path / "kept", small[1])


def test_a_file_of_a_model_without_a_description_cannot_be_read(tmp_path):
    with pytest.raises(UserError, match="the model has no record of how its file was read"):
        portfolio_of(later(tmp_path, *LEARNT), tmp_path / "kept")


def test_another_id_than_the_models_is_refused(small, tmp_path):
    with pytest.raises(UserError, match="id: lender/1 was trained on data described as id"):
        portfolio_of(later(tmp_path, *LEARNT), tmp_path / "kept", small[1], identity="home")


def test_a_description_without_the_day_that_its_dates_count_from_is_refused(small, tmp_path):
    description = small[1].description.model_copy(update={"file": "learnt.csv", "days_from": None})
    write_description(description, tmp_path / "learnt.yaml")

    with pytest.raises(UserError, match="expected days_from, the day that opened counted from"):
        portfolio_of(tmp_path / "learnt.yaml", tmp_path / "kept")


def test_a_file_that_changes_while_it_is_read_is_refused_and_leaves_nothing(small, tmp_path, monkeypatch):
    states = iter([(1,), (2,)])
    monkeypatch.setattr(unchanged, "_state", lambda file: next(states))

    with pytest.raises(UserError, match="was changed or replaced while it was read"):
        portfolio_of(later(tmp_path, *LEARNT), tmp_path / "kept", small[1])

    assert not list((tmp_path / "kept").iterdir())


def test_a_disk_that_is_full_is_named_as_such_and_leaves_nothing(small, tmp_path):
    header, *rows = LEARNT
    file = later(tmp_path, header, *rows * 3_000)

    with small_disk(tmp_path / "disk", 1) as disk:
        with pytest.raises(UserError, match="finds no space on the disk of the output: free some there"):
            portfolio_of(file, disk / "kept", small[1])

        assert not list((disk / "kept").iterdir())


def test_infinite_numbers_of_a_lender_are_left_to_the_decision(small, tmp_path):
    file = tmp_path / "later.parquet"
    pd.DataFrame({"id": ["A"], "opened": ["2021-05-01"], "amount": [np.inf], "home": ["own"]}).to_parquet(file)

    assert pq.read_table(portfolio_of(file, tmp_path / "kept", small[1]).path)["amount"].to_pylist() == [np.inf]
