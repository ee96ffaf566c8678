"""A lender's labels, as they come."""

import datetime

import numpy as np
import pandas as pd
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
