"""The sections of drift, feeds and effects: sentences first, tables of few rows, warnings where there is an alarm."""

import numpy as np
import pytest

from steps.evaluation.report.document import Estimate, Table
from steps.evaluation.report.page import render_page
from steps.evaluation.report.pictures import png
from steps.monitoring.alarms import alarming
from steps.monitoring.drift.comparisons import compare
from steps.monitoring.drift.figures import drift_of
from steps.monitoring.report.drift import GROUPS, LISTED, SORTED, WORST, GroupDrift, short_number
from steps.monitoring.report.drift_pictures import drift_pictures
from steps.monitoring.report.effects import Effect, Effects
from steps.run.monitoring_limits import MonitoringLimits
from tests.unit.steps.monitoring.windows import observed_of, people, reference_of

LIMITS = MonitoringLimits()
HOSTILE = "<script>alert(1)</script> $x$"


def many_fields(rows, seed, **changed):
    generator = np.random.default_rng(seed)
    numbers = {f"NUMBER_{place}": generator.standard_normal(rows) for place in range(30)}
    return people(rows, seed, **{**numbers, **changed})


REFERENCE = reference_of(many_fields(10_000, 1))


def measured(requests):
    observed = observed_of(REFERENCE, requests)
    comparisons = compare(REFERENCE, observed, "1", LIMITS)
    raised = alarming(comparisons.tests, comparisons.level)
    return comparisons, drift_of(comparisons, raised, REFERENCE, observed, LIMITS, "1")


@pytest.fixture(scope="module")
def drifted():
    window = many_fields(2_000, 2)
    kinds = window.columns["KIND"].copy()
    kinds[:200] = HOSTILE
    numbers = {f"NUMBER_{place}": window.columns[f"NUMBER_{place}"] + 0.5 for place in range(20)}
    return measured(many_fields(2_000, 2, KIND=kinds, **numbers))


def tables(section):
    return [block for block in section.shown().blocks if isinstance(block, Table)]


def test_the_drifted_fields_come_first_and_the_rest_is_counted(drifted):
    fields = tables(drifted[1])[0]

    assert len(fields.rows) == LISTED
    assert fields.caption == f"The {LISTED} fields with the largest drift; {34 - LISTED} more have less"
    assert all(row[1] == "drifts" for row in fields.rows)
    assert all(len(row) == len(table.header) for table in tables(drifted[1]) for row in table.rows)


def test_alarms_are_warnings_that_say_what_to_do(drifted):
    warnings = [block.text for block in drifted[1].shown().blocks if getattr(block, "is_warning", False)]

    assert "21 fields drift" in warnings[0]
    assert "and 16 more" in warnings[0]
    assert "train again" in warnings[0]


def test_a_window_without_drift_has_no_warning():
    _, found = measured(many_fields(2_000, 3))

    assert not any(getattr(block, "is_warning", False) for block in found.shown().blocks)
    assert "Nothing drifts" in found.shown().blocks[0].text


@pytest.mark.parametrize(
    ("value", "text"), [(42_500.3, "42,500"), (-680_022.0, "-680,022"), (0.00595494, "0.005955"), (12.0, "12")]
)
def test_a_value_of_a_field_has_no_exponent_and_four_digits(value, text):
    assert short_number(value) == text


def test_groups_that_are_not_shown_are_counted(drifted):
    many = [
        GroupDrift(attribute="Region", group=str(place), requests=200, tested=3, raised=[], score_psi=0.1)
        for place in range(GROUPS + 2)
    ]

    table = tables(drifted[1].model_copy(update={"groups": many}))[-1]

    assert len(table.rows) == GROUPS
    assert table.caption.endswith("; 2 more have no more alarms")


def test_pictures_are_drawn_and_shown_in_the_page(drifted):
    comparisons, found = drifted

    pictures = {name: png(figure) for name, figure in drift_pictures(found, comparisons, REFERENCE, "model").items()}

    assert set(pictures) == {SORTED, WORST}
    assert all(picture.startswith(b"\x89PNG") for picture in pictures.values())
    page = render_page("Window", [], [found.shown()], pictures)
    assert page.count("data:image/png") == 2
    assert "<script>alert" not in page


def test_without_requests_there_is_no_picture():
    comparisons, found = measured(many_fields(50, 2))

    assert drift_pictures(found, comparisons, REFERENCE, "") == {}


def test_the_effects_have_the_field_that_matters_first_and_their_intervals():
    def effect(name, value):
        estimate = Estimate(value=value, low=value - 0.01, high=value + 0.01)
        return Effect(name=name, words=name.lower(), fields=1, psi=0.3, requests=500, changed=9, refused=estimate,
                      cost=Estimate(value=0.0, low=-0.1, high=0.1))  # fmt: skip

    found = Effects(requests=500, refused=0.3, cost=0.4, effects=[effect("SCORE", 0.05), effect("COLOUR", 0.001)])

    (table,) = tables(found)
    assert [row[0] for row in table.rows] == ["score [SCORE]", "colour [COLOUR]"]
    assert table.rows[0][2] == "+5.0 (+4.0 to +6.0)"
    assert [each.name for each in found.matter] == ["SCORE"]
    assert "1 changes the decisions beyond chance: score [SCORE]" in found.shown().blocks[0].text
