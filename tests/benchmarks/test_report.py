"""The report: ratios from figures, and the same table as text and as Markdown."""

import pytest

from benchmarks.contenders import BARE, FLOOR, HARDENED, OURS, PYDANTIC, STOCK
from benchmarks.load import Load
from benchmarks.report import Cell, Table, as_markdown, as_text, comparison, figures, in_words, three_digits


def a_cell(ours: Load) -> Cell:
    loads = {OURS: ours, STOCK: Load(100.0, 200.0, 10.0), FLOOR: Load(2.0, 4.0, 400.0), BARE: Load(1.0, 2.0, 1000.0)}
    further = {HARDENED: Load(1.5, 3.0, 600.0), PYDANTIC: Load(2.5, 5.0, 400.0)}
    return Cell("582 fields", 1, 8, loads | further)


def test_ratios_are_throughput_to_stock_p50_to_the_floor_and_throughput_to_the_bare_app():
    # 250 answers a second are 25 times stock's 10 and a quarter of the bare app's 1,000; 3 ms are 1.5 times 2 ms.
    assert a_cell(Load(3.0, 9.0, 250.0)).ratios[:3] == (25.0, 1.5, 0.25)


def test_the_hardened_server_is_measured_against_stock_and_against_the_app_that_does_the_same_work():
    # 600 answers a second are 60 times stock's 10 and 1.5 times the 400 of FastAPI and pydantic.
    assert a_cell(Load(3.0, 9.0, 250.0)).ratios[3:] == (60.0, 1.5)


def test_summary_gives_the_range_of_each_ratio():
    words = in_words("582 fields", [a_cell(Load(3.0, 9.0, 250.0)), a_cell(Load(5.0, 9.0, 150.0))])
    assert words == (
        "582 fields: throughput 15.0 to 25.0 times stock's, p50 1.50 to 2.50 times the floor's, "
        "throughput 0.15 to 0.25 times bare FastAPI's; "
        "hardened, throughput 60.0 to 60.0 times stock's, 1.50 to 1.50 times that of FastAPI and pydantic"
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.8249, "0.825"), (1.0, "1.00"), (9.996, "10.00"), (12.34, "12.3"), (123.4, "123"), (1234.5, "1234")],
)
def test_figures_have_three_digits_but_no_fewer_than_the_whole_ones(value, text):
    assert three_digits(value) == text


def test_figures_are_p50_p99_and_rate():
    assert figures(Load(0.5, 12.5, 1500.0)) == "0.500 / 12.5 / 1500"


def test_comparison_has_a_line_for_each_setting():
    table = comparison("582 fields, 485 trees", [a_cell(Load(3.0, 9.0, 250.0))])
    [line] = table.rows
    assert line == [
        *("582 fields", "1", "8", "3.00 / 9.00 / 250", "1.50 / 3.00 / 600"),
        *("100 / 200 / 10.0", "2.00 / 4.00 / 400", "1.00 / 2.00 / 1000", "2.50 / 5.00 / 400"),
        *("25.0 x", "1.50 x", "0.25 x", "60.0 x", "1.50 x"),
    ]
    assert len(line) == len(table.header)


def test_text_aligns_columns_to_the_right():
    assert as_text(Table("Title", ["a", "long"], [["value", "1"]])) == "Title\n\n    a  long\nvalue     1"


def test_markdown_is_a_table_under_a_heading():
    assert as_markdown(Table("Title", ["a", "b"], [["1", "2"]])) == (
        "## Title\n\n| a | b |\n| ---: | ---: |\n| 1 | 2 |"
    )
