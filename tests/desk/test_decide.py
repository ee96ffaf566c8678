"""The page Decide, as a clerk uses it: with a pointer, with the keyboard alone, and without scripts."""

import re

import pytest
import requests
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from sqlalchemy import make_url

from custom_model.decision_log.reader import Records, window
from testing.desk import desk_at
from tests.desk.conftest import WIDTHS

pytestmark = pytest.mark.slow

TO_THE_LAST_BIT = 0.0


def decide_about(page: Page, client: int) -> None:
    """Fill the form from a client's last application, and decide."""
    page.locator("#client").fill(str(client))
    page.locator("#client").press("Enter")
    page.locator("button.main").click()
    expect(page.locator(".answer h1")).to_be_visible()


def records_of(stores) -> Records:
    return Records.open(make_url(stores.log))


@pytest.mark.parametrize(("language", "words"), [("en", "Refused."), ("fr", "Refusé.")])
@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
def test_a_clerk_decides_about_a_known_client(opened, clients, stores, language, words, width):
    page = opened("/decide", width, language)

    decide_about(page, clients["refused"])

    assert page.locator("h1").inner_text().startswith(words)
    assert page.locator("ol").first.locator("li").count() in range(1, 5)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    link = page.locator("a[href^='/find/decision/']").first.inner_text()
    record = records_of(stores).find(link)
    assert (record["decision"], record["client_id"]) == ("refused", str(clients["refused"]))
    looks = records_of(stores).looks_at_decision(link, 9)
    assert [(each["what"], each["role"]) for each in looks] == [("decision", "officer")]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
def test_form_and_answer_pass_the_rules_of_accessibility(opened, clients, width, scheme):
    page = opened("/decide", width, "fr", color_scheme=scheme)
    page.locator("summary").first.click()

    of_form = Axe().run(page)
    decide_about(page, clients["refused"])
    of_answer = Axe().run(page)

    assert of_form.violations_count == 0, of_form.generate_report()
    assert of_answer.violations_count == 0, of_answer.generate_report()


def test_the_keyboard_alone_suffices(opened, clients):
    page = opened("/decide")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # to the content
    page.keyboard.press("Tab")
    page.keyboard.type(str(clients["granted"]))
    page.keyboard.press("Enter")  # look up this client
    expect(page.locator("main")).to_contain_text("Filled in with the client's application of")

    page.locator("[name='field.AMT_CREDIT']").focus()
    page.keyboard.press("Enter")  # decides

    expect(page.locator(".answer h1")).to_contain_text("Granted.")


def test_enter_in_the_clients_number_looks_the_client_up_and_decides_nothing(opened, clients, stores):
    page = opened("/decide")
    before = records_of(stores).count(window())

    page.locator("#client").fill(str(clients["granted"]))
    page.locator("#client").press("Enter")

    expect(page.locator("main")).to_contain_text("Filled in with the client's application of")
    assert records_of(stores).count(window()) == before


def test_the_slider_shows_what_a_smaller_loan_would_change_and_puts_nothing_on_record(opened, offered, stores):
    page = opened("/decide")
    decide_about(page, offered)
    before = records_of(stores).count(window())

    page.locator("input[type=range]").press("ArrowLeft")

    expect(page.locator("#tried .lead")).to_contain_text("Granted.")
    expect(page.locator("#tried table")).to_contain_text("Amount of the loan")
    assert records_of(stores).count(window()) == before


def test_a_changed_answer_is_shown_before_and_after_without_scripts(opened, clients):
    page = opened("/decide", java_script_enabled=False)
    decide_about(page, clients["refused"])

    form = page.locator("#application")
    form.locator("summary").first.click()
    form.locator("[name='field.AMT_INCOME_TOTAL']").fill("987654")
    form.get_by_role("button", name="See what changes").click()

    row = page.locator("#tried tr", has_text="Stated income")
    expect(row).to_contain_text("987,654")
    expect(page.locator(".answer h1")).to_contain_text("Refused.")


def test_a_question_is_found_by_its_words_in_either_language(opened):
    page = opened("/decide", language="fr")
    page.locator("summary").first.click()

    page.locator("#search").press_sequentially("téléphone")

    expect(page.locator("#found > p")).to_contain_text("questions pour « téléphone »")
    shown = page.locator("#found details:visible .field:visible label:first-child")
    assert shown.count() > 0
    page.locator("#search").fill("zzzz")
    expect(page.locator("#found details:visible")).to_have_count(0)


def test_a_value_out_of_bounds_is_named_at_its_field_and_nothing_is_decided(opened, clients, desk, stores):
    page = opened("/decide")
    page.locator("#client").fill(str(clients["granted"]))
    page.locator("#client").press("Enter")
    before = records_of(stores).count(window())
    page.evaluate("document.querySelector('#application').noValidate = true")

    page.locator("[name='field.CNT_CHILDREN']").fill("51")
    page.locator("button.main").click()

    expect(page.locator("#CNT_CHILDREN-wrong")).to_contain_text("expected a number from 0 to 50")
    expect(page.locator("#CNT_CHILDREN")).to_have_attribute("aria-invalid", "true")
    assert records_of(stores).count(window()) == before


def test_a_form_that_is_sent_twice_is_decided_once(opened, clients, desk):
    page = opened("/decide")
    page.locator("#client").fill(str(clients["granted"]))
    page.locator("#client").press("Enter")
    form = page.evaluate("Object.fromEntries(new FormData(document.querySelector('#application')))")

    first, second = (requests.post(f"{desk}/decide", form, timeout=30).text for _ in range(2))

    ids = [re.search(r"/find/decision/([0-9a-f-]{36})", text)[1] for text in (first, second)]
    assert ids[0] == ids[1]


def test_no_address_has_a_clients_number(opened, clients):
    page, addresses = opened("/decide"), []
    page.on("request", lambda request: addresses.append(request.url))

    decide_about(page, clients["refused"])

    assert addresses
    assert not [each for each in addresses if str(clients["refused"]) in each]


def test_a_server_that_is_away_is_a_sentence_with_what_to_do():
    with desk_at(server_url="http://127.0.0.1:9") as desk:
        answer = requests.get(f"{desk}/decide", headers={"accept-language": "fr"}, timeout=10)

    assert answer.status_code == 503
    assert "Le serveur de décision ne répond pas à http://127.0.0.1:9\u00a0; rien n&#39;a été décidé." in answer.text
    assert "make serve" in answer.text


def test_fields_of_a_form_are_never_markup(opened, clients, desk):
    form = {"client": "<script>alert(1)</script>", "history": "store"}

    answer = requests.post(f"{desk}/decide/client", form, timeout=30)

    assert answer.status_code == 400
    assert "<script>alert" not in answer.text
    assert "A client number is a whole number." in answer.text
