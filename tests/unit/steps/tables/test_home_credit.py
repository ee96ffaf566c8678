"""The columns of the seven tables."""

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


def test_every_column_of_the_application_has_a_code_and_words():
    for name, column in home_credit()[APPLICATION].columns.items():
        assert column["kind"] in ("whole", "number", "text"), name
        assert column["code"].replace("_", "").isupper(), name
        assert column["text"], name
        assert column.get("scale", "amount") in ("amount", "days", "age", "flag"), name
