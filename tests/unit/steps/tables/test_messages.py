"""Messages: grammar that agrees with the counts."""

import pytest

from steps.tables.messages import duplicates, infinite_values, missing_ids, orphans, wrong_values


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (wrong_values("BAD", "0 or 1", 1, 3), "BAD must be 0 or 1: 1 of 3 rows has another value"),
        (wrong_values("BAD", "0 or 1", 2_000, 3_000), "BAD must be 0 or 1: 2,000 of 3,000 rows have another value"),
        (wrong_values("BAD", "0 or 1", 1, 1), "BAD must be 0 or 1: 1 of 1 row has another value"),
        (infinite_values("income", 2, 5), "income must be finite: infinite in 2 of 5 rows"),
        (duplicates("ID", 1), "ID must be unique: 1 duplicate row"),
        (duplicates("ID", 2), "ID must be unique: 2 duplicate rows"),
        (missing_ids("ID", 1, 5), "ID identifies the client: missing in 1 of 5 rows"),
        (orphans(1, 5, "loan", "b.csv"), "1 of 5 rows belongs to no loan of b.csv: left out of the feature table"),
        (orphans(2, 5, "loan", "b.csv"), "2 of 5 rows belong to no loan of b.csv: left out of the feature table"),
    ],
)
def test_singular_and_plural_are_right(message, words):
    assert message == words
