"""Governance and policy as the documents print them, and what their pages compute."""

import re

import pytest

from steps.run.settings import PROJECT
from tests.recipes.following import follow

pytestmark = pytest.mark.slow


@pytest.mark.usefixtures("own_policy")
def test_governance_from_the_first_champion_to_a_rollback(shell):  # the page's numbers are 1 and 2
    before, changed, judged, waiting, approved, back, after = follow(shell, "governance")

    assert re.search(r"1 .* promotion +1 +champion", before)
    assert "costs 12 : 1 (threshold 0.0769) in place of 10 : 1 (threshold 0.0909)" in changed
    assert "credit-scoring version 2 would pass the gate; nothing moved and nothing is on record" in judged
    assert "credit-scoring version 2 waits for the approval of another person" in waiting
    assert "credit-scoring version 2 is approved, and champion" in approved
    assert "credit-scoring version 1 is champion again in place of version 2" in back
    assert [line.split()[4] for line in after.splitlines() if re.match(r" +\d+ ", line)] == [
        "rollback",
        "approval",
        "promotion",
        "policy",
        "promotion",
    ]
    assert re.search(r"maria +approval", after)
    assert "whole: 5 records" in after


@pytest.mark.usefixtures("own_policy")
def test_another_policy(shell):
    changed, promoted = follow(shell, "another_policy")

    assert "credit-scoring version 1 has this policy already: no new version" in changed
    # Of the latest version, which is the champion already where no other test has trained one.
    assert re.search(r"is champion|stays champion|is the champion already", promoted)


def test_clients_are_reviewed_as_the_page_prints(shell):
    (printed,) = follow(shell, "review")

    assert printed.strip() == "[False, True, True, False]"
    assert f"prints `{printed.strip()}`" in (PROJECT / "docs" / "governance.md").read_text("utf-8")


def test_points_are_those_that_the_page_prints(shell):
    (printed,) = follow(shell, "points")

    assert printed.strip() == "600 620 554"
    assert f"prints `{printed.strip()}`" in (PROJECT / "docs" / "api.md").read_text("utf-8")
