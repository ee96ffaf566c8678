"""A letter: what it says of a decision, and which decisions have none."""

import pytest

from desk.find.letter import has_letter, letter_of
from desk.problems import Problem
from steps.run.letters import Letters
from tests.unit.desk.find.conftest import NOON

SENDER = Letters(
    lender="Northern", address=("1 Harbour Street",), currency="EUR", amounts=("AMT_CREDIT", "AMT_ANNUITY", "ABSENT")
)


def test_a_refusal_has_what_was_asked_why_and_what_would_have_been_granted(past):
    letter = letter_of(past(), SENDER, "en")

    assert [(each.words, each.value) for each in letter.asked] == [
        ("Amount of the loan", "1,500\u00a0EUR"),
        ("Instalment", "125.25\u00a0EUR"),
    ]
    assert [text for text, _ in letter.reasons] == [
        "A sentence of this lender's own",
        "Time in the present job is short for a person of this age",
    ]
    assert [[each.value for each in offer] for offer in letter.offers] == [["1,200.50\u00a0EUR", "100\u00a0EUR"]]
    assert (letter.outcome, letter.decided_at, letter.person) == ("refused", NOON, "")
    assert letter.model == "credit-scoring, version 7"


def test_a_reason_without_a_translation_keeps_its_language_and_is_counted(past):
    letter = letter_of(past(), SENDER, "fr")

    assert [language for _, language in letter.reasons] == ["en", "fr"]
    assert letter.reasons[0][0] == "A sentence of this lender's own"
    assert letter.untranslated == 1
    assert letter.asked[0].value == "1\u202f500\u00a0EUR"


def test_a_person_who_refuses_gives_the_reason_in_their_own_words(past, answered):
    letter = letter_of(past([], [answered("refused")]), SENDER, "en")

    assert (letter.outcome, letter.person, letter.words) == ("refused", "eva", "Income is proven.")
    assert letter.decided_at == NOON.replace(day=3)
    assert len(letter.reasons) == 2  # of the model, which refused first


def test_a_person_who_grants_leaves_nothing_to_explain(past, answered):
    letter = letter_of(past([], [answered("granted")]), SENDER, "en")

    assert (letter.outcome, letter.words, letter.reasons, letter.offers) == ("granted", "", [], [])


def test_a_refused_referral_has_no_reasons_of_a_model_that_did_not_decide(past, answered):
    letter = letter_of(past([], [answered("refused")], decision="referred"), SENDER, "en")

    assert (letter.words, letter.reasons) == ("Income is proven.", [])


def test_the_last_answer_counts(past, answered):
    letter = letter_of(past([], [answered("granted"), answered("refused", decided_by="ida")]), SENDER, "en")

    assert (letter.outcome, letter.person) == ("refused", "ida")


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"decision": "granted"}, "letter.granted"),
        ({"decision": "referred"}, "letter.waiting"),
        ({"reasons": []}, "letter.no_reasons"),
        ({"erased_at": NOON, "fields": None}, "letter.erased"),
    ],
    ids=["granted", "waiting", "without reasons", "erased"],
)
def test_some_decisions_have_no_letter(past, changes, problem):
    with pytest.raises(Problem) as raised:
        letter_of(past(**changes), SENDER, "en")

    assert raised.value.key == problem
    assert not has_letter(past(**changes))


@pytest.mark.parametrize(
    ("sender", "lacking"),
    [
        (Letters(), ("lender", "address", "email")),
        (Letters(lender="Northern"), ("address", "email")),
        (Letters(lender="Northern", address=("",)), ("address", "email")),
        (Letters(email="a@b.example"), ("lender",)),
        (Letters(lender="Northern", email="a@b.example"), ()),
    ],
    ids=["empty", "no place", "an empty line", "nobody", "enough"],
)
def test_no_letter_goes_out_without_who_writes_and_where_to_answer(past, sender, lacking):
    assert sender.lacking == lacking
    if lacking:
        with pytest.raises(Problem) as raised:
            letter_of(past(), sender, "en")
        assert raised.value.key == "letter.no_sender"
        assert all(f"letters.{name}" in raised.value.values["entries"] for name in lacking)


def test_a_letter_without_the_notices_that_another_language_has_is_named(past):
    sender = SENDER.model_copy(update={"notices": {"en": ("Where to find advice.",)}})

    assert not letter_of(past(), sender, "en").lacks_notices
    assert letter_of(past(), sender, "fr").lacks_notices
    assert not letter_of(past(), SENDER, "fr").lacks_notices
