"""Seconds of the desk's pages on a log, as a browser waits for them."""

import time
from contextlib import closing
from datetime import UTC, datetime
from statistics import median

import requests
from sqlalchemy import make_url

from custom_model.decision_log.reader import Records
from custom_model.decision_log.totals import Span
from testing.desk import desk_at

ROUNDS = 5


def page_seconds(model_name: str, log: str) -> dict[str, float]:
    """The median seconds of each page, by what it shows; the first answer of each, which fills caches, is left out."""
    found = {}
    with desk_at(model_name=model_name, decision_log=log) as desk, requests.Session() as session:
        session.trust_env = False
        for name, path in _paths(model_name, log).items():
            seconds = [_seconds(session, desk + path) for _ in range(ROUNDS + 1)]
            found[name] = median(seconds[1:])
    return found


def _paths(model_name: str, log: str) -> dict[str, str]:
    with closing(Records.open(make_url(log))) as records:
        days = records.first_and_last_day(model_name)
        ((newest,)) = records.listed(Span(model_name), 1)
    if days is None:
        raise RuntimeError("the log has no decision")
    first, last = days[0], min(days[1], datetime.now(UTC).date())
    every, rare = f"since={first}&until={last}", "decision=referred&segment=new"
    return {
        "all": "/watch?days=all",
        "all, of one version": "/watch?days=all&version=1",
        "its last month": f"/watch?since={last.replace(day=1)}&until={last}",
        "list of its last day": f"/watch/decisions?since={last}&until={last}",
        "list of all": f"/watch/decisions?{every}",
        "list of all, a rare kind": f"/watch/decisions?{every}&{rare}",
        "a decision": f"/find/decision/{newest['decision_id']}",
    }


def _seconds(session: requests.Session, url: str) -> float:
    start = time.perf_counter()
    answer = session.get(url, timeout=600)
    seconds = time.perf_counter() - start
    if answer.status_code != 200:
        raise RuntimeError(f"{url} answered with the status {answer.status_code}")
    return seconds
