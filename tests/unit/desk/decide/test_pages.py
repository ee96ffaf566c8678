"""Requests of the page: what is on record of a look, and what no form of the desk sends."""

from types import SimpleNamespace

import pytest
from sqlalchemy import make_url
from starlette.requests import Request

from custom_model.decision_log.reader import Records
from desk.access.people import Person, Role
from desk.decide import pages
from desk.problems import Problem
from desk.settings import DeskSettings

FORM = {"field.AMT_CREDIT": "1000", "field.NAME_CONTRACT_TYPE": "Cash loans", "client": "100001"}


class Away:
    """A server that is not there."""

    def simulate(self, *_: object) -> None:
        raise Problem("server.down", url="")

    def readiness(self) -> dict[str, object]:
        return {"stores": {"decision_log": True}}


@pytest.fixture
def log(tmp_path) -> str:
    url = f"sqlite:///{tmp_path / 'decisions.db'}"
    Records.migrate(make_url(url))
    return url


@pytest.fixture
def request_with(version, log, monkeypatch) -> Request:
    monkeypatch.setattr(pages, "served_version", lambda server: version)
    monkeypatch.setattr(pages, "version_of", lambda ready: version)
    app = SimpleNamespace(state=SimpleNamespace(server=Away(), settings=DeskSettings(decision_log=log)))
    return Request(
        {"type": "http", "headers": [], "app": app, "state": {"person": Person("ana", Role.clerk)}, "path": "/"}
    )


def looks(log: str, client: str) -> list[tuple[str, str]]:
    records = Records.open(make_url(log))
    try:
        return [(each["person"], each["what"]) for each in records.looks_at_client(client, 10)]
    finally:
        records.close()


def test_each_client_whose_past_loans_are_tried_out_is_on_record_before_the_server_is_asked(request_with, log):
    was = {f"was.{name}": value for name, value in FORM.items()}

    with pytest.raises(Problem, match=r"server\.down"):
        pages._what_if(request_with, {**was, **FORM, "client": "100002"})

    assert looks(log, "100001") == looks(log, "100002") == [("ana", "history")]


def test_a_client_whose_past_loans_are_not_looked_up_is_not_looked_at(request_with, log):
    form = {**FORM, "history": "none"}

    with pytest.raises(Problem, match=r"server\.down"):
        pages._what_if(request_with, {**{f"was.{name}": value for name, value in form.items()}, **form})

    assert looks(log, "100001") == []


@pytest.mark.parametrize("key", ["a\nb: c", "\u4e2d", " a", "a" * 5_000])
def test_a_key_that_no_form_of_the_desk_has_reaches_no_header(request_with, key):
    with pytest.raises(Problem, match=r"problem\.bad_form"):
        pages._decide(request_with, {**FORM, "field.FLAG_PHONE": "1", "key": key})
