"""Derived features, against the same figures in plain Python."""

import math
import statistics
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from custom_model.derived import BUILDING, GROUPS, Group, available, derive, derive_row, missing_inputs

INPUTS = tuple(sorted({name for group in GROUPS for name in group.inputs}))
FEATURES = tuple(feature for group in GROUPS for feature in group.features)
EXT_SOURCES = ("EXT_SOURCE_1", "EXT_SOURCE_2", "EXT_SOURCE_3")
CLIENT = {
    "EXT_SOURCE_1": 0.2,
    "EXT_SOURCE_2": 0.5,
    "EXT_SOURCE_3": 0.8,
    "AMT_CREDIT": 500_000.0,
    "AMT_ANNUITY": 25_000.0,
    "AMT_GOODS_PRICE": 400_000.0,
    "AMT_INCOME_TOTAL": 100_000.0,
    "CNT_FAM_MEMBERS": 4.0,
    "CNT_CHILDREN": 2.0,
    "DAYS_BIRTH": -14_610.0,  # 40 years of 365.25 days
    "DAYS_EMPLOYED": -3_652.5,
    "DAYS_LAST_PHONE_CHANGE": -1_461.0,
    "DAYS_REGISTRATION": -7_305.0,
    "DAYS_ID_PUBLISH": -2_922.0,
    "OWN_CAR_AGE": 10.0,
    **{f"FLAG_DOCUMENT_{number}": 0.0 for number in range(2, 22)},
    "FLAG_DOCUMENT_3": 1.0,
    "FLAG_DOCUMENT_8": 1.0,
    **{f"{part}_AVG": 0.5 for part in BUILDING},
    **{f"AMT_REQ_CREDIT_BUREAU_{span}": 1.0 for span in ("HOUR", "DAY", "WEEK", "MON", "QRT", "YEAR")},
    "OBS_30_CNT_SOCIAL_CIRCLE": 2.0,
    "PREVIOUS_AMT_ANNUITY_MEAN_LAST1": 20_000.0,
    "PREVIOUS_AMT_CREDIT_MAX_APPROVED": 250_000.0,
    "BUREAU_AMT_CREDIT_SUM_DEBT_SUM_ACTIVE": 30_000.0,
    "POS_REMAINING_SUM_NOW": 60_000.0,
}


def derived(**changes: float) -> dict[str, float]:
    """Every derived feature of the client with these changes."""
    client = {**CLIENT, **changes}
    out = np.empty((1, len(FEATURES)))
    derive(GROUPS, {name: np.array([value]) for name, value in client.items()}, out)
    return {feature.name: float(out[0, place]) for place, feature in enumerate(FEATURES)}


def test_every_feature_of_one_client_equals_plain_arithmetic():
    scores = [0.2, 0.5, 0.8]
    mean = sum(scores) / 3
    # The credit is 20 annuities. n of them exceed it by (n - 20) / 20, which is within 0 .. 0.5 for n of 20 .. 30.
    interests = [25_000 * n / 500_000 - 1 for n in range(20, 31)]
    expected = {
        "EXT_SOURCE_MEAN": mean,
        "EXT_SOURCE_MIN": 0.2,
        "EXT_SOURCE_MAX": 0.8,
        "EXT_SOURCE_STD": statistics.pstdev(scores),
        "EXT_SOURCE_PRODUCT": 0.2 * 0.5 * 0.8,
        "EXT_SOURCE_WEIGHTED": (0.2 + 2 * 0.5 + 2 * 0.8) / 5,
        "EXT_SOURCE_KNOWN": 3,
        "CREDIT_BY_EXT_SOURCE": 500_000 / mean,
        "ANNUITY_BY_EXT_SOURCE": 25_000 / mean,
        "AGE_BY_EXT_SOURCE": 40 / mean,
        "TERM": 20,
        "CREDIT_TO_GOODS": 1.25,
        "CREDIT_ABOVE_GOODS": 100_000,
        "CREDIT_TO_INCOME": 5,
        "ANNUITY_TO_INCOME": 0.25,
        "INCOME_PER_FAMILY_MEMBER": 25_000,
        "CHILDREN_SHARE": 0.5,
        "IS_EMPLOYED": 1,
        "YEARS_EMPLOYED": 10,
        "EMPLOYED_TO_AGE": 0.25,
        "PHONE_CHANGE_TO_AGE": 0.1,
        "REGISTRATION_TO_AGE": 0.5,
        "ID_PUBLISH_TO_AGE": 0.2,
        "CAR_AGE_TO_AGE": 0.25,
        "DOCUMENTS": 2,
        "MISSING_FIELDS": 0,
        "PREVIOUS_ANNUITY_TO_ANNUITY": 0.8,
        "PREVIOUS_CREDIT_TO_CREDIT": 0.5,
        "DEBT_TO_INCOME": 0.3,
        "REMAINING_TO_INCOME": 0.6,
        "INTEREST_MIN": min(interests),
        "INTEREST_MEAN": statistics.mean(interests),
        "INTEREST_MAX": max(interests),
    }

    assert derived() == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("known", [[0.3], [0.3, 0.7]], ids=["one score", "two scores"])
def test_missing_scores_count_neither_for_nor_against(known):
    scores = dict(zip(reversed(EXT_SOURCES), known, strict=False))
    features = derived(**{**dict.fromkeys(EXT_SOURCES, math.nan), **scores})

    assert features["EXT_SOURCE_MEAN"] == pytest.approx(statistics.mean(known))
    assert features["EXT_SOURCE_WEIGHTED"] == pytest.approx(statistics.mean(known))  # sources 2 and 3 weigh the same
    assert features["EXT_SOURCE_STD"] == pytest.approx(statistics.pstdev(known))
    assert (features["EXT_SOURCE_MIN"], features["EXT_SOURCE_MAX"]) == (min(known), max(known))
    assert features["EXT_SOURCE_KNOWN"] == len(known)
    assert math.isnan(features["EXT_SOURCE_PRODUCT"])


def test_without_any_score_only_their_count_is_known():
    features = derived(**dict.fromkeys(EXT_SOURCES, math.nan))

    of_scores = {name for name in features if "EXT_SOURCE" in name}
    assert features["EXT_SOURCE_KNOWN"] == 0
    assert all(math.isnan(features[name]) for name in of_scores - {"EXT_SOURCE_KNOWN"})


def test_missing_fields_are_counted():
    unknown = {"EXT_SOURCE_1": math.nan, "OWN_CAR_AGE": math.nan, "LANDAREA_AVG": math.nan, "AMT_ANNUITY": math.nan}

    assert derived(**unknown)["MISSING_FIELDS"] == 3  # every loan has an annuity: it is not counted


def test_the_sentinel_for_no_employment_is_not_a_number_of_days():
    features = derived(DAYS_EMPLOYED=365_243.0)

    assert features["IS_EMPLOYED"] == 0
    assert math.isnan(features["YEARS_EMPLOYED"])
    assert math.isnan(features["EMPLOYED_TO_AGE"])


def test_unknown_employment_is_not_unemployment():
    assert math.isnan(derived(DAYS_EMPLOYED=math.nan)["IS_EMPLOYED"])


@pytest.mark.parametrize(
    ("zero", "features"),
    [
        ("AMT_INCOME_TOTAL", ["CREDIT_TO_INCOME", "ANNUITY_TO_INCOME"]),
        ("AMT_ANNUITY", ["TERM", "INTEREST_MIN", "INTEREST_MEAN", "INTEREST_MAX"]),
        ("AMT_CREDIT", ["INTEREST_MIN", "INTEREST_MEAN", "INTEREST_MAX"]),
        ("AMT_GOODS_PRICE", ["CREDIT_TO_GOODS"]),
        ("CNT_FAM_MEMBERS", ["CHILDREN_SHARE", "INCOME_PER_FAMILY_MEMBER"]),
        ("DAYS_BIRTH", ["EMPLOYED_TO_AGE", "PHONE_CHANGE_TO_AGE", "CAR_AGE_TO_AGE"]),
    ],
)
def test_a_feature_divided_by_zero_is_missing(zero, features):
    computed = derived(**{zero: 0.0})

    assert all(math.isnan(computed[name]) for name in features)


@given(
    annuity=st.integers(min_value=1, max_value=100_000), credit=st.integers(min_value=1, max_value=1_000_000)
)  # fmt: skip
def test_implied_interest_equals_that_of_every_possible_term(annuity, credit):
    interests = [Fraction(annuity * n, credit) - 1 for n in range(1, 100)]
    # At the very edge of a term's admission rounding decides; both answers are right there.
    assume(all(edge not in interests for edge in (0, Fraction(1, 2))))
    admitted = [rate for n, rate in enumerate(interests, start=1) if 6 <= n <= 60 and 0 <= rate <= Fraction(1, 2)]

    features = derived(AMT_ANNUITY=float(annuity), AMT_CREDIT=float(credit))

    if not admitted:
        assert all(math.isnan(features[f"INTEREST_{which}"]) for which in ("MIN", "MEAN", "MAX"))
    else:
        assert features["INTEREST_MIN"] == pytest.approx(float(min(admitted)), abs=1e-9)
        assert features["INTEREST_MEAN"] == pytest.approx(float(sum(admitted) / len(admitted)), abs=1e-9)
        assert features["INTEREST_MAX"] == pytest.approx(float(max(admitted)), abs=1e-9)


numbers = st.floats(width=64) | st.sampled_from([0.0, 1.0, -1.0, 365_243.0, math.nan])
batches = arrays(np.float64, st.tuples(st.integers(1, 9), st.just(len(INPUTS))), elements=numbers)


def bits(row: np.ndarray) -> bytes:
    """The row to the last bit; the sign of a NaN is the processor's and means nothing."""
    return np.where(np.isnan(row), np.nan, row).tobytes()


@given(batches)
def test_a_row_has_the_same_bits_in_any_batch(batch):
    together = np.empty((len(batch), len(FEATURES)))
    derive(GROUPS, dict(zip(INPUTS, batch.T, strict=True)), together)

    for row, values in enumerate(batch):
        alone = np.empty(len(FEATURES))
        derive_row(GROUPS, dict(zip(INPUTS, values, strict=True)), alone)
        assert bits(alone) == bits(together[row])


@given(batches)
def test_no_feature_is_ever_infinite(batch):
    out = np.empty((len(batch), len(FEATURES)))
    derive(GROUPS, dict(zip(INPUTS, batch.T, strict=True)), out)

    assert not np.isinf(out).any()


def names_of(groups: tuple[Group, ...]) -> list[str]:
    return [feature.name for group in groups for feature in group.features]


def test_a_feature_is_derived_where_all_its_inputs_are_fields():
    assert names_of(available(*2 * (("AMT_CREDIT", "AMT_ANNUITY", "CNT_CHILDREN"),))) == [
        "INTEREST_MIN",
        "INTEREST_MEAN",
        "INTEREST_MAX",
    ]
    assert available((), ()) == ()
    assert available(INPUTS, INPUTS) == GROUPS


def test_a_field_with_a_features_name_replaces_it():
    assert names_of(available(*2 * (("AMT_CREDIT", "AMT_ANNUITY", "INTEREST_MIN"),))) == []


def test_each_feature_that_cannot_be_derived_is_listed_with_its_absent_inputs():
    known = [name for name in INPUTS if name not in ("DAYS_BIRTH", "OWN_CAR_AGE", "POS_REMAINING_SUM_NOW")]

    assert missing_inputs(known) == {
        "AGE_BY_EXT_SOURCE": ("DAYS_BIRTH",),
        "EMPLOYED_TO_AGE": ("DAYS_BIRTH",),
        "PHONE_CHANGE_TO_AGE": ("DAYS_BIRTH",),
        "REGISTRATION_TO_AGE": ("DAYS_BIRTH",),
        "ID_PUBLISH_TO_AGE": ("DAYS_BIRTH",),
        "CAR_AGE_TO_AGE": ("OWN_CAR_AGE", "DAYS_BIRTH"),
        "MISSING_FIELDS": ("OWN_CAR_AGE",),
        "REMAINING_TO_INCOME": ("POS_REMAINING_SUM_NOW",),
    }


def test_with_all_inputs_nothing_is_missing_and_without_any_everything_is():
    assert missing_inputs(INPUTS) == {}
    assert list(missing_inputs(())) == [feature.name for feature in FEATURES]


def test_a_feature_that_the_table_has_itself_is_not_listed_as_missing():
    assert "DEBT_TO_INCOME" not in missing_inputs((), fields=("DEBT_TO_INCOME",))


@pytest.mark.parametrize("absent", INPUTS)
def test_a_feature_is_either_derived_or_listed_as_missing(absent):
    numeric = tuple(name for name in INPUTS if name != absent)

    derived_names = set(names_of(available(numeric, numeric)))

    assert derived_names.isdisjoint(missing_inputs(numeric, numeric))
    assert derived_names | missing_inputs(numeric, numeric).keys() == {feature.name for feature in FEATURES}


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.features[0].name)
def test_a_group_computes_a_column_for_each_of_its_features(group):
    columns = group.compute(*(np.array([CLIENT[name]]) for name in group.inputs))

    assert [column.shape for column in columns] == [(1,)] * len(group.features)


def test_every_feature_has_a_unique_name_a_topic_and_a_description():
    assert len({feature.name for feature in FEATURES}) == len(FEATURES)
    assert not {feature.name for feature in FEATURES} & set(INPUTS)
    for feature in FEATURES:
        assert feature.topic.replace("_", "").isupper()
        assert feature.description


def test_nothing_is_derived_from_the_codes_of_a_category():
    fields = ("AMT_ANNUITY", "AMT_CREDIT")

    assert names_of(available(("AMT_ANNUITY",), fields)) == []
    assert "INTEREST_MIN" in names_of(available(fields, fields))
