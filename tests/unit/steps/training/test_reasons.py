"""The reason texts of a model from the catalogue or the columns' names, and the refusals they explain."""

from dataclasses import replace

import lightgbm as lgb
import numpy as np
import pytest

from custom_model.contract import Contract
from custom_model.costs import Costs
from custom_model.features import Features
from custom_model.meanings import Meaning
from custom_model.scorecard import Calibration, Scorecard
from steps.tables.home_credit import APPLICATION, home_credit
from steps.tables.words import Words
from steps.training.data import TrainingData
from steps.training.reasons import MOST_EXPLAINED, ReasonCoverage, coverage, field_meanings, reason_texts
from steps.training.record import print_coverage

HOME_CREDIT = home_credit()[APPLICATION].meanings


def training_data(numbers: dict[str, np.ndarray], categories: dict[str, tuple[str, ...]] | None = None, **codes):
    contract = Contract(id="ID", numeric=tuple(numbers), categories=categories or {})
    values = {**numbers, **codes}
    features = Features(contract, contract.fields)
    matrix = np.column_stack([values[name] for name in contract.fields]).astype(float)
    return TrainingData(features, matrix, np.zeros(len(matrix), int))


def test_a_number_is_low_or_high_by_the_training_clients_median():
    data = training_data({"EXT_SOURCE_2": np.array([0.2, 0.5, 0.9, np.nan])})

    text = reason_texts(data, ["EXT_SOURCE_2"], HOME_CREDIT)["EXT_SOURCE_2"]

    assert (text.code, text.below, text.above) == ("EXTERNAL_SCORE", 0.5, 0.5)
    assert text.sentence(0.4) == "The score from the second credit reference agency is low"
    assert text.sentence(0.6) == text.sentence(np.nan) == ""


def test_a_change_must_be_beyond_the_neutral_point_and_the_median():
    name = "INSTALMENTS_IS_LATE_MEAN_D90_TO_D365"
    meanings = {name: Meaning(description="A.", topic="LATE_PAYMENTS")}

    text = reason_texts(training_data({name: np.array([0.0, 0.2, 0.4])}), [name], meanings)[name]

    assert (text.below, text.above) == (0.2, 1.0)
    assert text.sentence(0.9) == ""  # late less often than before, though more often than most clients
    assert text.sentence(1.1).startswith("Instalments on earlier loans were paid late more often")


def test_levels_are_told_by_their_code_and_levels_that_training_lacks_are_left_out():
    levels = {"NAME_HOUSING_TYPE": ("House / apartment", "Rented apartment")}
    data = training_data({}, levels, NAME_HOUSING_TYPE=np.array([0, 1, 1]))

    text = reason_texts(data, ["NAME_HOUSING_TYPE"], HOME_CREDIT)["NAME_HOUSING_TYPE"]

    assert text.values == {1.0: "The home is rented"}
    assert text.sentence(0.0) == ""


def test_flags_and_special_values_are_told_by_their_number():
    data = training_data({"DAYS_EMPLOYED": np.array([-4000, -100, 365243])})

    text = reason_texts(data, ["DAYS_EMPLOYED"], HOME_CREDIT)["DAYS_EMPLOYED"]

    assert text.sentence(365243.0) == "No present job is stated"
    assert text.sentence(-50.0) == "Time in the present job is short"
    assert text.sentence(-5000.0) == ""


def test_another_lenders_fields_are_worded_and_described_by_their_names():
    numbers = {"loan_amount": np.arange(5), "has_garden": np.array([0, 1, 1, 0, np.nan])}
    data = training_data(numbers, {"home": ("own", "rent")}, home=np.array([0, 1, 0, 1, 1]))

    texts = reason_texts(data, ["loan_amount", "has_garden", "home"], {})
    meanings = field_meanings(data.contract, {})

    assert texts["loan_amount"].sentence(4.0) == "Loan amount is high"
    assert texts["has_garden"].sentence(0.0) == "Has garden: no"
    assert texts["home"].sentence(1.0) == "Home counts against the application"
    assert {name: meaning.description for name, meaning in meanings.items()} == {
        "loan_amount": "Loan amount.",
        "has_garden": "Has garden.",
        "home": "Home.",
    }


@pytest.mark.parametrize(
    ("sign", "income", "flag"),
    [(1, ("", "Income is high"), {1.0: "Owns car: yes"}), (-1, ("Income is low", ""), {0.0: "Owns car: no"})],
)
def test_a_feature_with_a_direction_gives_no_reason_for_its_safe_side(sign, income, flag):
    data = training_data({"income": np.arange(4.0), "owns_car": np.array([0.0, 1.0, 1.0, 0.0])})
    data = replace(data, directions={"income": sign, "owns_car": sign})

    texts = reason_texts(data, ["income", "owns_car"], {})

    assert (texts["income"].low, texts["income"].high) == income
    assert texts["owns_car"].values == flag


def test_another_lenders_field_with_a_name_of_home_credits_is_not_taken_for_it():
    data = training_data({"DAYS_BIRTH": np.array([20.0, 30.0, 40.0])})

    assert reason_texts(data, ["DAYS_BIRTH"], {})["DAYS_BIRTH"].sentence(50.0) == "Days birth is high"


@pytest.fixture(scope="module")
def refusals():
    """A model of two scores and a building's area, each of which raises the risk by itself where it is low."""
    generator = np.random.default_rng(5)
    numbers = {name: generator.random(2_000) for name in ("EXT_SOURCE_2", "AMT_INCOME_TOTAL", "LANDAREA_AVG")}
    data = training_data(numbers)
    risk = sum((column < 0.5) * weight for column, weight in zip(data.matrix.T, (0.2, 0.2, 0.5), strict=True))
    target = generator.random(2_000) < risk
    params = {"objective": "binary", "verbosity": -1, "num_threads": 1, "num_leaves": 8, "learning_rate": 0.3}
    booster = lgb.train(params, lgb.Dataset(data.matrix, target), num_boost_round=20)
    return booster, data


def scorecard(data: TrainingData, names: list[str]) -> Scorecard:
    return Scorecard(
        calibration=Calibration(slope=1, intercept=0),
        costs=Costs(false_negative=10, false_positive=1),
        texts=reason_texts(data, names, HOME_CREDIT),
    )


def test_refusals_that_rest_on_what_cannot_be_told_are_counted(refusals):
    booster, data = refusals
    scores, income, area = data.matrix.T
    only_area = (area < 0.5) & (scores > 0.5) & (income > 0.5)
    all_three = (area < 0.5) & (scores < 0.5) & (income < 0.5)
    card = scorecard(data, data.features.names)

    by_area = coverage(booster, card, data, only_area, seed=0)
    by_all = coverage(booster, card, data, all_three, seed=0)

    assert by_area.unworded == ["LANDAREA_AVG"]
    assert by_area.refusals == only_area.sum()
    assert by_area.without_reasons > 0.9
    assert by_all.without_reasons == 0
    assert by_all.without_full_reasons > 0.9  # three topics raised the risk, and two can be told
    assert by_all.without_main_reason > 0.9  # the area weighs most


def test_refusals_by_what_can_be_told_are_complete(refusals):
    booster, data = refusals
    scores, _, area = data.matrix.T

    found = coverage(booster, scorecard(data, data.features.names), data, (scores < 0.4) & (area > 0.6), seed=0)

    assert found.without_reasons < 0.03  # a tree may take the noise of a corner for a risk
    assert found.without_main_reason < 0.03


def test_at_most_so_many_refusals_are_explained_the_same_for_one_seed(refusals):
    booster, data = refusals
    everyone = np.ones(len(data.matrix), bool)
    card = scorecard(data, data.features.names)

    assert coverage(booster, card, data, everyone, seed=1).refusals == MOST_EXPLAINED
    assert coverage(booster, card, data, everyone, seed=1) == coverage(booster, card, data, everyone, seed=1)


def test_without_a_refusal_nothing_is_missing(refusals):
    booster, data = refusals

    found = coverage(booster, scorecard(data, data.features.names), data, np.zeros(2_000, bool), seed=0)

    assert (found.refusals, found.without_reasons, found.without_full_reasons) == (0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("found", "printed"),
    [
        (ReasonCoverage([], 500, 0.0, 0.01, 0.01), ""),
        (
            ReasonCoverage(["AREA"], 500, 0.02, 0.5, 0.0),
            "  warning: of 500 refused clients, 2.0% have no reason with a sentence for the client; "
            "50.0% have fewer reasons than a client is due: write sentences into policy.yaml's `wording`, or `words` "
            "into the file's description, first for AREA. Details: features/without_wording.json\n",
        ),
        (
            ReasonCoverage([], 500, 0.0, 0.5, 0.0),
            "  warning: of 500 refused clients, 50.0% have fewer reasons than a client is due: write sentences into "
            "policy.yaml's `wording`, or `words` into the file's description\n",
        ),
    ],
)
def test_the_console_warns_where_it_matters(found, printed, capsys):
    print_coverage(found)

    assert capsys.readouterr().out == printed


def test_a_lenders_words_are_the_reasons_of_its_own_fields():
    numbers = {"income": np.array([1.0, 2.0, 3.0]), "insured": np.array([0.0, 1.0, 1.0]), "AMT_CREDIT": np.arange(3.0)}
    data = training_data(numbers, {"home": ("own", "rent")}, home=np.array([0.0, 1.0, 1.0]))
    words = {
        "income": Words(about="Monthly income of the household", high="", missing="The income is not stated"),
        "insured": Words(low="The loan is not insured"),
        "home": Words(about="Home"),
        "AMT_CREDIT": Words(),
    }
    meanings = {name: Meaning(description=f"{name}.", topic=name) for name in words}

    texts = reason_texts(data, list(words), meanings, words)

    assert texts["income"].sentence(0.0) == "Monthly income of the household is low"
    assert texts["income"].sentence(9.0) == "Monthly income of the household is high"
    assert texts["income"].sentence(np.nan) == "The income is not stated"
    assert texts["insured"].sentence(0.0) == "The loan is not insured"
    assert texts["insured"].sentence(1.0) == "Insured: yes"
    assert texts["home"].sentence(1.0) == "Home counts against the application"
    # A lender's own column of the name of one of Home Credit's is the lender's.
    assert texts["AMT_CREDIT"].sentence(9.0) == "Amt credit is high"
    assert {name: text.code for name, text in texts.items()} == {name: name for name in words}
