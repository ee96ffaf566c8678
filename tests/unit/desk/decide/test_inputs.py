"""The inputs of a form, from the contract of the served version."""

from datetime import date

from desk.decide.inputs import ANOTHER, as_filled, asked_else, asked_first, inputs, left_out


def one(version, name, filled=None, today=date(2026, 3, 31)):
    (found,) = inputs(version, [name], filled or {}, {}, "en", today)
    return found


def test_only_what_must_be_sent_is_asked_first_in_the_order_of_a_form(version):
    assert asked_first(version) == ["NAME_CONTRACT_TYPE", "AMT_CREDIT", "FLAG_PHONE"]


def test_all_else_of_the_application_is_asked_next_and_past_loans_never(version):
    assert asked_else(version) == ["AMT_ANNUITY", "DAYS_EMPLOYED", "ORGANIZATION_TYPE", "SHOE_SIZE"]


def test_a_required_field_must_be_answered_and_a_declared_one_may_be_unknown(version):
    assert [one(version, name).must for name in asked_first(version)] == [True, True, False]


def test_days_before_the_application_are_asked_for_as_a_day_or_as_what_stands_for_none(version):
    asked = one(version, "DAYS_EMPLOYED", {"special.DAYS_EMPLOYED": "365243"})

    assert (asked.kind, asked.special, asked.ticked) == ("day", 365243, True)


def test_a_flag_and_a_category_are_choices_with_their_words(version):
    assert one(version, "FLAG_PHONE").options == (("1", "yes"), ("0", "no"))
    assert one(version, "NAME_CONTRACT_TYPE").options[0] == ("Cash loans", "Cash loan")
    assert one(version, "ORGANIZATION_TYPE").options[-1][0] == ANOTHER


def test_a_lenders_own_field_has_the_words_of_its_contract(version):
    asked = one(version, "SHOE_SIZE")

    assert (asked.label, asked.help, asked.unit) == ("Shoe size", "Size of the shoes.", "Paris points")
    assert (asked.lowest, asked.highest, asked.whole) == (10, 70, True)


def test_an_application_on_record_fills_the_form_with_the_days_that_it_meant(version):
    application = {
        "AMT_CREDIT": 100_000.5,
        "DAYS_EMPLOYED": -31,
        "FLAG_PHONE": 1,
        "NAME_CONTRACT_TYPE": "Cash loans",
        "SHOE_SIZE": None,
        "UNKNOWN_NOW": 5,
    }

    filled = as_filled(version, application, date(2026, 3, 31))

    assert filled == {
        "field.AMT_CREDIT": "100000.5",
        "field.DAYS_EMPLOYED": "2026-02-28",
        "field.FLAG_PHONE": "1",
        "field.NAME_CONTRACT_TYPE": "Cash loans",
    }


def test_a_value_that_stands_for_none_fills_its_tick(version):
    assert as_filled(version, {"DAYS_EMPLOYED": 365243}, date(2026, 3, 31)) == {"special.DAYS_EMPLOYED": "365243"}


def test_a_value_that_the_form_cannot_show_is_left_out_by_name_and_a_rare_category_is_another(version):
    application = {"SK_ID_CURR": 5, "NAME_CONTRACT_TYPE": "Consumer loans", "ORGANIZATION_TYPE": "Circus", "OLD": 1}

    assert left_out(version, application) == ["NAME_CONTRACT_TYPE", "OLD"]
    assert as_filled(version, application, date(2026, 3, 31)) == {"field.ORGANIZATION_TYPE": ANOTHER}
