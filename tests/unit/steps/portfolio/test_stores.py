"""The stores of the processes that decide."""

import pytest

from steps.portfolio.stores import check_shared, digest_of_stores, stores_of
from steps.run.console import UserError

LOG, HISTORY = "DECISION_LOG_URI", "HISTORY_STORE_URI"


@pytest.fixture(autouse=True)
def none(monkeypatch, tmp_path):
    for name in (LOG, HISTORY):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


def test_the_log_is_there_only_where_decisions_go_on_record(monkeypatch):
    monkeypatch.setenv(LOG, "postgresql://lender:secret@db/log")

    assert LOG not in stores_of(record=False)
    assert stores_of(record=True)[LOG] == "postgresql://lender:secret@db/log"


def test_a_relative_file_is_that_of_the_callers_folder(monkeypatch, tmp_path):
    monkeypatch.setenv(LOG, "sqlite:///data/log.db")

    assert stores_of(record=True)[LOG] == f"sqlite:///{tmp_path}/data/log.db"


def test_a_record_needs_a_log():
    with pytest.raises(UserError, match="expected DECISION_LOG_URI"):
        stores_of(record=True)


def test_a_url_that_cannot_be_understood_is_an_error_without_it(monkeypatch):
    monkeypatch.setenv(HISTORY, "nothing-of-the-kind")

    with pytest.raises(UserError, match=HISTORY) as raised:
        stores_of(record=False)
    assert "nothing-of" not in str(raised.value)


def test_another_log_is_another_scoring(monkeypatch):
    monkeypatch.setenv(LOG, "postgresql://db/one")
    one = digest_of_stores(record=True), digest_of_stores(record=False)
    monkeypatch.setenv(LOG, "postgresql://db/two")

    assert digest_of_stores(record=True) != one[0]
    assert digest_of_stores(record=False) == one[1]


@pytest.mark.parametrize(
    ("name", "value"),
    [("DECISION_LOG_WAIT", "30"), (LOG, "postgresql://other:password@db/one"), ("METRICS_PORT", "9100")],
)
def test_a_longer_wait_and_another_login_are_the_same_scoring(monkeypatch, name, value):
    monkeypatch.setenv(LOG, "postgresql://lender:secret@db/one")
    before = digest_of_stores(record=True)
    monkeypatch.setenv(name, value)

    assert digest_of_stores(record=True) == before


def test_a_history_store_without_a_published_set_is_an_error(monkeypatch):
    monkeypatch.setenv(HISTORY, "sqlite:///none.db")

    with pytest.raises(UserError, match=f"{HISTORY}: .*: check that it is there, and has a published set"):
        digest_of_stores(record=False)


@pytest.mark.parametrize(("url", "is_shared"), [("sqlite:////data/log.db", False), ("postgresql://db/log", True)])
def test_machines_share_no_file(monkeypatch, url, is_shared):
    monkeypatch.setenv(LOG, url)

    check_shared(record=False)
    if is_shared:
        check_shared(record=True)
    else:
        with pytest.raises(UserError, match="expected PostgreSQL"):
            check_shared(record=True)
