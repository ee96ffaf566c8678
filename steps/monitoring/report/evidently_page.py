"""Evidently's own report on the fields that drift most, for those who know it.

Its reference are values drawn from the bins that travel in the model, since no client's row does; its page holds
distributions, no rows.
"""

import os
import tempfile
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd

from steps.monitoring.drift.sampled import Sampled
from steps.monitoring.reference import Reference
from steps.monitoring.referencing.marginals import drawn, values_in
from steps.run.console import listed

PAGE = "evidently.html"
MOST_FIELDS = 40  # 0.1 s each, and 0.1 MB of the page
MOST_ROWS = 2_000
LEFT_OUT = f"{PAGE} is left out: Evidently is not installed; `uv sync --group evidently` adds it"


def is_installed() -> bool:
    """Whether Evidently is here: it is an optional part of the environment."""
    return find_spec("evidently") is not None


def evidently_page(reference: Reference, requests: Sampled, names: Sequence[str], seed: int) -> str | None:
    """The page on these fields of some requests, at most `MOST_FIELDS`, against the reference's marginals.

    A field without any value on one of the sides is left out, and the console says which: Evidently compares none.
    None where no field is left.
    """
    os.environ["DO_NOT_TRACK"] = "1"  # Evidently reports its use to its makers otherwise
    from evidently import DataDefinition, Dataset, Report
    from evidently.presets import DataDriftPreset

    window = _columns(reference, requests, names[:MOST_FIELDS], seed + 1)
    expected = drawn(reference, list(window), MOST_ROWS, seed)
    known = [name for name in window if window[name].notna().any() and expected[name].notna().any()]
    empty = [name for name in window if name not in known]
    if empty:
        print(f"  {PAGE}: without {listed(empty, 5)}, which have no value in the window or the reference")
    if not known:
        return None
    numeric = [name for name in known if reference.fields[name].bins.is_number]
    definition = DataDefinition(
        numerical_columns=numeric, categorical_columns=[name for name in known if name not in numeric]
    )
    report = Report([DataDriftPreset(columns=known, num_method="psi", cat_method="psi")])
    current, reference_data = (Dataset.from_pandas(each[known], definition) for each in (window, expected))
    snapshot = report.run(current, reference_data)
    with tempfile.TemporaryDirectory(prefix="credit-scoring-") as folder:
        file = Path(folder, PAGE)
        snapshot.save_html(str(file))
        return file.read_text("utf-8")


def _columns(reference: Reference, requests: Sampled, names: Sequence[str], seed: int) -> pd.DataFrame:
    """The fields of the first requests, drawn anew within their bins.

    So both sides are as fine as the reference is: else Evidently would find each bin's inside different. Numbers that
    the reference never had stay as they are.
    """
    generator = np.random.default_rng(seed)
    found = {}
    for name in names:
        field = reference.fields[name]
        redrawn = values_in(field, requests.places(name, field.bins)[:MOST_ROWS], generator)
        if field.bins.is_number and field.least is not None:
            values = requests.numbers(name)[:MOST_ROWS]
            redrawn = np.where((values < field.least) | (values > field.greatest), values, redrawn)
        found[name] = redrawn
    return pd.DataFrame(found)
