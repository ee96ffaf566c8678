"""The frame of all pages: bar, languages, problems, headers, who may enter."""

import pytest
import requests
from axe_playwright_python.sync_playwright import Axe

from testing.desk import desk_at

pytestmark = pytest.mark.slow

TOKEN = "a-secret-of-the-proxy"


def test_an_unknown_page_says_so_in_the_persons_language(desk):
    english = requests.get(f"{desk}/nowhere", headers={"accept-language": "en"}, timeout=10)
    french = requests.get(f"{desk}/nowhere", headers={"accept-language": "fr-CH, en;q=0.5"}, timeout=10)

    assert (english.status_code, french.status_code) == (404, 404)
    assert "There is no such page." in english.text
    assert "Cette page n&#39;existe pas." in french.text
    assert '<html lang="fr">' in french.text


def test_the_language_can_be_chosen_and_stays(opened):
    page = opened("/nowhere")

    page.get_by_role("button", name="Français").click()

    assert page.locator("html").get_attribute("lang") == "fr"
    assert page.url.endswith("/nowhere")
    page.reload()
    assert page.locator("html").get_attribute("lang") == "fr"


@pytest.mark.parametrize("width", [360, 1280])
def test_a_problem_passes_the_rules_of_accessibility(opened, width):
    found = Axe().run(opened("/nowhere", width))

    assert found.violations_count == 0, found.generate_report()


def test_each_answer_forbids_what_the_page_does_not_need(desk):
    headers = requests.get(f"{desk}/nowhere", timeout=10).headers

    assert headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'; style-src 'self'")
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"


def test_a_name_that_is_not_the_desks_is_refused(desk):
    answer = requests.get(f"{desk}/nowhere", headers={"host": "elsewhere.example"}, timeout=10)

    assert answer.status_code == 403
    assert "does not answer to that name" in answer.text


@pytest.mark.parametrize(
    "headers",
    [{"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}, {"origin": "http://elsewhere.example"}],
    ids=["another site", "another port", "an old browser"],
)
def test_a_form_of_another_site_does_nothing(desk, headers):
    answer = requests.post(f"{desk}/language", {"language": "fr"}, headers=headers, timeout=10, allow_redirects=False)

    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    ("headers", "sentence"),
    [
        ({}, "lets in only what its reverse proxy sends"),
        ({"x-desk-token": "guessed"}, "lets in only what its reverse proxy sends"),
        ({"x-desk-token": TOKEN}, "names no person"),
        ({"x-desk-token": TOKEN, "x-desk-user": "ana"}, "You have no role"),
        ({"x-desk-token": TOKEN, "x-desk-user": "ana", "x-desk-role": "owner"}, "You have no role"),
    ],
    ids=["no token", "a wrong token", "no name", "no role", "an unknown role"],
)
def test_behind_a_proxy_only_people_with_a_role_enter(headers, sentence):
    with desk_at(proxy_token=TOKEN) as desk:
        answer = requests.get(f"{desk}/nowhere", headers=headers, timeout=10)

    assert answer.status_code == 403
    assert sentence in answer.text
    assert TOKEN not in answer.text


def test_a_role_sees_only_its_own_pages():
    headers = {"x-desk-token": TOKEN, "x-desk-user": "ana"}
    with desk_at(proxy_token=TOKEN) as desk:
        clerk = requests.get(f"{desk}/nowhere", headers={**headers, "x-desk-role": "clerk"}, timeout=10).text
        analyst = requests.get(f"{desk}/nowhere", headers={**headers, "x-desk-role": "analyst"}, timeout=10).text

    assert 'href="/decide"' in clerk
    assert 'href="/models"' not in clerk
    assert 'href="/watch"' in analyst
    assert 'href="/decide"' not in analyst
