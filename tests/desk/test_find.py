"""The page Find, as people use it: a search, a decision as it was, contests, answers, what a version says now."""

import json
from contextlib import closing

import pytest
import requests
from axe_playwright_python.sync_playwright import Axe
from sqlalchemy import create_engine, make_url, text

from custom_model.decision_log.reader import Records
from testing.desk import desk_at
from tests.desk.decided import decided, refused_with_offer

pytestmark = pytest.mark.slow

TOKEN = "a-secret-of-the-proxy"
HOSTILE = '<script>alert(1)</script> & "it\'s mine"'


@pytest.fixture(scope="module")
def decisions(decision_server, complete) -> list[dict]:
    return decided(decision_server, complete.head(200))


@pytest.fixture(scope="module")
def refused(decisions) -> dict:
    return refused_with_offer(decisions)


@pytest.fixture
def records(stores):
    with closing(Records.open(make_url(stores.log))) as opened:
        yield opened


def as_role(role: str) -> dict[str, str]:
    return {"x-desk-token": TOKEN, "x-desk-user": "ana", "x-desk-role": role}


@pytest.fixture(scope="module")
def behind_proxy(decision_server, stores):
    """The desk for whom the proxy's headers name."""
    with desk_at(proxy_token=TOKEN, server_url=decision_server, decision_log=stores.log) as url:
        yield url


def accessible(page) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_a_clients_decision_is_found_contested_and_answered_by_keyboard_alone(opened, refused, records):
    client = str(refused["client_id"])
    page = opened("/find")
    page.get_by_label("Client number").focus()
    page.keyboard.type(client)
    page.keyboard.press("Enter")
    assert page.url.endswith("/find")
    assert client not in page.url
    page.get_by_role("heading", name=f"Decisions about client {client}").wait_for()
    assert "(risk officer), the client" in page.locator("details", has_text="Who looked at it").text_content()
    page.locator(f"td a[href$='{refused['decision_id']}']").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/find/decision/{refused['decision_id']}")

    assert "Refused. A default is expected in" in page.get_by_role("heading", level=1).inner_text()
    for reason in refused["reasons"]:
        assert page.get_by_text(reason["text"]).first.is_visible()
    page.get_by_text("Put a contest on record").focus()
    page.keyboard.press("Enter")
    page.get_by_label("The client's own view").focus()
    page.keyboard.type(HOSTILE)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    page.get_by_text("The client contested it on").wait_for()
    assert page.locator("blockquote").inner_text() == HOSTILE
    page.get_by_label("refuse", exact=True).focus()
    page.keyboard.press("Space")
    page.get_by_label("Why you decide so").focus()
    page.keyboard.type("Income is not proven.")
    page.get_by_role("button", name="Put the answer on record").focus()
    page.keyboard.press("Enter")

    page.get_by_text("a person's answer holds: refused").wait_for()
    second = records.second_decisions([refused["decision_id"]])[refused["decision_id"]]
    assert [each["statement"] for each in second.contests] == [HOSTILE]
    assert [(each["outcome"], each["reason"]) for each in second.overrides] == [("refused", "Income is not proven.")]


def test_each_look_is_on_record_before_the_page_is_there(desk, decisions, records):
    decision = decisions[-1]
    before = len(records.looks_at_client(str(decision["client_id"]), 99))

    requests.post(f"{desk}/find", {"client": decision["client_id"]}, timeout=10)
    page = requests.get(f"{desk}/find/decision/{decision['decision_id']}", timeout=10)

    looks = records.looks_at_client(str(decision["client_id"]), 99)
    assert [(each["what"], each["decision_id"]) for each in looks[: len(looks) - before]] == [
        ("decision", decision["decision_id"]),
        ("client", None),
    ]
    assert looks[0]["person"] in page.text


@pytest.mark.parametrize(("width", "language", "scheme"), [(360, "fr", "dark"), (1280, "en", "light")])
def test_the_pages_pass_the_rules_of_accessibility(opened, refused, width, language, scheme):
    page = opened("/find", width, language, color_scheme=scheme)
    accessible(page)
    page.goto(f"/find/decision/{refused['decision_id']}")
    for summary in page.locator("summary").all()[:4]:
        if summary.is_visible():
            summary.click()
    accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_the_version_in_service_says_the_same_about_the_same_fields_in_french_on_a_phone(opened, refused):
    page = opened(f"/find/decision/{refused['decision_id']}", 360, "fr")

    page.get_by_role("button", name="Interroger la version en service").click()

    assert f"{refused['model']} déciderait de même aujourd'hui." in page.locator("#again").inner_text()
    figures = page.locator("#again tbody tr").nth(1).locator("td").all_inner_texts()
    assert figures[0] == figures[1]
    accessible(page)


def test_a_request_that_todays_contract_refuses_is_told_with_the_problems(desk, refused, stores, records):
    request = f"decision_id = '{refused['decision_id']}'"
    with create_engine(stores.log).begin() as connection:
        fields = connection.scalar(text(f"SELECT fields FROM decisions WHERE {request}"))
        sent = records.find(refused["decision_id"])["fields"]
        changed = json.dumps({**sent, "SHOE_SIZE": sent["NAME_CONTRACT_TYPE"]})
        connection.execute(text(f"UPDATE decisions SET fields = :fields WHERE {request}"), {"fields": changed})
    try:
        page = requests.post(f"{desk}/find/decision/{refused['decision_id']}/again", timeout=20).text
    finally:
        with create_engine(stores.log).begin() as connection:
            connection.execute(text(f"UPDATE decisions SET fields = :fields WHERE {request}"), {"fields": fields})

    assert "does not accept this request" in page
    assert "SHOE_SIZE: unknown field" in page


def test_an_analyst_sees_figures_and_nothing_of_the_client(behind_proxy, refused):
    headers = as_role("analyst")
    address = f"{behind_proxy}/find/decision/{refused['decision_id']}"

    page = requests.get(address, headers=headers, timeout=10).text
    listed = requests.get(f"{behind_proxy}/find", headers=headers, timeout=10).text

    assert "Your role sees figures alone" in page
    assert "A default is expected in" in page
    assert str(refused["client_id"]) not in page + listed
    assert 'name="client"' not in listed
    assert not any(reason["text"].split("'")[0] in page for reason in refused["reasons"])
    for method, path, form in [
        ("GET", f"/find/decision/{refused['decision_id']}/letter", None),
        ("GET", f"/find/decision/{refused['decision_id']}/letter.pdf", None),
        ("POST", f"/find/decision/{refused['decision_id']}/again", {}),
        ("POST", f"/find/decision/{refused['decision_id']}/contest", {"statement": "x"}),
        ("POST", f"/find/decision/{refused['decision_id']}/answer", {"outcome": "granted", "reason": "x"}),
        ("POST", "/find", {"client": "100002"}),
    ]:
        answer = requests.request(method, behind_proxy + path, data=form, headers=headers, timeout=10)
        assert answer.status_code == 403, path


def test_the_name_of_who_answers_is_the_proxys(behind_proxy, decisions, records):
    decision = next(each for each in decisions if each["decision"] == "granted")
    address = f"{behind_proxy}/find/decision/{decision['decision_id']}"

    requests.post(f"{address}/contest", {"statement": "mine"}, headers=as_role("clerk"), timeout=10)

    second = records.second_decisions([decision["decision_id"]])[decision["decision_id"]]
    assert second.contests[-1]["taken_by"] == "ana"


def test_what_cannot_be_put_on_record_is_said_beside_the_field_and_stays_typed(desk, decisions, records):
    decision = next(each for each in decisions[::-1] if each["decision"] == "granted")
    address = f"{desk}/find/decision/{decision['decision_id']}"

    empty = requests.post(f"{address}/contest", {"statement": " \n"}, timeout=10)
    long = requests.post(f"{address}/contest", {"statement": "x" * 5_001}, timeout=10)
    answer = requests.post(f"{address}/answer", {"outcome": "granted", "reason": "so"}, timeout=10)

    assert (empty.status_code, long.status_code, answer.status_code) == (400, 400, 409)
    assert "Write this: it goes on record." in empty.text
    assert "x" * 5_001 in long.text
    assert "nothing was put on record" in answer.text
    assert decision["decision_id"] not in records.second_decisions([decision["decision_id"]])


@pytest.mark.parametrize(
    "path",
    ["1", "..%5c..", "01890a5d-ac96-774b-bcce-b302099a8057", "' OR 1=1 --", "x" * 3_000],
    ids=["a number", "a path", "not on record", "SQL", "too long"],
)
def test_a_decision_that_is_none_has_a_page_that_says_so(desk, path):
    answer = requests.get(f"{desk}/find/decision/{path}", timeout=10)

    assert answer.status_code == 404
    assert "No decision of this number is on record." in answer.text


@pytest.mark.parametrize(
    ("form", "status", "sentence"),
    [
        ({"decision": "123"}, 400, "This is no decision&#39;s number"),
        ({"decision": "01890a5d-ac96-774b-bcce-b302099a8057"}, 404, "No decision of this number is on record."),
        ({"client": "no\x00body"}, 400, "This is no client&#39;s number"),
        ({"client": "<b>O'Brien</b> %_"}, 200, "Decisions about client &lt;b&gt;O&#39;Brien&lt;/b&gt; %_"),
        ({"until": "soon"}, 400, "This is no day"),
    ],
    ids=["no id", "an unknown id", "no client", "an odd client", "no day"],
)
def test_a_search_that_finds_nothing_says_why(desk, form, status, sentence):
    answer = requests.post(f"{desk}/find", form, timeout=10)

    assert answer.status_code == status
    assert sentence in answer.text


def test_a_decisions_number_leads_to_its_page(desk, refused):
    found = requests.post(f"{desk}/find", {"decision": refused["decision_id"].upper()}, timeout=10)

    assert found.url == f"{desk}/find/decision/{refused['decision_id']}"


def test_an_erased_record_says_so_and_keeps_its_figures(desk, decisions, records):
    decision = next(each for each in decisions[5:] if each["decision"] == "granted")
    records.erase(str(decision["client_id"]))

    page = requests.get(f"{desk}/find/decision/{decision['decision_id']}", timeout=10).text
    again = requests.post(f"{desk}/find/decision/{decision['decision_id']}/again", timeout=10)

    assert "in this record were erased on" in page
    assert "A default is expected in" in page
    assert again.status_code == 409


def test_without_a_log_or_with_an_absent_one_the_page_says_what_to_do(tmp_path):
    with desk_at() as without:
        none = requests.get(f"{without}/find", timeout=10)
    with desk_at(decision_log=f"sqlite:///{tmp_path / 'absent.db'}") as absent:
        gone = requests.get(f"{absent}/find", timeout=10)

    assert "DECISION_LOG_URI" in none.text
    assert "absent.db" in gone.text
    assert (none.status_code, gone.status_code) == (503, 503)


def test_a_server_that_is_down_costs_no_more_than_the_comparison(stores, refused):
    with desk_at(server_url="http://127.0.0.1:9", decision_log=stores.log) as url:
        page = requests.get(f"{url}/find/decision/{refused['decision_id']}", timeout=10)
        again = requests.post(f"{url}/find/decision/{refused['decision_id']}/again", timeout=10)

    assert page.status_code == 200
    assert again.status_code == 503
    assert "does not answer at http://127.0.0.1:9" in again.text
