"""The tutorials, from their first command to their last, each in a fresh copy of the project."""

import json
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from steps.run.settings import Settings
from steps.sample import write_sample
from tests.recipes.test_recipes import CLIENTS, copy_project, follow, shell_in

pytestmark = pytest.mark.slow


def write_kaggles_zip(file: Path, folder: Path) -> None:
    """A zip with the files of the competition, of a sample's clients: tables as CSV, and two that are not read."""
    write_sample(folder, CLIENTS, Settings().seed)
    (folder / "truth.parquet").unlink()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for table in folder.glob("*.parquet"):
            archive.writestr(f"{table.stem}.csv", pd.read_parquet(table).to_csv(index=False))
        archive.writestr("sample_submission.csv", "SK_ID_CURR,TARGET\n100001,0.5\n")
        archive.writestr("HomeCredit_columns_description.csv", ",Table,Row,Description,Special\n")


def test_from_kaggles_zip_to_a_watched_champion(tmp_path):
    folder = copy_project(tmp_path / "project")
    write_kaggles_zip(folder / "home-credit-default-risk.zip", tmp_path / "sample")
    shell = shell_in(folder)
    try:
        _, trained, _, published, _, answer, listed, decided, watched = follow(shell, "from_kaggles_zip")
    finally:
        shell.close()

    assert "credit-scoring version 1 is champion" in trained
    assert "history set 1: " in published
    (decision,) = json.loads(answer)["predictions"]
    assert (decision["model"], decision["history"], decision["recorded"]) == ("credit-scoring/1", "store", True)
    assert decision["decision_id"] in listed
    assert sum(int(line.split()[1]) for line in decided.splitlines() if line.startswith(("granted", "ref"))) == 500
    assert "credit-scoring version 1, 501 decisions" in watched
    assert "no alarm" in watched


def test_from_a_lenders_own_file_to_a_served_champion(tmp_path):
    shell = shell_in(copy_project(tmp_path))
    try:
        _, _, described, _, trained, _, answer = follow(shell, "from_a_lenders_file")
    finally:
        shell.close()

    assert "kept aside without an outcome: 386" in described
    assert "held out: the latest 21% by issue_d, from 2016-08-01 on" in trained
    assert "charged_off_on" in trained
    assert "loans version 1 is champion" in trained
    (decision,) = json.loads(answer)["predictions"]
    assert (decision["decision"], decision["model"], decision["recorded"]) == ("refused", "loans/1", True)
    assert decision["reasons"][0]["text"] == "The interest rate is high"
