"""The ledger on the console: newest first, one record whole, and whether the chain is whole."""

import json
from itertools import count

import pytest
import typer
from mlflow import MlflowClient

from steps.history import main
from steps.ledger.records import CheckRecord, Event, Outcome, enter
from steps.run.console import UserError
from steps.run.options import Truth
from tests.unit.steps.registry.entries import crown, promotion, registered

pytestmark = pytest.mark.slow  # a real registry for each test

NUMBERS = count()


@pytest.fixture
def model(monkeypatch) -> str:
    """A model whose version 1 was refused, and whose version 2 is champion."""
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "olga")
    name = registered(f"told-{next(NUMBERS)}", versions=2)
    checks = tuple(CheckRecord(name=each, passed=each != "calibration", finding="") for each in ("cost", "calibration"))
    enter(name, promotion("1", checks=checks))
    crown(name, "2")
    return name


def in_words_and_whole(printed: str) -> tuple[list[str], dict]:
    """The lines of the record in words, and the record as JSON below them."""
    words, whole = printed.split("\n{", 1)
    return words.splitlines(), json.loads("{" + whole)


def test_records_are_printed_newest_first_a_line_each(model, capsys):
    enter(model, promotion("1", event=Event.approval, outcome=Outcome.approved, approves=2, reason="looks right"))

    main(model)

    head, *lines = capsys.readouterr().out.splitlines()
    assert head.split() == ["no.", "when", "(UTC)", "who", "event", "version", "outcome", "why"]
    assert [line.split()[0] for line in lines] == ["3", "2", "1"]
    assert [line.split()[3:5] for line in lines] == [["olga", "approval"], ["olga", "promotion"], ["olga", "promotion"]]
    assert lines[0].endswith("approved  approves 2; looks right")
    assert lines[2].endswith("refused   failed: calibration")


def test_a_record_is_printed_whole_by_its_number(model, capsys):
    main(model, number=1)

    words, printed = in_words_and_whole(capsys.readouterr().out)
    facts = {line[2:19].strip(): line[19:] for line in words if ":" not in line[:10]}
    assert (facts["record"], facts["outcome"], facts["who"]) == ("1, promotion of version 1", "refused", "olga")
    assert [line.strip() for line in words if line.startswith(("  passed", "  FAILED"))] == [
        "passed: cost",
        "FAILED: calibration",
    ]
    assert (printed["number"], printed["version"], printed["outcome"]) == (1, "1", "refused")
    assert [each["name"] for each in printed["checks"]] == ["cost", "calibration"]
    assert len(printed["digest"]) == 64


def test_a_number_that_no_record_has_is_told(model):
    with pytest.raises(UserError, match=r"number: expected a record of told-\d+, 1 to 2; got 9"):
        main(model, number=9)


def test_a_whole_ledger_has_a_digest_to_keep_elsewhere(model, capsys):
    main(model, number=2)
    digest = in_words_and_whole(capsys.readouterr().out)[1]["digest"]

    main(model, verify_chain=Truth.true)

    assert capsys.readouterr().out.splitlines()[-1] == f"  whole: 2 records; digest of the newest: {digest}"


def test_a_ledger_that_is_not_whole_ends_with_status_1(model, capsys):
    MlflowClient().delete_registered_model(f"{model}-ledger-000002")

    with pytest.raises(typer.Exit) as end:
        main(model, verify_chain=Truth.true)

    assert end.value.exit_code == 1
    assert capsys.readouterr().out.splitlines()[-1] == "  NOT WHOLE: record 2 is missing"


def test_a_changed_record_is_printed_as_changed(model, capsys):
    MlflowClient().set_registered_model_tag(f"{model}-ledger-000001", "record", "{\x1b[31m}")

    main(model)

    assert "\x1b" not in (told := capsys.readouterr().out)
    assert told.splitlines()[-1].split() == ["1", "changed:", "it", "cannot", "be", "read"]


def test_a_model_without_a_record_or_a_version_is_told(capsys):
    name = registered(f"told-{next(NUMBERS)}", versions=1)

    main(name)

    assert f"the ledger of {name} is empty: no version was promoted yet" in capsys.readouterr().out
    with pytest.raises(UserError, match="nobody has no versions"):
        main("nobody")


def test_the_ledger_outlives_its_model(model, capsys):
    MlflowClient().delete_registered_model(model)

    main(model)

    assert len(capsys.readouterr().out.splitlines()) == 3
