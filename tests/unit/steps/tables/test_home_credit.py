"""The columns of the seven tables."""

import pytest

from steps.tables.home_credit import APPLICATION, home_credit


def test_the_seven_tables_are_kaggles_with_all_their_columns():
    # Counted in Kaggle's files: 122, 17, 3, 37, 8, 8 and 23 columns, the target among the first.
    columns = {name: len(schema.types) for name, schema in home_credit().items()}

    assert columns == {
        "application_train": 121,
        "bureau": 17,
        "bureau_balance": 3,
        "previous_application": 37,
        "POS_CASH_balance": 8,
        "installments_payments": 8,
        "credit_card_balance": 23,
    }


def test_keys_are_whole_numbers_and_other_numbers_may_be_missing():
    types = home_credit()["bureau"].types

    assert (types["SK_ID_CURR"], types["AMT_CREDIT_SUM"], types["CREDIT_TYPE"]) == ("int64", "float64", "string")


def test_every_column_of_the_application_has_a_description_and_a_topic():
    for name, meaning in home_credit()[APPLICATION].meanings.items():
        assert meaning.topic.replace("_", "").isupper(), name
        assert meaning.description[0].isupper(), name
        assert meaning.description.endswith("."), name
        assert name not in meaning.description, name


def test_a_number_of_the_application_has_a_unit_and_bounds_and_a_text_has_none():
    application = home_credit()[APPLICATION]

    for name, meaning in application.meanings.items():
        if application.columns[name]["kind"] == "text":
            assert (meaning.unit, meaning.lowest, meaning.highest) == ("", None, None), name
        else:
            assert meaning.unit, name
            assert meaning.lowest < meaning.highest, name
            assert not any(meaning.lowest <= value <= meaning.highest for value in meaning.special), name


@pytest.mark.parametrize(
    ("name", "lowest", "highest", "special"),
    [
        ("AMT_CREDIT", 1, 1e9, ()),
        ("AMT_INCOME_TOTAL", 0, 1e9, ()),
        ("EXT_SOURCE_2", 0, 1, ()),
        ("DAYS_BIRTH", -100 * 365.25, -18 * 365, ()),
        ("DAYS_EMPLOYED", -100 * 365.25, 0, (365243,)),
        ("HOUR_APPR_PROCESS_START", 0, 23, ()),
    ],
)
def test_what_a_field_can_be_is_what_the_world_allows(name, lowest, highest, special):
    meaning = home_credit()[APPLICATION].meanings[name]

    assert (meaning.lowest, meaning.highest, meaning.special) == (lowest, highest, special)
