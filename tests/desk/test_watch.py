"""The page Watch, used as a person would: choose a window, follow a figure to its decisions, see what was found."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import mlflow
import pytest
import requests
from axe_playwright_python.sync_playwright import Axe

from steps.ledger.records import Entry, Event, Outcome, enter
from testing.desk import desk_at
from tests.desk.watched import CLIENT, log_of, of_day, of_days
from tests.unit.desk.watch.reports import logged, report

pytestmark = pytest.mark.slow

TOKEN = "a-secret-of-the-proxy"


@pytest.fixture(scope="module")
def today() -> date:
    return datetime.now(UTC).date()


@pytest.fixture(scope="module")
def log(today, tmp_path_factory) -> str:
    """Decisions of each of the last sixty days."""
    return log_of(tmp_path_factory.mktemp("watched"), of_days("cards", today))


@pytest.fixture(scope="module")
def windows(tracking) -> list[str]:
    """Two windows that were monitored: one without an alarm, then one with one of each kind, and a change since."""
    runs = [logged(report(alarmed, "cards"), "cards", "3") for alarmed in (False, True)]
    mlflow.MlflowClient().create_registered_model("cards")
    enter("cards", Entry(event=Event.rollback, outcome=Outcome.champion, version="1", reason="the feed was broken"))
    return runs


@pytest.fixture(scope="module")
def desk(log, windows) -> Iterator[str]:
    """The desk on both; the page asks no decision server."""
    with desk_at(model_name="cards", decision_log=log) as url:
        yield url


def text_of(desk: str, path: str = "/watch", **headers: str) -> str:
    answer = requests.get(f"{desk}{path}", headers={"accept-language": "en", **headers}, timeout=30)
    assert answer.status_code == 200, answer.text
    return answer.text


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "1,800 decisions since the log begins: 67 of 100 granted; expected cost 0.43 a decision."),
        (
            "fr",
            "1 800 décisions depuis le début du journal : 67 sur 100 accordées ; coût attendu de 0,43 par décision.",
        ),
    ],
    ids=["en", "fr"],
)
def test_the_page_says_first_what_is_true_and_fits_its_width(opened, width, language, sentence):
    page = opened("/watch?days=all", width, language)

    assert " ".join(page.locator(".lead").inner_text().split()) == sentence
    assert page.locator("svg.chart").count() == 7  # volume, approvals, cost, versions; vintages, drift, fairness
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize(("width", "scheme", "language"), [(360, "dark", "en"), (1280, "light", "fr")])
def test_anybody_can_read_the_page_with_its_tables_open(opened, width, scheme, language, today):
    page = opened(f"/watch?since={today - timedelta(days=5)}&until={today}", width, language, color_scheme=scheme)
    for each in page.locator("details").all():
        each.evaluate("each => each.open = true")

    found = Axe().run(page)

    assert found.violations_count == 0, found.generate_report()


def test_a_window_a_version_and_a_segment_are_chosen_in_the_form(opened, today):
    page = opened("/watch")

    page.get_by_label("From").fill((today - timedelta(days=19)).isoformat())
    page.get_by_label("To", exact=True).fill((today - timedelta(days=10)).isoformat())
    page.get_by_label("Version", exact=True).select_option("2")
    page.get_by_label("Past loans").select_option("known")
    page.get_by_role("button", name="Show").press("Enter")

    assert page.locator(".lead").inner_text().startswith("150 decisions from ")
    assert "All these decisions are by version 2." in page.content()
    page.get_by_label("Past loans").select_option("new")
    page.get_by_role("button", name="Show").click()
    assert "No decisions in this window." in page.locator(".lead").inner_text()  # version 2 decides on the others
    page.get_by_role("link", name="Last 7 days").click()
    assert "version=2" in page.url


def test_the_keyboard_alone_leads_from_a_figure_to_the_decisions_behind_it(opened, today):
    page = opened(f"/watch?since={today - timedelta(days=9)}&until={today}")

    page.locator("summary").first.press("Enter")
    table = page.get_by_role("region", name="Decisions a day")
    table.get_by_role("link", name="10", exact=True).first.press("Enter")  # of thirty a day, ten are refused

    rows = page.locator("tbody tr")
    assert rows.count() == 10
    assert set(rows.locator(".tag").all_inner_texts()) == {"Refused"}
    assert page.locator("tbody a").first.get_attribute("href").startswith("/find/decision/")
    assert CLIENT not in page.content()
    page.get_by_role("link", name="Back to the figures").press("Enter")
    assert "/watch?since=" in page.url


def test_a_long_list_goes_on_where_its_page_ends(desk, today):
    span = f"since={today - timedelta(days=9)}&until={today}"
    first = text_of(desk, f"/watch/decisions?{span}")
    rest = first.split('href="/watch/decisions?')[1].split('"')[0].replace("&amp;", "&")

    second = text_of(desk, f"/watch/decisions?{rest}")

    ids = [
        set(each.split("/find/decision/")[place].split('"')[0] for place in range(1, 101)) for each in (first, second)
    ]
    assert [len(each) for each in ids] == [100, 100]
    assert not ids[0] & ids[1]


def test_alarms_say_what_to_do_and_what_was_done_since(opened, windows):
    page = opened("/watch", language="fr")

    assert "11 alarmes" in page.locator(".answer").inner_text()
    assert page.locator("#alarms li").count() == 11
    recorded = page.locator("#alarms li [lang=en]").first
    assert recorded.inner_text() == "EXT_SOURCE_2 is missing in every request"
    assert page.get_by_text("the feed was broken").is_visible()

    page.locator("summary", has_text="Périodes surveillées").press("Enter")
    page.get_by_role("region", name="Périodes surveillées").get_by_role("link").last.click()
    assert windows[0] in page.url
    assert "Aucune alarme" in page.locator(".answer").inner_text()
    assert page.get_by_text("mlflow run . -e monitor --env-manager local -P labels=outcomes.csv").is_visible()


def test_the_report_of_a_window_is_served_shut_in_and_no_other_run_is(desk, windows):
    with mlflow.start_run(experiment_id=mlflow.get_run(windows[0]).info.experiment_id) as other:
        mlflow.log_text("<script>alert(1)</script>", "report.html")

    served = requests.get(f"{desk}/watch/report/{windows[1]}", timeout=30)
    assert "Monitoring of the tests" in served.text
    assert served.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
    for run in (other.info.run_id, "0" * 32, "..%2f..", "' OR 1=1"):
        answer = requests.get(f"{desk}/watch/report/{run}", timeout=30)
        assert answer.status_code == 404
        assert "alert(1)" not in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/watch?since=x&until=y&version=%00&segment='--&run=../..&days=all",
        "/watch?days=9999999999999",
        "/watch?since=0001-01-01&until=9999-12-31",
        "/watch?since=9999-12-31",
        "/watch?run=" + "f" * 32,
        "/watch?version=<script>alert(1)</script>",
        "/watch/decisions?since=2026-13-01&decision=owner&before='%20OR%201=1",
        "/watch/decisions?until=9999-12-31&segment=all&version=" + "9" * 5_000,
    ],
)
def test_garbage_in_the_address_is_answered_by_a_page(desk, path):
    text = text_of(desk, path)

    assert "<h1>" in text
    assert "<script>alert" not in text


def test_an_outcome_that_there_is_not_is_said_and_all_decisions_are_listed(desk):
    text = text_of(desk, "/watch/decisions?decision=owner")

    assert "There is no such outcome. All decisions of these days are listed." in text


def test_a_window_that_ends_before_it_begins_is_said_and_the_usual_one_shown(desk):
    text = text_of(desk, "/watch?since=2026-03-02&until=2026-03-01")

    assert "The window ends before it begins" in text
    assert "in the last 30 days" in text


def test_days_without_decisions_name_those_of_the_log(desk, today):
    text = text_of(desk, "/watch?since=2020-03-01&until=2020-03-02")

    assert "No decisions in this window. The log begins on " in text


def test_of_one_day_there_are_figures_and_no_line(desk, today):
    text = text_of(desk, f"/watch?since={today}&until={today}&version=1&run=none")

    assert "Too few periods for a trend" in text
    record = text.split("What monitoring found")[0]
    assert "<svg" not in record
    assert "15 decisions from" in record  # fewer than are told rates of
    assert "too few to tell rates" in record


def test_without_a_log_a_decision_or_a_monitored_window_the_page_says_what_to_do(tmp_path):
    with desk_at(model_name="nothing", decision_log="") as desk:
        text = text_of(desk)
        assert "Start both the server and the desk with DECISION_LOG_URI" in text
        assert "mlflow run . -e monitor --env-manager local</code>" in text
    with desk_at(model_name="nothing", decision_log=log_of(tmp_path, of_day("cards", date(2026, 3, 3), 1))) as desk:
        assert "The decision log has no decision of this model yet." in text_of(desk)
    with desk_at(model_name="nothing", decision_log=f"sqlite:///{tmp_path / 'away.db'}") as desk:
        assert "The decision log cannot be read now." in text_of(desk)


def test_a_report_of_another_form_is_said_and_its_page_still_opens(desk):
    form = {**json.loads(report(alarmed=False).model_dump_json()), "form": 99, "new": {}}
    run = logged(report(alarmed=False), "cards", "3", json.dumps(form))

    text = text_of(desk, f"/watch?run={run}")

    assert "was made by another version of this project" in text
    assert f'href="/watch/report/{run}"' in text
    mlflow.MlflowClient().delete_run(run)


def test_with_mlflow_away_the_decisions_are_still_told(desk, tracking, monkeypatch):
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    mlflow.set_tracking_uri("http://127.0.0.1:9")
    try:
        text = text_of(desk)
    finally:
        mlflow.set_tracking_uri(tracking)

    assert "MLflow, which has what monitoring found, does not answer." in text
    assert "900 decisions in the last 30 days" in text


def test_an_analyst_may_watch_and_a_clerk_may_not(log):
    with desk_at(model_name="cards", decision_log=log, proxy_token=TOKEN) as desk:
        person = {"x-desk-token": TOKEN, "x-desk-user": "ana"}
        assert "decisions in the last 30 days" in text_of(desk, **person, **{"x-desk-role": "analyst"})
        for path in ("/watch", "/watch/decisions", "/watch/report/" + "0" * 32):
            clerk = requests.get(f"{desk}{path}", headers={**person, "x-desk-role": "clerk"}, timeout=30)
            assert clerk.status_code == 403
