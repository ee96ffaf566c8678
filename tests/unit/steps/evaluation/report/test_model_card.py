"""The model documentation: every section, nothing typed by hand, no markup of a lender's names."""

import re
from dataclasses import replace
from datetime import date

import numpy as np

from custom_model.alternatives import Move
from custom_model.costs import Costs
from custom_model.rules import InformationGroup, UnusualValues
from steps.evaluation.report.model_card import model_card
from steps.run.markdown import as_code, escaped
from steps.tables.feature_table import FeatureTable, SourceTable
from tests.unit.steps.evaluation.report.reports import PROBABILITY, SEGMENTED, TARGET, report, run
from tests.unit.steps.evaluations import evaluation_of
from tests.unit.steps.lender import POLICY, lender_table

SECTIONS = ["Purpose", "Owners", "Data and lineage", "Method", "Assumptions", "Limits", "Validation", "Monitoring plan"]


def card(table=None, policy=SEGMENTED, training=True, champion=None, policy_then=None) -> str:
    table = table or lender_table()
    known = run() if training else None
    if known and policy_then is not None:
        known = replace(known, policy=policy_then)
    made = report(table, policy, training=known, **({} if champion is None else {"champion": champion}))
    return model_card(made, table, policy, known)


def section(text: str, title: str) -> str:
    return text.split(f"## {title}\n\n")[1].partition("\n\n## ")[0]


def test_each_section_that_supervisors_ask_for_is_there_and_says_something():
    text = card()

    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == SECTIONS
    assert all(section(text, title).startswith("- ") for title in SECTIONS)


def test_owners_and_bounds_are_todays():
    policy = SEGMENTED.model_copy(update={"owners": {"owner": "Ada", "validation": "Grace"}})

    text = card(policy=policy)

    assert section(text, "Owners") == "- owner: Ada\n- validation: Grace"
    assert "calibration error at most 0.03" in section(text, "Monitoring plan")


def test_costs_rules_and_excluded_fields_are_those_that_the_version_was_made_under():
    made_under = POLICY.model_copy(
        update={
            "costs": Costs(false_negative=10, false_positive=1, review=0.6),
            "excluded_fields": ("sex",),
            "unusual_values": UnusualValues(otherwise="refuse"),
            "alternatives": {"income": Move(lower=0.3), "age": Move(higher=0.5), "AMT_CREDIT": Move(lower=0.3)},
        }
    )
    today = SEGMENTED.model_copy(update={"costs": Costs(false_negative=20, false_positive=1)})

    text = card(policy=today, policy_then=made_under.model_dump(mode="json"))

    assert "1 / (1 + 10) (Elkan 2001): a missed default costs 10, a good client refused 1" in section(text, "Method")
    assert "Never used: `sex`." in section(text, "Method")
    assert "The risk moves one way only with 1 feature." in section(text, "Method")
    assert "Values far outside what training saw: refused." in section(text, "Purpose")
    assert "cost more than a review, 0.6." in section(text, "Purpose")
    assert "a change of the loan: `income` down by at most 30%, `age` up by at most 50%." in section(text, "Purpose")
    assert "decides from 0.0909 on, and the costs of today's policy.yaml give 0.0476" in section(text, "Limits")


def test_rules_and_excluded_fields_that_the_data_lacks_are_not_of_its_model():
    made_under = POLICY.model_copy(
        update={
            "excluded_fields": ("CODE_GENDER",),
            "least_information": {
                "scores": InformationGroup(fields=("EXT_SOURCE_1",), otherwise="refer"),
                "past": InformationGroup(fields="history", otherwise="refer"),
            },
        }
    )

    text = card(policy_then=made_under.model_dump(mode="json"))

    assert "Never used" not in text
    assert "Referred to a person without `past`." in text


def test_a_version_without_a_record_of_its_policy_is_said_no_rule_of_todays():
    today = SEGMENTED.model_copy(update={"excluded_fields": ("sex",)})

    text = card(policy=today, policy_then={})

    assert "Never used" not in text
    assert "Elkan" not in text
    assert "far outside" not in text


def test_the_method_is_that_of_the_training_run():
    text = section(card(), "Method")

    assert "120 trees on 2 features" in text
    assert date(2026, 3, 1).isoformat() in text
    assert "`c0ffeec0ffee`" in text


def test_the_figures_are_those_of_the_report():
    made = report(training=run())

    text = section(card(), "Validation")

    assert f"AUC {made.discrimination.figures['auc'].text()}." in text
    assert f"cost a client {made.discrimination.figures['cost'].text()}." in text


def test_a_champion_is_compared_with_and_a_missing_one_is_said():
    other = evaluation_of(np.clip(PROBABILITY * 1.3, 0, 1), TARGET, model="credit-scoring/1")

    assert "Against the champion `credit-scoring/1`" in section(card(champion=other), "Validation")
    assert "There is no champion to compare with." in section(card(), "Validation")


def test_a_holdout_of_the_trainings_time_is_a_limit_and_one_of_the_latest_is_none():
    limit = "out of time it was not measured"
    table = lender_table(applied=np.arange(600) + 17_000.0)
    dated = FeatureTable(table.frame, table.lineage.model_copy(update={"date": "applied"}), table.path)

    assert limit in section(card(), "Limits")
    assert limit in section(card(dated), "Limits")  # all clients are evaluated here, not the latest


def test_a_version_whose_training_is_not_on_record_says_so():
    text = card(training=False)

    assert "The store has no run of the training." in section(text, "Method")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == SECTIONS


def test_names_of_others_are_code_or_escaped_and_never_markup():
    table = lender_table()
    source = SourceTable(file="`<b>x</b>\n# title", bytes=1, sha256="ab" * 32)
    table.lineage = table.lineage.model_copy(update={"sources": {"loans": source}})

    text = card(table)

    assert "\n# title" not in text
    assert "`'<b>x</b>\\n# title`" in text
    assert escaped("<script>[a](b)") == r"\<script\>\[a\](b)"
    assert as_code("a`b") == "`a'b`"
