"""The report on a model: every figure with its meaning, every group of sufficient size."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from custom_model.meanings import Meaning
from steps.evaluation.groups import QUANTILE_GROUPS, SMALLEST_GROUP
from steps.evaluation.report import MEANINGS, render
from steps.tables.feature_table import FeatureTable, SourceTable
from tests.unit.steps.evaluations import calibrated_clients, evaluation_of
from tests.unit.steps.lender import POLICY, lender_table

PROBABILITY, TARGET = calibrated_clients(600)
EVALUATION = evaluation_of(PROBABILITY, TARGET)


def report(policy=POLICY, **changed) -> str:
    return render(EVALUATION, lender_table(**changed), policy)


def groups_of(text: str, attribute: str) -> dict[str, list[str]]:
    """The cells of each group of an attribute."""
    return {row[1]: row[2:] for row in cells_of(text) if row[0] == attribute}


def cells_of(text: str) -> list[list[str]]:
    """The cells of each line."""
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines()]


def test_every_figure_is_there_with_its_meaning():
    text = report()

    figures = EVALUATION.quality.figures
    assert list(figures) == list(MEANINGS)
    for name, value in figures.items():
        cell = "600" if name == "clients" else f"{value:.4f}"
        (line,) = (cells for cells in cells_of(text) if cells[0] == name)
        assert line[1] == cell
        assert line[3] == MEANINGS[name]


def test_what_leaving_fields_out_would_win_is_listed():
    (line,) = (cells for cells in cells_of(report()) if cells[0] == "job")

    assert line[1:5] == ["1", "1,000", "5", "0.0050"]


def test_the_model_its_threshold_and_its_data_are_named():
    text = report()

    assert text.startswith("# credit-scoring/2\n")
    assert "`lender.parquet`, engine duckdb" in text
    assert "from a probability of default of 0.0909 on" in text


def test_a_group_is_judged_by_its_own_clients():
    sex = np.where(np.arange(600) < 200, "f", "m")

    groups = groups_of(report(sex=sex), "sex")

    probability, target = PROBABILITY[:200], TARGET[:200]
    refused = probability >= 1 / 11
    riskier = (probability[target == 1][:, None] > probability[target == 0]).mean()
    cost = (10 * (target[~refused] == 1).sum() + (target[refused] == 0).sum()) / 200
    assert list(groups) == ["f", "m"]
    assert groups["f"] == [
        "200",
        f"{target.mean():.4f}",
        f"{probability.mean():.4f}",
        f"{refused.mean():.3f}",
        f"{riskier:.3f}",
        f"{cost:.4f}",
    ]


def test_a_group_of_a_few_clients_says_nothing_and_is_left_out():
    sex = np.repeat(["f", "m", "x"], [600 - 2 * SMALLEST_GROUP + 1, SMALLEST_GROUP, SMALLEST_GROUP - 1])

    assert list(groups_of(report(sex=sex), "sex")) == ["f", "m"]


def test_numbers_are_put_into_bands_of_equal_size():
    groups = groups_of(report(), "age")

    assert [cells[0] for cells in groups.values()] == QUANTILE_GROUPS * ["120"]


def test_bands_of_ages_are_in_years_from_the_youngest_on():
    table = lender_table(age=-365.25 * np.linspace(20, 70, 600))
    age = Meaning(description="Day of birth.", topic="AGE")
    table.lineage = table.lineage.model_copy(update={"meanings": {"age": age}})

    groups = groups_of(render(EVALUATION, table, POLICY), "age")

    assert list(groups) == [f"{low} to {low + 10} years" for low in (20, 30, 40, 50, 60)]


def test_a_group_without_a_default_has_no_auc():
    sex = np.where(np.cumsum(TARGET == 0) * (TARGET == 0) > 400, "good", "mixed")

    assert groups_of(report(sex=sex), "sex")["good"][4] == ""


def test_a_group_that_is_not_known_is_no_group():
    sex = pd.Series(np.where(np.arange(600) < 300, "f", None), dtype=object)

    assert list(groups_of(report(sex=sex), "sex")) == ["f"]


def test_attributes_that_the_data_does_not_have_are_said_to_be_missing():
    policy = POLICY.model_copy(update={"protected_attributes": ("CODE_GENDER",)})

    assert "This data has none of policy.yaml's protected attributes." in report(policy)


def test_sources_are_listed_with_their_digests_and_missing_tables_are_said():
    table = lender_table()
    source = SourceTable(file="loans.csv", bytes=1_234, sha256="ab12")
    table.lineage = table.lineage.model_copy(update={"sources": {"loans": source}, "missing": ("bureau",)})

    text = render(EVALUATION, table, POLICY)

    assert ["loans", "`loans.csv`", "1,234", "`ab12`"] in cells_of(text)
    assert "bureau was missing: its features are empty." in text


@pytest.mark.parametrize("heading", ["Figures", "Protected attributes", "Sources"])
def test_tables_are_whole(heading):
    section = report().split(f"## {heading}\n\n")[1].split("\n\n")[0]

    bars = {len(re.findall(r"\|", line)) for line in section.splitlines()}
    assert len(bars) == 1  # every line has as many cells as the header


def test_a_number_that_is_not_known_is_no_group():
    table = lender_table()
    table.frame.loc[::3, "age"] = np.nan

    assert not {"nan", "None"} & set(groups_of(report(table=table), "age"))


def test_a_column_that_the_description_protects_is_in_the_report_without_the_policy_naming_it():
    table = lender_table()
    lineage = table.lineage.model_copy(update={"protected": ("job", "sex")})

    text = render(EVALUATION, FeatureTable(table.frame, lineage, table.path), POLICY)

    attributes = [
        row[0] for row in cells_of(text.partition("## Protected attributes")[2]) if row[0] in ("sex", "age", "job")
    ]
    assert list(dict.fromkeys(attributes)) == ["sex", "age", "job"]
    assert attributes.count("sex") == 2


def test_who_is_held_out_is_said():
    table = lender_table(applied=np.arange(600) + 17_000.0)
    dated = table.lineage.model_copy(update={"date": "applied"})
    latest = replace(EVALUATION, rows=np.arange(600) >= 480)

    assert "all clients" in report()
    text = render(
        latest, FeatureTable(table.frame, dated, table.path), POLICY.model_copy(update={"protected_attributes": ()})
    )
    assert "the latest 20% by applied, from 2017-11-10 on" in text
