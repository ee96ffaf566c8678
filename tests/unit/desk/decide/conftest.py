"""A version whose fields are of every kind: numbers, a day, a choice, a flag, and one with rare categories."""

from datetime import date

import pytest

from custom_model.alternatives import Move
from custom_model.contract import Contract
from custom_model.costs import Costs
from custom_model.meanings import Meaning
from custom_model.ranges import Range
from custom_model.scorecard import Calibration, Scorecard
from desk.served import Version

DAYS = "days before the application, negative"


@pytest.fixture
def today() -> date:
    return date(2026, 3, 31)


@pytest.fixture
def version() -> Version:
    contract = Contract(
        id="SK_ID_CURR",
        numeric=("AMT_CREDIT", "AMT_ANNUITY", "DAYS_EMPLOYED", "FLAG_PHONE", "SHOE_SIZE", "BUREAU_COUNT"),
        categories={"NAME_CONTRACT_TYPE": ("Cash loans", "Revolving loans"), "ORGANIZATION_TYPE": ("Bank",)},
        rest=("ORGANIZATION_TYPE",),
        required=("AMT_CREDIT", "NAME_CONTRACT_TYPE"),
        declared=("FLAG_PHONE",),
        history=("BUREAU_COUNT",),
    )
    amount = Range(lowest=1, highest=1e9)
    scorecard = Scorecard(
        calibration=Calibration(slope=1.0, intercept=0.0),
        costs=Costs(false_negative=10.0, false_positive=1.0),
        texts={},
        meanings={
            "DAYS_EMPLOYED": Meaning(description="First day in the present job.", topic="EMPLOYMENT", unit=DAYS),
            "SHOE_SIZE": Meaning(description="Size of the shoes.", topic="SHOE_SIZE", unit="Paris points"),
        },
        ranges={
            "AMT_CREDIT": amount,
            "AMT_ANNUITY": amount,
            "DAYS_EMPLOYED": Range(lowest=-36525, highest=0, whole=True, special=(365243,)),
            "FLAG_PHONE": Range(lowest=0, highest=1, seen=(0, 1), whole=True),
            "SHOE_SIZE": Range(lowest=10, highest=70, whole=True),
        },
        alternatives={"AMT_CREDIT": Move(lower=0.3, in_proportion=("AMT_ANNUITY",))},
    )
    return Version("credit-scoring", "7", contract, scorecard)
