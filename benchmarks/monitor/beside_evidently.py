"""Evidently's drift report on all fields, as its documentation makes it: of two tables of rows."""

import os
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd


def evidently_seconds(frame: pd.DataFrame, rows: int, seed: int) -> float:
    """Seconds for the report, with its page, on so many rows against as many others, both drawn from the frame."""
    os.environ["DO_NOT_TRACK"] = "1"  # Evidently reports its use to its makers otherwise
    from evidently import DataDefinition, Dataset, Report
    from evidently.presets import DataDriftPreset

    generator = np.random.default_rng(seed)
    window, reference = (frame.iloc[generator.integers(0, len(frame), rows)].reset_index(drop=True) for _ in range(2))
    known = [name for name in frame if window[name].notna().any() and reference[name].notna().any()]
    numeric = [name for name in known if frame[name].dtype.kind == "f"]
    definition = DataDefinition(
        numerical_columns=numeric, categorical_columns=[name for name in known if name not in numeric]
    )
    start = time.perf_counter()
    datasets = [Dataset.from_pandas(each[known].astype(dict.fromkeys(set(known) - set(numeric), object)), definition)
                for each in (window, reference)]  # fmt: skip
    snapshot = Report([DataDriftPreset(columns=known)]).run(*datasets)
    with tempfile.TemporaryDirectory(prefix="credit-scoring-") as folder:
        snapshot.save_html(str(Path(folder, "evidently.html")))
    return time.perf_counter() - start
