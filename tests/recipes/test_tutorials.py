"""The tutorials, from their first command to their last, each in a fresh copy of the project."""

import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from textwrap import indent

import pandas as pd
import pytest

from steps.run.settings import PROJECT, Settings
from steps.sample import write_sample
from tests.recipes.copies import CLIENTS, copy_project, shell_in
from tests.recipes.following import follow
from tests.recipes.inventory import JOURNEYS
from tests.recipes.shell import Shell

pytestmark = pytest.mark.slow


def write_kaggles_zip(file: Path, folder: Path) -> None:
    """A zip with the files of the competition, of a sample's clients: tables as CSV, and two that are not read.

    As in Kaggle's, few clients lack a field that policy.yaml requires: here the second one alone.
    """
    write_sample(folder, CLIENTS, Settings().seed)
    (folder / "truth.parquet").unlink()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for table in folder.glob("*.parquet"):
            rows = pd.read_parquet(table)
            if table.stem == "application_train":
                rows.loc[1, "AMT_ANNUITY"] = None
            archive.writestr(f"{table.stem}.csv", rows.to_csv(index=False))
        archive.writestr("sample_submission.csv", "SK_ID_CURR,TARGET\n100001,0.5\n")
        archive.writestr("HomeCredit_columns_description.csv", ",Table,Row,Description,Special\n")


@pytest.fixture(scope="module")
def reader(tmp_path_factory, prepared) -> Iterator[Shell]:
    """The shell of a reader of the first tutorial, whose server runs until the last test."""
    folder = tmp_path_factory.mktemp("reader")
    copy_project(folder / "project", prepared)
    write_kaggles_zip(folder / "project" / "home-credit-default-risk.zip", folder / "sample")
    shell = shell_in(folder / "project")
    yield shell
    shell.close()


def test_from_kaggles_zip_to_a_watched_champion(reader):  # the first test: the next ones go on from here
    _, trained, _, published, _, answer, listed, decided, watched = follow(reader, "from_kaggles_zip")

    assert "credit-scoring version 1 is champion" in trained
    assert "history set 1: " in published
    (decision,) = json.loads(answer)["predictions"]
    assert (decision["model"], decision["history"], decision["recorded"]) == ("credit-scoring/1", "store", True)
    assert decision["decision_id"] in listed
    counts = {name: int(count) for name, count in re.findall(r"^(granted|re\w+) +(\d+)$", decided, re.MULTILINE)}
    assert counts["rejected"] == 1
    assert sum(counts.values()) == 500
    assert "credit-scoring version 1, 500 decisions" in watched  # 499 of these, and the first
    assert "no alarm" in watched


def test_an_auditor_is_answered(reader):
    shown, entered, exported = follow(reader, "an_auditor")

    record = json.loads(shown[shown.index("{") :])  # after the count of decisions, on the error stream
    assert record["client_id"] == "100002"
    assert record["model_version"] == "1"
    assert re.search(r"record +1, promotion of version 1\b", entered)
    assert "decisions in data/period.parquet" in exported
    assert len(pd.read_parquet(reader.folder / "data" / "period.parquet")) >= 500


def test_a_client_is_erased_while_the_server_runs(reader):
    erased, listed = follow(reader, "an_erasure")

    assert re.search(r"erased the fields of \d decisions?; the decisions and their numbers stay", erased)
    assert "client 100002" in listed


def test_the_explanations_print_what_their_pages_have(reader):
    outputs = follow(reader, "explanations")

    for name, output in zip(JOURNEYS["explanations"], outputs, strict=True):
        page = (PROJECT / name.partition(":")[0]).read_text("utf-8")
        assert indent(output, "    ") in page, name


def test_from_a_lenders_own_file_to_a_served_champion(tmp_path, prepared):
    shell = shell_in(copy_project(tmp_path, prepared))
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
