"""Charts over time: what they draw, and that what they name is escaped."""

import re
from xml.etree import ElementTree

from desk.charts.columns import Part, columns, small_multiples
from desk.charts.course import Level, Point, course
from desk.charts.curves import MOST, Curve, curves
from desk.charts.intervals import Interval, intervals


def write(value: float) -> str:
    return f"{value:g}"


def drawn(chart: str, tag: str, style: str) -> list[ElementTree.Element]:
    return [each for each in ElementTree.fromstring(chart).iter(tag) if each.get("class") == style]


def test_a_line_is_broken_where_a_period_has_no_rate():
    rates = [0.5, 0.6, None, 0.7, 0.8, 0.7, None, 0.4]
    points = [Point(str(each), each, each and each - 0.1, each and each + 0.1) for each in rates]

    chart = course("Rates", points, write, write)

    assert [len(re.findall("[ML]", each.get("d"))) for each in drawn(chart, "path", "line")] == [2, 3]
    assert len(drawn(chart, "path", "band")) == 2
    assert len(drawn(chart, "circle", "bar")) == 1  # a period between two gaps


def test_the_level_is_named_beside_the_last_rate():
    points = [Point(str(each), 0.5) for each in range(4)]

    chart = course("Rates", points, write, write, Level(0.5, "reference"))

    (name,), (last,) = (
        drawn(chart, "text", "strong"),
        [each for each in drawn(chart, "text", "soft") if each.text == "reference"],
    )
    assert abs(float(name.get("y")) - float(last.get("y"))) >= 24


def test_columns_stand_on_each_other_and_add_up():
    parts = [Part("granted", [3, 1, 0], "granted"), Part("refused", [1, 1, 2], "refused")]

    chart = columns("Volume", ("first", "last"), parts, write)

    heights = [
        sum(float(each.get("height")) for each in drawn(chart, "rect", style)) for style in ("granted", "refused")
    ]
    assert heights[0] == heights[1]  # four decisions each


def test_small_multiples_have_one_scale():
    chart = small_multiples("Versions", ("a", "b"), [Part("1", [10, 0], "bar"), Part("2", [0, 5], "bar")], write)

    first, second = (float(each.get("height")) for each in drawn(chart, "rect", "bar"))
    assert abs(first - 2 * second) < 0.11


def test_the_newest_curves_are_drawn_and_the_last_one_is_strong():
    cohorts = [Curve(f"cohort {each}", [0.0, 0.01 * each]) for each in range(MOST + 3)]

    chart = curves("Vintages", cohorts, ("now", "later"), write)

    assert (len(drawn(chart, "path", "earlier")), len(drawn(chart, "path", "line"))) == (MOST - 1, 1)
    assert "cohort 2<" not in chart


def test_an_axis_of_changes_has_zero_within_it():
    chart = intervals("Changes", [Interval("<b>", -0.02, -0.03, -0.01), Interval("up", 0.01, 0.0, 0.02, 0.015)], write)

    (axis,) = drawn(chart, "line", "axis")
    marks = {each.text: float(each.get("x")) for each in drawn(chart, "text", "soft")}
    assert marks["-0.03"] < marks["0"] == float(axis.get("x1")) < marks["0.02"]
    assert "<b>" not in chart
    assert len(drawn(chart, "line", "threshold")) == 1
