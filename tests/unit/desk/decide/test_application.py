"""The application that a form has."""

import pytest

from desk.decide.application import before_and_now, client_of, read_application

FORM = {
    "client": " 100002 ",
    "history": "store",
    "field.AMT_CREDIT": "100000.5",
    "field.DAYS_EMPLOYED": "2026-03-01",
    "field.FLAG_PHONE": "0",
    "field.NAME_CONTRACT_TYPE": "Cash loans",
    "field.SHOE_SIZE": " ",
}


def test_a_form_is_an_application_in_the_contracts_types(version, today):
    read = read_application(FORM, version, "en", today)

    assert read.fields == {
        "SK_ID_CURR": 100002,
        "AMT_CREDIT": 100_000.5,
        "DAYS_EMPLOYED": -30,
        "FLAG_PHONE": 0,
        "NAME_CONTRACT_TYPE": "Cash loans",
    }
    assert (read.params, read.wrong) == ({}, {})


def test_what_must_be_declared_and_is_left_open_is_sent_as_null(version, today):
    read = read_application({**FORM, "field.FLAG_PHONE": ""}, version, "en", today)

    assert read.fields["FLAG_PHONE"] is None


def test_a_tick_takes_the_place_of_the_day(version, today):
    read = read_application({**FORM, "special.DAYS_EMPLOYED": "365243"}, version, "en", today)

    assert read.fields["DAYS_EMPLOYED"] == 365243


def test_a_client_without_past_loans_needs_no_number(version, today):
    read = read_application({**FORM, "client": "", "history": "none"}, version, "en", today)

    assert read.params == {"history": "none"}
    assert "SK_ID_CURR" not in read.fields
    assert read.wrong == {}


def test_a_form_that_neither_names_the_client_nor_denies_past_loans_says_so(version, today):
    read = read_application({**FORM, "client": ""}, version, "fr", today)

    assert read.wrong["client"].text == "Cherchez le client, ou indiquez qu'il n'y a pas de crédit passé."


@pytest.mark.parametrize("value", ["much", "1,000", "nan", "inf", "1e999"])
def test_what_is_no_number_is_named_and_not_read_as_missing(version, today, value):
    read = read_application({**FORM, "field.AMT_CREDIT": value}, version, "en", today)

    assert list(read.wrong) == ["AMT_CREDIT"]


@pytest.mark.parametrize("value", ["31.03.2026", "2026-02-30", "yesterday"])
def test_what_is_no_day_is_named(version, today, value):
    assert list(read_application({**FORM, "field.DAYS_EMPLOYED": value}, version, "en", today).wrong) == [
        "DAYS_EMPLOYED"
    ]


@pytest.mark.parametrize("text", ["", "12a", "1.0", "²", "１２", "--1", "0x10", "9" * 5_000])
def test_a_text_is_no_whole_number(text):
    assert client_of(text, is_text=False) is None


def test_ids_are_whole_numbers_or_texts_as_in_training():
    assert client_of("-5", is_text=False) == -5
    assert client_of("A-5", is_text=True) == "A-5"


WAS = {"was.client": "7", "was.history": "store", "was.field.SHOE_SIZE": "43", "was.special.DAYS_EMPLOYED": "365243"}


def test_of_sliders_alone_every_other_answer_stays_as_it_was():
    was, now = before_and_now({**WAS, "share.AMT_CREDIT": "90"})

    assert was == {name.removeprefix("was."): value for name, value in WAS.items()}
    assert was.items() <= now.items()
    assert now["share.AMT_CREDIT"] == "90"


def test_a_tick_that_is_taken_away_is_gone_and_the_client_stays():
    _, now = before_and_now({**WAS, "field.SHOE_SIZE": "44", "field.DAYS_EMPLOYED": "2026-03-01"})

    assert "special.DAYS_EMPLOYED" not in now
    assert (now["client"], now["history"], now["field.SHOE_SIZE"]) == ("7", "store", "44")
