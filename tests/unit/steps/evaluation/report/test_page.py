"""The page: one file that refers to nothing, with the figures of the JSON and no markup of a lender's names."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest
from markupsafe import escape

from custom_model.costs import Costs
from steps.evaluation.on_holdout import Part
from steps.evaluation.report.document import LeftOut, Paragraph, Shown
from steps.evaluation.report.page import render, render_page
from steps.evaluation.report.pictures import pictures
from steps.evaluation.report.report import Report
from steps.quality.thresholds import check_threshold
from steps.run.policy import Segment
from steps.tables.feature_table import FeatureTable
from tests.unit.steps.evaluation.report.reports import (
    PROBABILITY,
    SEGMENTED,
    TARGET,
    evaluation,
    inspection,
    report,
    run,
)
from tests.unit.steps.evaluations import COSTS, evaluation_of
from tests.unit.steps.lender import lender_table

HOSTILE = '<script>alert("1")</script>&{{ 7 * 7 }}'
VOID = {"meta", "img", "link", "br", "input"}
PNG = {"roc": b"\x89PNG-roc", "dependence_1": b"\x89PNG-1"}


class Outline(HTMLParser):
    """Elements with their attributes, in order; raises where one is closed that is not open."""

    def __init__(self, page: str):
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self._open: list[str] = []
        self.feed(page)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture(scope="module")
def whole() -> Report:
    champion = evaluation_of(np.clip(PROBABILITY * 1.3, 0, 1), TARGET, model="credit-scoring/1")
    return report(training=run(), champion=champion)


def test_every_element_is_closed_in_its_place(whole):
    outline = Outline(render(whole, PNG))

    assert [name for name, _ in outline.elements][:2] == ["html", "head"]


def test_the_page_refers_to_nothing_outside_itself(whole):
    page = render(whole, PNG)
    outline = Outline(page)

    assert "http:" not in page
    assert "https:" not in page
    assert not outline.all("script")
    assert not outline.all("link")
    targets = [
        attributes.get("src") or attributes.get("href") for name in ("img", "a") for attributes in outline.all(name)
    ]
    assert all(each.startswith(("#", "data:image/png;base64,")) for each in targets)
    assert not re.search(r"url\(|@import", page)


def test_links_lead_to_sections_that_are_there(whole):
    outline = Outline(render(whole, PNG))

    ids = {attributes["id"] for _, attributes in outline.elements if "id" in attributes}
    assert {each["href"].removeprefix("#") for each in outline.all("a")} <= ids
    assert len(ids) == len([1 for _, attributes in outline.elements if "id" in attributes])


def test_the_page_can_be_read_without_seeing_it(whole):
    outline = Outline(render(whole, PNG))

    assert outline.all("html")[0]["lang"] == "en"
    assert len(outline.all("h1")) == 1
    assert all(each["alt"] for each in outline.all("img"))
    assert len(outline.all("caption")) == len(outline.all("table")) > 8
    assert all(each.get("scope") in ("col", "row") for each in outline.all("th"))
    scrolled = [each for each in outline.all("div") if each.get("class") == "scroll"]
    assert all(each["tabindex"] == "0" and each["role"] == "region" and each["aria-label"] for each in scrolled)
    assert outline.all("main")
    assert outline.all("nav")[0]["aria-label"]


def test_the_page_prints_on_a4_fits_a_phone_and_follows_dark_mode(whole):
    page = render(whole, PNG)

    assert "@page { size: A4;" in page
    assert "@media print" in page
    assert "@media (max-width: 40rem)" in page
    assert "@media (prefers-color-scheme: dark)" in page
    assert 'name="viewport" content="width=device-width, initial-scale=1"' in page


def test_the_page_is_made_of_the_figures_in_the_json_alone(whole):
    again = Report.model_validate_json(whole.model_dump_json())

    assert render(again, PNG) == render(whole, PNG)


def test_every_figure_of_the_json_tables_is_on_the_page(whole):
    text = " ".join(" ".join(Outline(render(whole, PNG)).text).split())
    document = json.loads(whole.model_dump_json())

    for each in document["discrimination"]["figures"].values():
        assert f"{each['value']:.4f}" in text
    for each in document["segments"]["segments"]:
        assert f"{each['auc']['value']:.3f} (" in text
    for attribute in document["fairness"]["attributes"]:
        for group in attribute["groups"]:
            assert f"{group['approved']:.1%}" in text
    assert f"{document['champion']['cost']['value']:+.4f}" in text
    assert f"{document['stability']['score']['index']:.4f}" in text


def test_names_of_a_lenders_columns_and_values_are_text_and_no_markup():
    table = lender_table(sex=np.where(np.arange(600) % 2, HOSTILE, "m"), job=np.where(np.arange(600) % 3, HOSTILE, "b"))
    table = FeatureTable(table.frame.rename(columns={"sex": f"sex{HOSTILE}"}), table.lineage, table.path)
    policy = SEGMENTED.model_copy(update={"protected_attributes": (f"sex{HOSTILE}", "age")})

    page = render(report(table, policy), PNG)

    assert "<script" not in page
    outline = Outline(page)
    assert any(HOSTILE in text for text in outline.text)
    assert "49" not in [text.strip() for text in outline.text]


def test_no_client_of_the_table_is_in_the_report(whole):
    identities = np.arange(600) + 9_876_543_000
    table = lender_table(client=identities)

    found = report(table)

    for text in (render(found, PNG), found.model_dump_json()):
        assert "9876543" not in text.replace(",", "")


def test_a_part_that_cannot_be_measured_says_why_and_the_rest_is_there():
    bare = evaluation(inspection=None, examination=None)

    page = render(report(of=bare, policy=SEGMENTED.model_copy(update={"protected_attributes": ("CODE_GENDER",)})), {})

    for reason in (
        "There is no champion to compare with.",
        "The version&#39;s code gives no contributions of its features.",
        "The version was trained before this was measured.",
        "the training&#39;s run has no reference of its score.",
        "policy.yaml protects CODE_GENDER, which this data lacks.",
        "segments region (AREA): this data lacks their fields.",
        "the store has no run of it",
    ):
        assert reason in page
    assert "Calibration" in page


def test_a_command_in_backticks_is_code_and_markup_in_it_is_text():
    section = Shown("Price", [Paragraph(f"First `-P x={HOSTILE}`, then `make`.", is_warning=True)])

    page = render_page("Report", [], [section], {})

    code = f"<code>-P x={escape(HOSTILE)}</code>"
    assert page.count(f"First {code}, then <code>make</code>.") == 2  # as a finding and in its section


def test_pictures_that_were_not_drawn_leave_no_frame(whole):
    assert not Outline(render(whole, {})).all("img")
    assert len(Outline(render(whole, PNG)).all("img")) == len(PNG)


def test_who_is_evaluated_is_said_with_the_dates_of_the_data():
    table = lender_table(applied=np.arange(600) + 17_000.0)
    dated = FeatureTable(table.frame, table.lineage.model_copy(update={"date": "applied"}), table.path)
    latest = np.arange(600) >= 480
    of = replace(evaluation_of(PROBABILITY[latest], TARGET[latest]), rows=latest)

    page = render(report(dated, of=of), {})

    assert "the latest 20% by applied, from 2017-11-10 on" in page


def test_what_asks_for_attention_heads_the_page_with_a_link_to_its_section():
    inflated = replace(evaluation_of(np.minimum(4 * PROBABILITY, 1), TARGET), inspection=None)

    page = render(report(of=inflated, part=Part.all), {})

    head = page.partition("<main")[0]
    assert "The calibration error is above the noise of a sample of this size." in head
    assert 'href="#calibration"' in head


def test_a_version_that_may_have_seen_the_clients_says_so_and_is_not_said_outside_the_training():
    page = render(report(seen=None), {})

    head = page.partition("<main")[0]
    assert "whether it has seen these clients is not known" in head
    assert "outside the training" not in head


def test_a_version_of_other_costs_than_todays_says_by_which_it_decides():
    today = SEGMENTED.model_copy(update={"costs": Costs(false_negative=20, false_positive=1)})

    head = render(report(policy=today), {}).partition("<main")[0]

    assert "decides from 0.0909 on, and the costs of today&#39;s policy.yaml give 0.0476" in head


def test_with_points_the_page_says_their_scale_and_those_of_the_threshold():
    scale = {"base_points": 600, "base_odds": 50, "points_to_double_odds": 20}

    page = render(report(of=evaluation(inspection=replace(inspection(), score=scale))), {})

    assert "600 points at 50 good clients to one default, 20 more where the odds double; the threshold has 554" in page
    assert page.count('<th scope="col">points</th>') == 2  # thresholds and tenths


@pytest.mark.slow  # draws pictures
def test_every_picture_is_drawn_and_found_by_its_section(whole):
    of = evaluation()
    check = check_threshold(of.probability, of.target, COSTS, 100, seed=0)

    drawn = pictures(whole, of, lender_table(), [], check, COSTS, "credit-scoring/2")

    assert {"roc", "calibration", "cost_by_threshold", "approval_and_defaults", "beeswarm", "dependence_2"} <= set(
        drawn
    )
    assert all(png.startswith(b"\x89PNG") for png in drawn.values())
    shown = len(Outline(render(whole, drawn)).all("img"))
    assert shown == len(drawn) - 1  # the curve of precision and recall is a file of the run alone


def test_a_section_that_is_left_out_is_null_nowhere_in_the_json():
    document = json.loads(report().model_dump_json())

    assert document["champion"] == LeftOut(left_out="There is no champion to compare with.").model_dump()
    assert document["price"]["left_out"].startswith("The price of leaving an attribute out was not measured")


def test_a_name_that_commands_a_terminal_or_turns_the_text_around_stands_escaped_in_the_page():
    named = {"\x1b[2J\u202ework": Segment(by="job")}

    page = render(report(policy=SEGMENTED.model_copy(update={"segments": named})), {})

    assert r"\x1b[2J\u202ework" in page
    assert page.count("\\") == page.count(r"\x1b[2J\u202ework") * 2  # nothing of the page's own is escaped
    assert all(each.isprintable() or each == "\n" for each in page)
