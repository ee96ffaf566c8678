"""The gate's checks have names in both languages."""

import ast
from pathlib import Path

from desk.models.checks import check_rows
from steps.gate import answers, contracts, replay
from steps.run.settings import PROJECT
from tests.unit.desk.models.models import check

NAMED = {"NAME", "answers.NAME", "contracts.NAME", "replay.NAME", "name"}  # constants, whose values follow


def names_in_the_code() -> set[str]:
    """The first argument of each Check(...) of the gate, where it is written there."""
    files = [*Path(PROJECT, "steps", "gate").glob("*.py"), *Path(PROJECT, "steps", "registry").glob("*.py")]
    first = [
        node.args[0]
        for file in files
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "Check"
    ]
    assert {ast.unparse(each) for each in first if not isinstance(each, ast.Constant)} <= NAMED
    literal = {each.value for each in first if isinstance(each, ast.Constant)}
    return literal | {answers.NAME, contracts.NAME, replay.NAME, "credit won by omission"}


def test_every_check_of_the_gate_has_a_name_in_both_languages():
    assert len(names_in_the_code()) > 10
    rows = check_rows([check(name, True) for name in sorted(names_in_the_code())])

    assert [row.name for row in rows if not row.key] == []


def test_what_failed_comes_first_and_an_unknown_check_keeps_its_recorded_name():
    rows = check_rows([check("ranking", True), check("of tomorrow", False)])

    assert [(row.name, row.key, row.passed) for row in rows] == [
        ("of tomorrow", "", False),
        ("ranking", "models.check.ranking", True),
    ]
