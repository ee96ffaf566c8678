"""The page Models, as a risk officer uses it: who decides, on what evidence; approve, judge, roll back."""

import re
from collections.abc import Iterator
from html import escape

import mlflow
import pytest
import requests
from axe_playwright_python.sync_playwright import Axe
from mlflow import MlflowClient
from playwright.sync_api import expect

from steps.ledger.actor import acting
from steps.ledger.records import filed, record_name
from steps.registry.version_record import REPORT
from testing.desk import desk_at
from tests.desk.governed import REASON, Governed, governed
from tests.unit.steps.registry.entries import champion_of

pytestmark = pytest.mark.slow

DONE = 120_000  # milliseconds: the gate starts a process that imports MLflow


@pytest.fixture
def own_model(champion, decision_server) -> Iterator[str]:
    """A model of one test's own, which it changes."""
    with governed(champion) as name:
        yield name


@pytest.fixture
def own(own_model, decision_server, opened) -> Iterator[Governed]:
    """A desk of that model."""
    with desk_at(server_url=decision_server, model_name=own_model) as url:
        yield Governed(url, opened)


def sent(models, path: str, **values: str) -> requests.Response:
    """The answer to the form of a page, filled in."""
    page = requests.get(models.url + path, timeout=30).text
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
    return requests.post(models.url + path, {**hidden, **values}, timeout=30)


@pytest.mark.parametrize(("width", "scheme"), [(360, "dark"), (1280, "light")])
@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        ("en", ["Version 2 decides since", "promoted by olga", "Version 3 did not pass the gate; olga overruled it"]),
        ("fr", ["La version 2 décide depuis le", "promue par olga", "La version 3 n'a pas franchi le contrôle"]),
    ],
)
def test_what_is_true_now_comes_first_and_everybody_can_read_it(models, width, scheme, language, sentences):
    page = models("/models", width, language, color_scheme=scheme)

    lead = page.locator(".lead").inner_text()
    assert [each for each in sentences if each not in lead] == []
    assert page.get_by_role("columnheader").count() == 4
    assert "0.0909" not in page.locator("table").inner_text()  # of a hundred, and per cent
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for path in ("/models", "/models/3", "/models/ledger", "/models/ledger/3"):
        page.goto(models.url + path)
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()


def test_a_reason_that_somebody_wrote_is_text_and_no_html(models):
    for path in ("/models", "/models/3", "/models/ledger", "/models/ledger/3"):
        text = requests.get(models.url + path, timeout=30).text
        assert escape(REASON) in text, path
        assert REASON not in text


def test_approving_by_keyboard_asks_once_and_escape_changes_nothing(own, own_model):
    page = own("/models")
    ask = page.get_by_role("button", name="Approve version 3 …")

    ask.press("Enter")
    dialog = page.get_by_role("dialog", name="Approve version 3")
    expect(dialog).to_contain_text("Version 3 replaces version 2 for all new decisions; servers that follow the alias")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert champion_of(own_model) == "2"

    ask.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("as the committee decided")
    page.keyboard.press("Enter")

    verdict = page.get_by_role("status")
    expect(verdict).to_contain_text("Version 3 is champion in place of version 2.", timeout=DONE)
    assert champion_of(own_model) == "3"
    newest = next(filed(own_model)).record
    assert (newest.who, newest.reason) == (acting(), "as the committee decided")
    page.get_by_role("link", name="Record 4").click()
    expect(page.locator(".lead")).to_contain_text("approval of version 3")
    assert requests.get(f"{own.url}/models/3/approve", timeout=30).status_code == 409


def test_a_version_that_cannot_decide_is_judged_shown_and_moves_nothing(models, model, table):
    page = models("/models/4", 360, "fr")
    page.get_by_role("button", name="Promouvoir la version 4 …").click()
    page.get_by_label("Données du contrôle").fill(str(table.path))
    page.get_by_role("button", name="Contrôler seulement").click()

    expect(page.get_by_role("status")).to_contain_text("La version 4 ne franchirait pas le contrôle", timeout=DONE)
    expect(page.get_by_role("row", name="non satisfait décide pour les clients mis de côté")).to_be_visible()
    page.locator("summary").click()
    expect(page.locator("pre")).to_contain_text("nothing moved and nothing is on record")
    assert Axe().run(page).violations_count == 0
    assert len(list(filed(model))) == 3


def test_a_rollback_needs_a_reason_and_a_form_sent_twice_acts_once(own, own_model):
    without = sent(own, "/models/1/rollback")
    page = requests.get(f"{own.url}/models/1/rollback", timeout=30).text
    form = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))

    for _ in range(2):
        requests.post(f"{own.url}/models/1/rollback", {**form, "reason": "too many refusals"}, timeout=30)

    expect(own("/models/action").get_by_role("status")).to_contain_text(
        "Version 1 is champion in place of version 2.", timeout=DONE
    )
    assert [each.record.event for each in filed(own_model)][:2] == ["rollback", "promotion"]
    assert without.status_code == 422
    assert "Give a reason in one line" in without.text


def test_what_was_confirmed_is_what_happens_or_nothing(models, model):
    changed = sent(models, "/models/1/rollback", champion="7", reason="too many refusals")
    incomplete = sent(models, "/models/1/rollback", ticket="", reason="too many refusals")
    nowhere = sent(models, "/models/4/promote", data="/nowhere/clients.csv")
    too_long = sent(models, "/models/4/promote", data="a" * 10_000)

    assert "The champion has changed since you opened this page" in changed.text
    assert "The form was not complete." in incomplete.text
    assert "There is no such file or folder" in nowhere.text
    assert {each.status_code for each in (changed, incomplete, nowhere, too_long)} == {422}
    assert champion_of(model) == "2"


def test_who_promoted_a_version_is_told_that_another_person_has_to_approve(models, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "olga")

    answer = sent(models, "/models/3/approve", champion="2", ticket="made up")

    assert answer.status_code == 422
    assert "You have promoted this version yourself: another person has to approve it." in answer.text


def test_a_ledger_that_somebody_changed_is_said_not_to_be_whole(own, own_model):
    whole = requests.get(f"{own.url}/models/ledger", timeout=30).text
    MlflowClient().set_registered_model_tag(record_name(own_model, "000002"), "record", "{}")

    changed = requests.get(f"{own.url}/models/ledger", timeout=30).text
    record = requests.get(f"{own.url}/models/ledger/2", timeout=30).text

    assert "The ledger is whole: none of its 3 records is missing or changed." in whole
    assert "The ledger is not whole" in changed
    assert "record 2 is changed" in changed
    assert "it cannot be read as a record" in record


def test_a_report_may_run_and_load_nothing(models, model):
    with mlflow.start_run() as run:
        mlflow.log_text("<title>as logged</title><script>document.title = 'run'</script>", "report.html")
    MlflowClient().set_model_version_tag(model, "2", REPORT, run.info.run_id)

    page = models("/models/2")
    page.get_by_role("link", name="Open the report").click()

    assert page.title() == "as logged"
    policy = requests.get(f"{models.url}/models/2/report", timeout=30).headers["content-security-policy"]
    assert policy.startswith("sandbox; default-src 'none'")
    assert requests.get(f"{models.url}/models/2/replays/{run.info.run_id}", timeout=30).status_code == 404
    assert requests.get(f"{models.url}/models/4/report", timeout=30).status_code == 404


def test_a_server_that_is_down_and_a_model_without_versions_are_sentences():
    with desk_at(server_url="http://127.0.0.1:9", model_name="none-of-this-name") as url:
        page = requests.get(f"{url}/models", timeout=30)
        ledger = requests.get(f"{url}/models/ledger", timeout=30)

    assert (page.status_code, ledger.status_code) == (200, 200)
    assert "The decision server does not answer at http://127.0.0.1:9" in page.text
    assert "No version of none-of-this-name is registered" in page.text
    assert "The ledger is empty" in ledger.text


PATHS = [
    *("/models/0", "/models/99", "/models/latest", "/models/2'%20OR%20'1'='1", "/models/%2e%2e%2fetc", "/models/2%00"),
    *(f"/models/{'9' * 5000}", "/models/ledger/99", "/models/ledger/-1", "/models/1/delete", "/models/1/../../etc"),
    *("/models/1/replays/..%2f..%2fetc%2fpasswd", "/models/1/replays/'%20OR%201=1", "/static/..%2fapp.py"),
    *("/static/%2e%2e/%2e%2e/settings.py", "/static//etc/passwd", "/static/templates/base.html.j2"),
]


def test_a_path_that_names_nothing_is_not_found_and_leads_nowhere(desk):
    session, answers = requests.Session(), {}
    for path in PATHS:
        prepared = requests.Request("GET", desk).prepare()
        prepared.url = desk + path  # as it is written, not as a browser would tidy it
        answers[path] = session.send(prepared, timeout=30)

    assert {path: answer.status_code for path, answer in answers.items() if answer.status_code != 404} == {}
    assert [path for path, answer in answers.items() if "root:" in answer.text or "import " in answer.text] == []
