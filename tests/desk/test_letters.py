"""Letters: read on a page, printed, opened as PDF, in both languages; none without who writes it."""

from contextlib import closing
from pathlib import Path

import pytest
import requests
from axe_playwright_python.sync_playwright import Axe
from sqlalchemy import make_url

from custom_model.decision_log.reader import Records
from steps.run.settings import PROJECT
from testing.desk import desk_at
from tests.desk.decided import decided, refused_with_offer

pytestmark = pytest.mark.slow

FILLED = {
    'lender: ""': 'lender: "Northern Savings Bank"',
    "address: []": 'address: ["1 Harbour Street", "1000 Northport"]',
    'email: ""': 'email: "credit@northern.example"',
    'currency: ""': "currency: EUR",
}


@pytest.fixture(scope="module")
def policy_file(tmp_path_factory) -> Path:
    """The project's policy.yaml with a lender's contacts."""
    text = (PROJECT / "policy.yaml").read_text("utf-8")
    for empty, filled in FILLED.items():
        assert empty in text
        text = text.replace(empty, filled)
    path = tmp_path_factory.mktemp("policy") / "policy.yaml"
    path.write_text(text, "utf-8")
    return path


@pytest.fixture(scope="module")
def desk(decision_server, stores, policy_file):
    """The desk of a lender that has filled in who writes its letters."""
    with desk_at(server_url=decision_server, decision_log=stores.log, policy_file=policy_file) as url:
        yield url


@pytest.fixture(scope="module")
def refused(decision_server, complete) -> dict:
    """A refusal on record, with what would have been granted."""
    return refused_with_offer(decided(decision_server, complete.head(200)))


@pytest.mark.parametrize(
    ("language", "title", "rights", "width"),
    [
        ("en", "Our decision on your application for credit", "ask that a person decides", 1280),
        ("fr", "Notre décision sur votre demande de crédit", "demander qu'une personne décide", 360),
    ],
)
def test_a_letter_says_what_was_decided_why_and_what_the_client_can_do(opened, refused, language, title, rights, width):
    page = opened(f"/find/decision/{refused['decision_id']}/letter", width, language)

    letter = page.locator("article")
    assert letter.get_attribute("lang") == language
    assert page.get_by_role("heading", level=1).inner_text() == title
    told = letter.inner_text()
    for words in (refused["decision_id"], str(refused["client_id"]), "Northern Savings Bank", "EUR", rights, "30"):
        assert words in told
    assert letter.locator("ol li").count() == len(refused["reasons"])
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    page.emulate_media(media="print")
    assert not page.locator(".bar").is_visible()
    assert not page.locator(".before-sending").is_visible()


def test_the_letters_language_is_chosen_apart_from_the_pages(opened, refused):
    page = opened(f"/find/decision/{refused['decision_id']}/letter")

    page.get_by_role("link", name="Français").click()

    assert page.locator("html").get_attribute("lang") == "en"
    assert page.locator("article").get_attribute("lang") == "fr"
    assert page.get_by_role("link", name="Open the PDF").get_attribute("href").endswith("letter.pdf?language=fr")


def test_the_pdf_is_the_same_each_time_and_each_look_at_a_letter_is_on_record(desk, refused, stores):
    address = f"{desk}/find/decision/{refused['decision_id']}/letter.pdf"

    first, again, french = (
        requests.get(address, params={"language": language}, timeout=20) for language in ("en", "en", "fr")
    )

    assert first.headers["content-type"] == "application/pdf"
    assert first.content.startswith(b"%PDF-1.7")
    assert first.content == again.content
    assert first.content != french.content
    with closing(Records.open(make_url(stores.log))) as records:
        looks = records.looks_at_decision(refused["decision_id"], 3)
    assert [each["what"] for each in looks] == ["letter"] * 3


def test_without_who_writes_it_there_is_no_letter_and_the_clerk_is_told_what_to_fill_in(
    decision_server, stores, refused
):
    with desk_at(server_url=decision_server, decision_log=stores.log) as url:  # the project's own policy.yaml
        answers = [
            requests.get(f"{url}/find/decision/{refused['decision_id']}/{name}", timeout=10)
            for name in ("letter", "letter.pdf")
        ]

    for answer in answers:
        assert answer.status_code == 409
        assert "letters.lender, letters.address, letters.email" in answer.text
        assert refused["reasons"][0]["text"].split("'")[0] not in answer.text
