"""A lender's labels, as they come."""

import datetime

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from steps.monitoring.outcomes.labels import labels_of, read_labels
from steps.run.console import UserError


def read(tmp_path, text):
    (tmp_path / "labels.csv").write_text(text)
    return read_labels(tmp_path / "labels.csv")


def test_ids_are_texts_and_days_are_of_utc(tmp_path):
    labels = read(tmp_path, "client_id,date,default\n007,2026-01-02,1\n7,2026-01-02T23:30:00-05:00,0\n8,,0\n")

    assert labels.client_ids.tolist() == ["007", "7", "8"]
    assert labels.decision_ids.tolist() == [None, None, None]
    assert labels.days.astype(str).tolist() == ["2026-01-02", "2026-01-03", "NaT"]
    assert labels.defaults.tolist() == [True, False, False]


def test_rows_that_say_nothing_are_counted_once_each(tmp_path):
    labels = read(
        tmp_path,
        "decision_id,client_id,date,default\n"
        "a,,2026-01-02,1\n"
        ",,2026-01-02,\n"  # neither id nor outcome: the first counts
        "b,,,\n"
        "c,,31/12/2025,2\n"
        "d,,31/12/2025,1\n"
        ",e,,defaulted\n"
        ",f,,0.0\n",
    )

    assert len(labels) == 2
    assert labels.rows == 7
    assert labels.unread.model_dump() == {
        "without_id": 1,
        "without_outcome": 1,
        "other_outcome": 2,
        "unreadable_date": 1,
    }
    assert len(labels) + sum(labels.unread.model_dump().values()) == labels.rows


@pytest.mark.parametrize(
    "dates",
    [
        [datetime.date(2026, 3, 1), None],
        [datetime.datetime(2026, 3, 1, 12, tzinfo=datetime.UTC), None],
        ["2026-03-01", ""],
        pd.to_datetime(["2026-03-01 08:00", None]),
    ],
)
def test_parquet_has_dates_of_any_type_and_ids_as_numbers(dates, tmp_path):
    table = pd.DataFrame({"client_id": [7_310_001, None], "decision_id": [None, "x"], "default": [True, False]})
    table.assign(date=dates).to_parquet(tmp_path / "labels.parquet")

    labels = read_labels(tmp_path / "labels.parquet")

    days = ["2026-03-01", "NaT"] if labels.rows == len(labels) else ["2026-03-01"]
    assert labels.client_ids.tolist()[0] == "7310001"
    assert labels.days.astype(str).tolist() == days


def test_numbers_are_no_dates():
    labels = labels_of(pd.DataFrame({"client_id": ["a", "b"], "default": [1, 0], "date": [20260301, np.nan]}))

    assert labels.client_ids.tolist() == ["b"]
    assert labels.unread.unreadable_date == 1


def test_a_file_with_a_header_alone_has_no_labels(tmp_path):
    labels = read(tmp_path, "client_id,default\n")

    assert (len(labels), labels.rows) == (0, 0)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "cannot be read"),
        ("decision_id,outcome\nsecret-id,1\n", "found decision_id, outcome in"),
        ("id;default\nsecret-id;1\n", "found id;default in"),
        ("client_id,default\nsecret-id,2\nsecret-id,\n", "1 without default, 1 with a default that is neither"),
        ("client_id,date,default\nsecret-id,2026-13-30,0\n", "no such row among 1 .*: 1 with a date that is not"),
        ("secret-id,1,2026-01-01\nsecret-id,0,\n", "found values in place of names in"),
        ("secret-id;0\n", "found values in place of names in"),
        ("client_id,default,default\nsecret-id,1,0\n", "found default twice in"),
        ("client_id,client_id,default\nsecret-id,secret-id,0\n", "found client_id twice in"),
        ("client_id,default\nsecret-id,1,0\n", "has more cells than the first one"),
    ],
)
def test_a_file_of_which_nothing_can_be_read_is_an_error_without_a_value(text, expected, tmp_path):
    with pytest.raises(UserError, match=expected) as error:
        read(tmp_path, text)

    assert str(error.value).startswith("labels: expected a CSV or Parquet file with the columns default (1 or 0)")
    assert "secret-id" not in str(error.value)
    assert "\n" not in str(error.value)


def test_a_file_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(UserError, match="found no file"):
        read_labels(tmp_path / "none.parquet")


def test_whole_numbers_keep_all_digits_where_an_id_is_missing(tmp_path):
    ids = pa.array([2**53 + 1, None, 2**63 + 5], pa.uint64())
    pq.write_table(pa.table({"client_id": ids, "default": [1, 0, 0]}), tmp_path / "labels.parquet")

    assert read_labels(tmp_path / "labels.parquet").client_ids.tolist() == ["9007199254740993", "9223372036854775813"]


def test_the_index_of_a_table_of_pandas_is_a_column(tmp_path):
    index = pd.Index(["a", "b"], name="client_id")
    pd.DataFrame({"default": [1, 0]}, index=index).to_parquet(tmp_path / "labels.parquet")

    assert read_labels(tmp_path / "labels.parquet").client_ids.tolist() == ["a", "b"]


def test_days_that_pandas_has_none_of_are_days(tmp_path):
    labels = read(tmp_path, "client_id,date,default\na,9999-12-31,0\nb,0001-01-01,0\nc,1969-12-31,1\nd,9999,0\n")

    assert labels.days.astype(str).tolist() == ["9999-12-31", "0001-01-01", "1969-12-31"]
    assert labels.unread.unreadable_date == 1
