"""Groups of clients: by protected attribute, by pairs, by segment; none of a few clients, none with one's own value."""

import re

import numpy as np
import pandas as pd
import pytest

from custom_model.meanings import Meaning
from steps.evaluation.groups import (
    QUANTILE_GROUPS,
    SMALLEST_GROUP,
    SMALLEST_PAIR,
    attribute_in_words,
    client_groups,
    pair_groups,
    segment_groups,
)
from steps.run.policy import Segment
from steps.tables.feature_table import FeatureTable
from tests.unit.steps.evaluations import calibrated_clients, evaluation_of
from tests.unit.steps.lender import POLICY, lender_table

EVALUATION = evaluation_of(*calibrated_clients(600))


def groups_of(table: FeatureTable, attribute: str, policy=POLICY) -> dict[str, int]:
    """The number of clients of each group of an attribute."""
    return {each.name: each.clients for each in client_groups(EVALUATION, table, policy) if each.attribute == attribute}


def segments_of(table: FeatureTable, **segments: Segment) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for each in segment_groups(EVALUATION, table, POLICY.model_copy(update={"segments": segments})):
        found.setdefault(each.attribute, {})[each.name] = each.clients
    return found


def test_a_group_of_a_few_clients_is_left_out():
    sex = np.repeat(["f", "m", "x"], [600 - 2 * SMALLEST_GROUP + 1, SMALLEST_GROUP, SMALLEST_GROUP - 1])

    assert groups_of(lender_table(sex=sex), "sex") == {"f": 600 - 2 * SMALLEST_GROUP + 1, "m": SMALLEST_GROUP}


def test_numbers_are_put_into_bands_of_equal_size():
    assert list(groups_of(lender_table(), "age").values()) == QUANTILE_GROUPS * [120]


def test_bands_of_ages_are_in_years_from_the_youngest_on_and_open_at_both_ends():
    table = lender_table(age=-365.25 * np.linspace(20, 70, 600))
    age = Meaning(description="Day of birth.", topic="AGE")
    table.lineage = table.lineage.model_copy(update={"meanings": {"age": age}})

    names = list(groups_of(table, "age"))

    assert names == ["up to 30 years", "30 to 40 years", "40 to 50 years", "50 to 60 years", "over 60 years"]
    assert attribute_in_words("age", table.lineage.meanings) == "Age"


def test_an_age_that_is_in_years_already_stays_in_years():
    table = lender_table(age=np.linspace(20, 70, 600))
    table.lineage = table.lineage.model_copy(update={"meanings": {"age": Meaning(description="Age.", topic="AGE")}})

    assert list(groups_of(table, "age")) == ["up to 30", "30 to 40", "40 to 50", "50 to 60", "over 60"]


def test_no_name_of_a_band_has_the_least_or_the_greatest_value():
    income = np.random.default_rng(3).lognormal(10, 0.5, 600).round(2)

    (bands,) = segments_of(lender_table(income=income), income=Segment(by="income")).values()

    text = " ".join(bands).replace(",", "")
    assert not {f"{income.min():.0f}", f"{income.max():.0f}"} & set(re.findall(r"[\d.]+", text))
    assert next(iter(bands)).startswith("up to ")
    assert list(bands)[-1].startswith("over ")


@pytest.mark.parametrize("missing", [None, np.nan])
def test_a_value_that_is_not_known_is_no_group(missing):
    sex = pd.Series(["f"] * 300 + [missing] * 300, dtype=object)

    assert groups_of(lender_table(sex=sex), "sex") == {"f": 300}


def test_a_number_that_is_not_known_is_no_group():
    table = lender_table()
    table.frame.loc[::3, "age"] = np.nan

    assert sum(groups_of(table, "age").values()) == 400


def test_a_column_that_the_description_protects_has_groups_without_the_policy_naming_it():
    table = lender_table()
    lineage = table.lineage.model_copy(update={"protected": ("job", "sex")})

    groups = client_groups(EVALUATION, FeatureTable(table.frame, lineage, table.path), POLICY)

    attributes = [each.attribute for each in groups]
    assert list(dict.fromkeys(attributes)) == ["sex", "age", "job"]
    assert attributes.count("sex") == 2


def test_an_attribute_that_is_coded_in_few_numbers_has_a_group_for_each():
    # Fifths of 1 and 2, as Taiwan's SEX, would be one band of all.
    sex = np.where(np.arange(600) % 3, 1.0, 2.0)

    assert groups_of(lender_table(sex=sex), "sex") == {"1": 400, "2": 200}


def test_bands_that_lie_close_together_have_names_of_their_own():
    latitude = 48.8512 + np.arange(600) / 1e5

    names = groups_of(lender_table(age=latitude), "age")

    assert len(names) == QUANTILE_GROUPS
    assert sum(names.values()) == 600


def test_long_codes_are_not_rounded_to_one():
    table = lender_table(branch=1_000_000.0 + np.arange(600) % 3)

    assert segments_of(table, branch=Segment(by="branch"))["branch"] == {
        "1000000": 200, "1000001": 200, "1000002": 200
    }  # fmt: skip


def test_pairs_are_of_two_attributes_and_large_enough():
    groups = list(client_groups(EVALUATION, lender_table(job=np.where(np.arange(600) < 300, "cook", "nurse")),
                                POLICY.model_copy(update={"protected_attributes": ("sex", "job", "age")})))  # fmt: skip

    pairs = list(pair_groups(groups))

    assert {each.attribute for each in pairs} == {"sex and job"}  # a fifth by age of a half is too small
    assert all(each.clients >= SMALLEST_PAIR for each in pairs)
    assert sum(each.clients for each in pairs) == 600
    assert pairs[0].name == "f, cook"


def test_a_client_with_any_past_loan_is_known_and_one_without_is_new():
    table = lender_table()
    known = int(table.frame["past_loans"].notna().sum())

    assert segments_of(table, client=Segment(by="history")) == {"client": {"known": known, "new": 600 - known}}


def test_codes_are_segments_each_and_amounts_are_bands():
    table = lender_table(rating=np.tile([1.0, 2.0, 3.0], 200))

    found = segments_of(table, region=Segment(by="rating"), size=Segment(by="income", bands=3))

    assert found["region"] == {"1": 200, "2": 200, "3": 200}
    assert list(found["size"].values()) == [200, 200, 200]


def test_a_segment_of_a_field_that_the_data_lacks_has_no_groups():
    table = lender_table()
    without = table.lineage.model_copy(update={"history": ()})

    assert segments_of(table, region=Segment(by="AREA")) == {}
    assert segments_of(FeatureTable(table.frame, without, table.path), client=Segment(by="history")) == {}


def test_a_number_of_one_value_has_no_bands():
    assert segments_of(lender_table(income=np.full(600, 5.0)), size=Segment(by="income", bands=4)) == {}
