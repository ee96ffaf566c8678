"""What is true now, in sentences."""

import pytest

from desk.language.catalogue import words
from desk.language.languages import day
from desk.models.sentence import BY, true_now
from steps.ledger.records import Event
from tests.unit.desk.models.models import model, record


def said(found, language="en") -> str:
    catalogue = words()
    return " ".join(
        catalogue[each.key][language].format(day=day(each.at, language) if each.at else "", **each.values)
        for each in true_now(found)
    )


def test_who_decides_and_who_waits_are_named():
    waiting = record(2, "3", "promotion", "pending", who="olga", approvals=1)
    found = model(record(1, "2", "promotion", "champion"), waiting, champion="2", waiting=waiting)

    assert said(found) == (
        "Version 2 decides since 3 March 2026, promoted by ana. "
        "Version 3 passed the gate on 4 March 2026, asked for by olga, and waits for one approval."
    )
    assert said(found, "fr").startswith("La version 2 décide depuis le 3 mars 2026, promue par ana.")


def test_an_approval_that_was_given_is_missing_no_longer():
    waiting = record(2, "3", "promotion", "pending", approvals=3, forced=True, reason="urgent")
    found = model(record(1, "2", "promotion", "champion"), waiting, champion="2", waiting=waiting, approved_by=["eva"])

    assert said(found).endswith("ana overruled it on 4 March 2026, and it waits for 2 approvals.")


@pytest.mark.parametrize("event", list(BY))
def test_every_way_to_become_champion_has_its_words(event):
    found = model(record(1, "2", event, "champion"), champion="2")

    assert "Version 2 decides" in said(found)
    assert "3 March 2026" in said(found)


def test_every_event_that_makes_a_champion_is_worded():
    assert set(Event) - set(BY) == {Event.policy, Event.transfer}  # neither changes who decides


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        (model(versions=0), "No version of scoring is registered"),
        (model(), "No version decides"),
        (model(record(1, "1", "promotion", "champion"), champion="2"), "the ledger does not say since when"),
    ],
    ids=["no version", "no champion", "set by hand"],
)
def test_without_a_champion_on_record_the_page_says_so(found, sentence):
    assert sentence in said(found)
