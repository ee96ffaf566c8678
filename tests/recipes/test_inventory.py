"""Every command of the documents is run by a test, or named as an exception with a reason."""

import re
from pathlib import Path

from steps.run.settings import PROJECT
from tests.recipes.documents import blocks, commands, is_command, parts
from tests.recipes.inventory import EXCEPTIONS, IN_PLACE_OF, JOURNEYS, SAME

FOUND = commands(PROJECT)
RUN = [name for journey in JOURNEYS.values() for name in journey]


def test_every_command_of_the_documents_is_run_or_a_named_exception():
    assert [name for name in FOUND if name not in (*RUN, *EXCEPTIONS, *SAME)] == []
    assert [name for name in (*RUN, *EXCEPTIONS, *SAME) if name not in FOUND] == []
    assert set(RUN) & set(EXCEPTIONS) == set(RUN) & set(SAME) == set(EXCEPTIONS) & set(SAME) == set()


def test_a_command_that_is_run_on_another_page_is_the_same_there():
    assert {name: FOUND[name].text for name in SAME} == {name: FOUND[run].text for name, run in SAME.items()}
    assert set(SAME.values()) <= set(RUN)


def test_every_journey_has_a_test_that_follows_it():
    source = "".join(file.read_text("utf-8") for file in Path(__file__).parent.glob("*.py"))

    assert set(re.findall(r'follow\(.*, "(\w+)"\)', source)) == set(JOURNEYS)


def test_what_a_test_changes_in_a_command_is_in_one():
    run = "\n".join(FOUND[name].text for name in RUN)

    assert [original for original in IN_PLACE_OF if original not in run] == []


def test_indented_and_fenced_blocks_are_found_under_their_headings():
    document = """# One

Text.

    first

    second
      indented

## Two

```bash
third

fourth
```
    fifth"""

    assert blocks(document) == [
        ("One", "first\n\nsecond\n  indented"),
        ("Two", "third\n\nfourth"),
        ("Two", "fifth"),
    ]


def test_a_blank_line_separates_commands_but_not_python():
    assert parts("make run\nmake test\n\noutput") == ["make run\nmake test", "output"]
    assert parts("import requests\n\nprint(1)") == ["import requests\n\nprint(1)"]


def test_a_command_begins_with_a_program_and_an_output_does_not():
    for text in ("make run", "TOKEN=$(x)", "export A=b", "mlflow ui", "import os"):
        assert is_command(text)
    for text in ("Client 1", "{}", "", "error: x"):
        assert not is_command(text)
