"""A challenger in the shadow: everything that comes once, also after a kill, and evidence that adds up."""

from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from sqlalchemy import create_engine, make_url, select, text

from custom_model.costs import Costs
from custom_model.decision_log import DecisionLog
from custom_model.decision_log.reader import Records
from custom_model.decision_log.schema import shadow_decisions
from custom_model.origin import Origin
from custom_model.service import DecisionService
from steps.quality.betting import Evidence
from steps.run.console import UserError
from steps.traffic import shadow as shadow_module
from steps.traffic.deciding import Declared
from steps.traffic.own_code import decided
from steps.traffic.recorded import Span
from steps.traffic.shadow import Shadow, in_words

pytestmark = pytest.mark.slow

COSTS = Costs(false_negative=10, false_positive=1)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def url(request, tmp_path):
    """An empty database."""
    if request.param == "sqlite":
        return make_url(f"sqlite:///{tmp_path / 'log.db'}")
    return make_url(request.getfixturevalue("postgres"))


@pytest.fixture
def serve(url, decider):
    """A function that has a server decide requests on record."""

    def decide(requests: list[dict]) -> None:
        with closing(DecisionService(decider, Origin("credit-scoring", "1"), log=DecisionLog(url))) as service:
            service.decide(requests)

    return decide


@pytest.fixture
def shadow(url, serve, requests, stricter):
    """A shadow of a stricter version beside forty decisions."""
    serve(requests[:40])
    with closing(Records.open(url)) as records:
        declared = Declared(stricter.contract.model_dump(), lambda _: {})
        yield Shadow(records, Span("credit-scoring"), "credit-scoring/2", COSTS, declared)


@pytest.fixture
def ask(stricter):
    return lambda batch: decided(stricter, batch, ())


@pytest.fixture
def rows(url):
    """A function that returns all rows of the shadow, in their order."""

    def read() -> list:
        engine = create_engine(url)
        with engine.connect() as connection:
            found = connection.execute(select(shadow_decisions).order_by(shadow_decisions.c.place)).all()
        engine.dispose()
        return found

    return read


def test_every_decision_has_one_beside_it_and_what_comes_is_decided_next(shadow, ask, rows, serve, requests):
    assert list(shadow.catch_up(ask)) == [40]
    assert list(shadow.catch_up(ask)) == []

    serve(requests[40:55])

    assert list(shadow.catch_up(ask)) == [15]
    found = rows()
    assert [row.place for row in found] == [*range(1, 56)]
    assert len({row.decision_id for row in found}) == 55
    assert all(shadow.records.find(row.decision_id) is not None for row in found)


def test_the_evidence_is_of_the_expected_costs_at_their_own_thresholds(shadow, ask, rows):
    list(shadow.catch_up(ask))

    found = rows()
    for row in found:
        then = shadow.records.find(row.decision_id)
        p, q = then["probability_of_default"], row.probability_of_default
        cost_then = 10 * p if then["decision"] == "granted" else 1 - p
        cost_now = 10 * q if row.decision == "granted" else 1 - q
        assert row.cost_change == pytest.approx(cost_now - cost_then)
        assert row.threshold == 1 / 31
    changes = [row.cost_change for row in found]
    assert found[-1].compared == 40
    assert found[-1].total == pytest.approx(sum(changes))
    assert found[-1].squares == pytest.approx(sum(each**2 for each in changes))
    assert shadow.evidence.total == found[-1].total > 0
    assert found[-1].log_dearer > 0 >= found[-1].log_cheaper


def test_a_shadow_that_was_cut_off_goes_on_and_decides_nothing_twice(shadow, ask, rows, monkeypatch):
    monkeypatch.setattr(shadow_module, "ROWS", 8)
    batches = []

    def breaks(batch):
        batches.append(batch)
        if len(batches) == 3:
            raise SystemExit
        return ask(batch)

    with pytest.raises(SystemExit):
        list(shadow.catch_up(breaks))
    assert len(rows()) == 16

    assert sum(shadow.catch_up(ask, whole=True)) == 24

    found = rows()
    assert [row.place for row in found] == [*range(1, 41)]
    assert len({row.decision_id for row in found}) == 40
    assert found[-1].total == pytest.approx(sum(row.cost_change for row in found))


def test_a_decision_that_was_on_record_late_is_decided_too(shadow, ask, rows, url, requests, decider):
    list(shadow.catch_up(ask))
    log, late = DecisionLog(url), datetime.now(UTC) - timedelta(minutes=30)
    with closing(DecisionService(decider, Origin("credit-scoring", "1"), log=log)) as service:
        submit = log.submit
        log.submit = lambda records, *rest: submit([{**each, "decided_at": late} for each in records], *rest)
        service.decide(requests[50:51])

    assert list(shadow.catch_up(ask)) == [1]
    assert rows()[-1].decided_at is not None


def test_one_decision_of_a_clock_that_was_ahead_hides_none_that_comes_after_it(
    shadow, ask, rows, url, serve, requests, decider
):
    log, ahead = DecisionLog(url), datetime.now(UTC) + timedelta(days=300)
    with closing(DecisionService(decider, Origin("credit-scoring", "1"), log=log)) as service:
        submit = log.submit
        log.submit = lambda records, *rest: submit([{**each, "decided_at": ahead} for each in records], *rest)
        service.decide(requests[50:51])
    assert sum(shadow.catch_up(ask)) == 41

    serve(requests[51:54])

    assert sum(shadow.catch_up(ask)) == 3


def test_two_processes_in_one_shadow_never_write_one_decision_twice(shadow, ask, rows):
    def overtaken(batch):
        list(shadow.catch_up(ask))
        return ask(batch)

    with pytest.raises(UserError, match="another process decides for credit-scoring/2 at 10:1"):
        list(shadow.catch_up(overtaken))

    assert len({row.decision_id for row in rows()}) == len(rows()) == 40


def test_other_costs_are_another_shadow(shadow, ask, rows):
    list(shadow.catch_up(ask))

    other = replace(shadow, costs=Costs(false_negative=30, false_positive=1))

    close = replace(shadow, costs=Costs(false_negative=10.0000001, false_positive=1))

    assert (shadow.key, other.key) == ("credit-scoring/2 at 10:1", "credit-scoring/2 at 30:1")
    assert close.key == "credit-scoring/2 at 10.0000001:1"
    assert other.evidence == Evidence()
    assert sum(other.catch_up(ask)) == 40
    assert len(rows()) == 80


def test_a_request_that_the_contract_refuses_is_on_record_undecided_and_no_evidence(
    shadow, changed, rows, requests, url
):
    version = changed({"required": ("AMT_INCOME_TOTAL", "AMT_CREDIT", "EXT_SOURCE_1")})

    list(shadow.catch_up(lambda batch: decided(version, batch, ())))

    undecided = [row for row in rows() if row.decision == "undecided"]
    assert len(undecided) == sum("EXT_SOURCE_1" not in each for each in requests[:40]) > 0
    assert all(row.cost_change is None and row.probability_of_default is None for row in undecided)
    assert rows()[-1].compared == 40 - len(undecided)
    assert np.isclose(shadow.evidence.total, 0)


def test_erased_requests_are_not_decided_and_old_shadows_go_with_their_decisions(shadow, ask, rows, requests):
    shadow.records.erase(str(requests[0]["SK_ID_CURR"]))

    assert sum(shadow.catch_up(ask)) == 39

    assert sum(shadow.records.delete_before(datetime.now(UTC) + timedelta(minutes=1))) == 40
    assert rows() == []


def test_a_shadow_has_no_field_and_no_id_of_a_client(shadow, ask, rows, requests):
    list(shadow.catch_up(ask))

    stored = {str(value) for row in rows() for value in row}
    values = {str(value) for request in requests[:40] for value in request.values()}
    assert stored.isdisjoint(each for each in values if len(each) > 5)  # 0.0 and 8.0 are no client's own
    assert {column.name for column in shadow_decisions.c} == {
        *("shadow", "place", "decision_id", "decided_at", "shadowed_at", "decision", "probability_of_default"),
        *("threshold", "cost_change", "compared", "total", "squares", "log_cheaper", "log_dearer"),
    }


@pytest.mark.slow
@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
def test_the_role_that_docs_replay_md_names_is_enough(shadow, ask, rows, url):
    role = f"challenger_{url.database}"
    with create_engine(url).begin() as connection:
        for statement in (
            f"CREATE ROLE {role} LOGIN",
            "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
            f"GRANT SELECT ON decisions, contracts, decision_log_version, shadow_decisions TO {role}",
            f"GRANT INSERT ON shadow_decisions TO {role}",
        ):
            connection.execute(text(statement))

    with closing(Records.open(url.set(username=role))) as records:
        assert sum(replace(shadow, records=records).catch_up(ask)) == 40

    assert len(rows()) == 40


def test_the_words_name_the_evidence_and_no_verdict_before_it_is_sure():
    assert in_words(Evidence()) == "nothing is compared yet"
    assert "-0.0100 a decision: neither cheaper nor dearer beyond doubt" in in_words(Evidence(100, -1.0, 1.0, 1.0, 0.0))
    assert "cheaper beyond doubt (evidence 55" in in_words(Evidence(100, -1.0, 1.0, np.log(55), 0.0))
