"""Loans of 2025 with outcomes that are final."""

from datetime import UTC, datetime

import numpy as np
import pandas as pd

from steps.monitoring.outcomes.labels import labels_of
from steps.monitoring.outcomes.loans import loans_of
from steps.monitoring.outcomes.matching import matched
from steps.monitoring.outcomes.maturity import matured
from tests.unit.steps.monitoring.decided_windows import window

NOW = datetime(2027, 1, 31, tzinfo=UTC)


def loans_with_outcomes(probability, default, final=None, months=12, **arrays):
    """A window a year before `NOW`, or of these times, with outcomes without dates, NaN for none.

    Returns the window, its loans, and their final outcomes.
    """
    size = len(probability)
    arrays = {"decided_at": np.full(size, np.datetime64("2025-03-05T12:00", "us")), **arrays}
    observed = window(probability, **arrays)
    loans = loans_of(observed, final)
    table = pd.DataFrame({"decision_id": observed.decision_ids, "default": default}).dropna()
    outcomes = matched(labels_of(table), observed, loans.granted, NOW)
    return observed, loans, matured(outcomes, observed.decided_at, loans, months, NOW)


def texts(figures):
    return [each.text for each in figures.shown().blocks if each.kind == "paragraph"]


def table_of(figures):
    (table,) = [each for each in figures.shown().blocks if each.kind == "table"]
    return [list(row) for row in table.rows]
