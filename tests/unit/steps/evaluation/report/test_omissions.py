"""What an application may leave out, as the report has it."""

from dataclasses import replace

from custom_model.omission import Examination, Omission
from steps.evaluation.report.document import LeftOut
from steps.evaluation.report.omissions import contract_figures, omissions
from tests.unit.steps.evaluations import calibrated_clients, evaluation_of

EVALUATION = evaluation_of(*calibrated_clients(600))


def test_what_leaving_fields_out_would_win_is_listed():
    (table,) = (block for block in omissions(EVALUATION, 0.02).shown().blocks if block.kind == "table")

    (row,) = table.rows
    assert row[:5] == ["job", "1", "1,000", "5", "0.5%"]


def test_a_contract_that_demands_every_field_says_so():
    section = omissions(replace(EVALUATION, examination=Examination([], [])), 0.02)

    assert "Every field that the model uses must be sent." in section.shown().blocks[0].text


def test_what_the_gate_would_refuse_asks_for_attention():
    both = Examination([], [Omission("a", ("a",), 1000, 1), Omission("HOME", ("b", "c"), 100, 5)])
    section = replace(EVALUATION, examination=both)

    strict, lenient = omissions(section, 0.02).shown().blocks, omissions(section, 0.5).shown().blocks

    assert strict[0].is_warning
    assert "Leaving out the 2 fields of HOME would win credit for 5.0% of the refused" in strict[0].text
    assert not any(block.kind == "paragraph" and block.is_warning for block in lenient)


def test_an_old_version_says_that_it_was_not_measured():
    assert isinstance(omissions(evaluation_of(*calibrated_clients(600), omissions=None), 0.02), LeftOut)


def test_the_metrics_have_the_worst_omission_and_the_incomplete_applications():
    both = Examination([3, 4], [Omission("a", ("a",), 100, 2), Omission("b", ("b",), 100, 7)])

    assert contract_figures(replace(EVALUATION, examination=both)) == {
        "referral_rate": 0.0,
        "incomplete": 2,
        "omission_worst": 0.07,
    }
