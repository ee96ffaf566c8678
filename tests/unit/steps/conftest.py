"""What the tests of the steps share."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from tests.unit.steps.hand_made import TINY, raw_table, write_table


@pytest.fixture
def tiny_folder(tmp_path: Path) -> Callable[..., Path]:
    """Write the hand-made tables: `tiny_folder(suffix, without=..., **changed tables)`."""

    def write(suffix: str = ".parquet", without: tuple[str, ...] = (), **changed: pd.DataFrame) -> Path:
        folder = tmp_path / "raw"
        folder.mkdir(exist_ok=True)
        for name, rows in TINY.items():
            if name not in without:
                write_table(changed.get(name, raw_table(name, rows)), folder / f"{name}{suffix}")
        return folder

    return write
