"""The life of a request: no decision is returned before its record is durable, and the record is complete."""

import asyncio
import json
import sqlite3
import threading
from concurrent.futures import Future
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import make_url

from custom_model.alternatives import Move
from custom_model.contract import Contract
from custom_model.costs import Costs
from custom_model.decision_log import DecisionLog
from custom_model.decisions import Decider
from custom_model.errors import BadRequest, Unavailable
from custom_model.features import Features
from custom_model.history.completed import Completed, request_sources
from custom_model.meanings import Meaning
from custom_model.origin import Origin
from custom_model.points import ScoreScale
from custom_model.ranges import Range
from custom_model.rules import RuleBook, Rules
from custom_model.service import DecisionService, Pending
from tests.recorded import application_in

ORIGIN = Origin("credit-scoring", "1", "0a1b2c")


@pytest.fixture
def file(tmp_path):
    return tmp_path / "log.db"


@pytest.fixture
def service(decider, file):
    log = DecisionLog(make_url(f"sqlite:///{file}"))
    yield DecisionService(decider, ORIGIN, log=log)
    log.close()


@pytest.fixture
def allowing(decider, file):
    """A service whose policy lets a request decide by its own threshold, and refers clients without a job."""
    rules = Rules(
        request_threshold="allow",
        least_information={"job": {"fields": ("DAYS_EMPLOYED",), "otherwise": "refer"}},
    )
    log = DecisionLog(make_url(f"sqlite:///{file}"))
    yield DecisionService(replace(decider, rules=RuleBook(decider.contract, rules, {})), ORIGIN, log=log)
    log.close()


def on_record(file) -> list[dict]:
    with sqlite3.connect(file) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute("SELECT * FROM decisions ORDER BY rowid")]


def test_decisions_by_field_are_those_of_each_application_and_recorded_where_there_is_a_log(
    service, decider, application, file
):
    table = pd.DataFrame([application, {**application, "EXT_SOURCE_2": None}])

    for each in (DecisionService(decider, ORIGIN), service):
        decisions, columns = each.decide(table), each.decide_columns(table)

        assert [*columns] == [*decisions[0]]
        for name in set(columns) - {"decision_id"}:
            assert columns[name] == [decision[name] for decision in decisions]
    assert columns["recorded"] == [True, True]
    assert [row["decision_id"] for row in on_record(file)][2:] == columns["decision_id"]


def test_no_application_has_no_field(decider):
    assert DecisionService(decider, ORIGIN).decide_columns([]) == {}


def test_without_a_log_no_decision_is_marked_as_recorded(decider, application):
    (decision,) = DecisionService(decider, ORIGIN).decide([application])

    assert decision["recorded"] is False


def test_a_recorded_decision_is_found_by_its_id_with_everything_behind_it(allowing, application, contract, file):
    (decision,) = allowing.decide([application], {"threshold": 0.05, "reasons": "all"})

    (row,) = on_record(file)
    assert decision["recorded"] is True
    assert row["decision_id"] == decision["decision_id"]
    assert row["client_id"] == "100002"
    assert (row["model_name"], row["model_version"], row["model_run"]) == ("credit-scoring", "1", "0a1b2c")
    assert row["contract"] == contract.digest
    assert (row["threshold"], row["threshold_source"]) == (0.05, "request")
    assert (row["cost_false_negative"], row["cost_false_positive"]) == (10, 1)  # as the scorecard has them
    assert row["probability_of_default"] == decision["probability_of_default"]  # to the last bit
    assert row["decision"] == decision["decision"]
    assert json.loads(row["reasons"]) == decision["reasons"]
    assert row["history"] == "request"
    assert application_in(contract, row["fields"]) == application
    assert row["history_fields"] is None
    assert row["latency_ms"] > 0


def test_points_are_on_record_where_there_are_any(decider, application, file):
    scale = ScoreScale(base_points=600, base_odds=50, points_to_double_odds=20)
    scoring = replace(decider, scorecard=decider.scorecard.model_copy(update={"score": scale}))
    log = DecisionLog(make_url(f"sqlite:///{file}"))

    (scored,) = DecisionService(scoring, ORIGIN, log=log).decide([application])
    (plain,) = DecisionService(decider, ORIGIN, log=log).decide([application])
    log.close()

    assert scored["score"] == scale.points(scored["probability_of_default"])
    assert "score" not in plain
    assert [row["score"] for row in on_record(file)] == [scored["score"], None]


@pytest.fixture
def offering(decider, application) -> Decider:
    """A decider that refuses the application, and would grant a part of its credit."""
    moves = {"AMT_CREDIT": Move(lower=0.9, steps=100, in_proportion=("AMT_ANNUITY",))}
    scorecard = decider.scorecard.model_copy(update={"alternatives": moves})
    smaller = [
        {**application, "AMT_CREDIT": 406_597.5 * share, "AMT_ANNUITY": 24_700.5 * share} for share in (1.0, 0.5, 0.2)
    ]
    asked, *less = (each["probability_of_default"] for each in DecisionService(decider, ORIGIN).decide(smaller))
    between = (asked + min(less)) / 2
    costs = Costs(false_negative=(1 - between) / between, false_positive=1.0)
    return replace(decider, scorecard=scorecard.model_copy(update={"costs": costs}))


def test_what_a_refused_client_was_offered_is_on_record_where_it_was_asked_for(offering, application, file):
    log = DecisionLog(make_url(f"sqlite:///{file}"))
    service = DecisionService(offering, ORIGIN, log=log)

    (plain,) = service.decide([application])
    (asked,) = service.decide([application], {"alternatives": "refused"})
    log.close()

    without, offered = on_record(file)
    assert "alternatives" not in plain
    assert without["alternatives"] is None
    (alternative,) = asked["alternatives"]
    assert alternative["values"]["AMT_CREDIT"] < 406_597.5
    assert json.loads(offered["alternatives"]) == [alternative]


def test_the_cost_of_a_persons_look_is_on_record_where_the_policy_has_one(decider, application, file):
    costs = decider.scorecard.costs.model_copy(update={"review": 1e-9})
    reviewing = replace(decider, scorecard=decider.scorecard.model_copy(update={"costs": costs}))
    log = DecisionLog(make_url(f"sqlite:///{file}"))

    (referred,) = DecisionService(reviewing, ORIGIN, log=log).decide([application])
    DecisionService(decider, ORIGIN, log=log).decide([application])
    log.close()

    assert (referred["decision"], referred["expected_cost_referred"]) == ("referred", 1e-9)
    assert [row["cost_review"] for row in on_record(file)] == [1e-9, None]


def test_a_simulation_is_answered_and_never_recorded(service, application, file):
    (tried,) = service.decide([application], {"threshold": 0.05})
    (decided,) = service.decide([application])

    assert (tried["simulated"], tried["recorded"]) == (True, False)
    assert (decided["simulated"], decided["recorded"]) == (False, True)
    assert [row["decision_id"] for row in on_record(file)] == [decided["decision_id"]]


def test_rules_that_decided_and_what_was_missing_are_on_record(allowing, application, file):
    (decision,) = allowing.decide([{**application, "DAYS_EMPLOYED": None}])

    (row,) = on_record(file)
    assert (decision["decision"], row["decision"]) == ("referred", "referred")
    assert json.loads(row["missing"]) == ["job"]
    assert json.loads(row["policy_rules"]) == ["least_information: job"]
    assert json.loads(row["unusual"]) == []


def test_a_value_that_cannot_be_is_an_error_of_the_request_and_is_not_recorded(decider, application, file):
    ranges = {"EXT_SOURCE_2": Range(lowest=0, highest=1)}
    bounded = replace(decider, rules=RuleBook(decider.contract, Rules(), ranges))
    log = DecisionLog(make_url(f"sqlite:///{file}"))

    with pytest.raises(BadRequest) as caught:
        DecisionService(bounded, ORIGIN, log=log).decide([application, {**application, "EXT_SOURCE_2": 26}])

    log.close()
    assert caught.value.body["problems"] == [
        {"row": 1, "field": "EXT_SOURCE_2", "problem": "expected a number from 0 to 1"}
    ]
    assert not file.exists()


@pytest.mark.parametrize(
    ("meaning", "problem"),
    [
        (Meaning(description="Yearly rate.", topic="EXT_SOURCE_2", unit="%"), "a string (Yearly rate; unit: %)"),
        (Meaning(description="Yearly rate.", topic="EXT_SOURCE_2"), "a string"),
        (Meaning(description="Score.", topic="EXTERNAL_SCORE", unit="score, 0 to 1"), "a string"),
    ],
    ids=["a lender's unit", "no unit", "a field of Home Credit's"],
)
def test_the_error_of_a_lenders_own_field_says_what_it_is_and_its_unit(decider, application, meaning, problem):
    scorecard = decider.scorecard.model_copy(update={"meanings": {"EXT_SOURCE_2": meaning}})

    with pytest.raises(BadRequest) as caught:
        DecisionService(replace(decider, scorecard=scorecard), ORIGIN).decide(
            [{**application, "EXT_SOURCE_2": "13.5%"}]
        )

    assert caught.value.body["problems"] == [
        {"row": 0, "field": "EXT_SOURCE_2", "problem": f"expected a number, got {problem}"}
    ]


@pytest.mark.parametrize(
    ("changed", "params", "has_store", "is_decided"),
    [
        ({}, None, False, True),  # the request has its history
        ({"BUREAU_ROWS_COUNT_ALL": None}, None, False, True),  # a null: the lender asked, and there is none
        ("left out", None, False, False),
        ("left out", {"history": "none"}, False, True),
        ("left out", {"simulate": True}, False, True),
        ("left out", None, True, True),  # the store was asked, and does not know the client
        ("left out, no id", None, True, False),
        ("in part", {"history": "none"}, True, False),  # the store is not asked then
        ("in part", {"history": "none"}, False, False),
    ],
)
def test_declared_history_must_be_sent_or_looked_up(decider, application, changed, params, has_store, is_decided):
    class Store:
        def complete(self, contract, applications):
            return Completed(applications.values, request_sources(contract, applications.values), "set-1")

    numeric = (*decider.contract.numeric, "BUREAU_DEBT")
    contract = Contract(
        **{
            **decider.contract.model_dump(),
            "numeric": numeric,
            "history": ("BUREAU_ROWS_COUNT_ALL", "BUREAU_DEBT"),
            "declared": ("BUREAU_ROWS_COUNT_ALL",),
        }
    )
    of_contract = {
        "contract": contract,
        "features": Features(contract, decider.features.names),
        "rules": RuleBook(contract, Rules(), {}),
    }
    service = DecisionService(replace(decider, **of_contract), ORIGIN, Store() if has_store else None)
    if isinstance(changed, str):
        sent = {name: value for name, value in application.items() if name != "BUREAU_ROWS_COUNT_ALL"}
        sent = {**sent, "SK_ID_CURR": None} if changed.endswith("no id") else sent
        sent = {**sent, "BUREAU_DEBT": 0.0} if changed == "in part" else sent
    else:
        sent = {**application, **changed}

    if is_decided:
        assert len(service.decide([sent], params)) == 1
    else:
        with pytest.raises(
            BadRequest, match="the client's history was left out: send BUREAU_ROWS_COUNT_ALL, with null"
        ):
            service.decide([sent], params)


def test_every_decision_of_a_batch_is_on_record_in_its_order(service, application, file):
    decisions = service.decide([{**application, "SK_ID_CURR": client} for client in (3, None, 1)])

    assert [row["decision_id"] for row in on_record(file)] == [decision["decision_id"] for decision in decisions]
    assert [row["client_id"] for row in on_record(file)] == ["3", None, "1"]


def test_a_table_is_recorded_as_the_same_rows_in_json(service, contract, application, file):
    rows = [application, {**application, "CODE_GENDER": None, "AMT_ANNUITY": None, "SK_ID_CURR": 7}]

    service.decide(pd.DataFrame(rows))

    assert [application_in(contract, row["fields"]) for row in on_record(file)] == [
        application,
        {name: value for name, value in rows[1].items() if value is not None},
    ]


@pytest.mark.parametrize(
    ("name", "value", "recorded"),
    [
        ("AMT_ANNUITY", float("nan"), None),
        ("AMT_ANNUITY", 10**30, 10**30),
        ("AMT_ANNUITY", None, None),
        ("CODE_GENDER", "é" * 1_000, "é" * 1_000),
        ("CODE_GENDER", "'; DROP TABLE decisions; --", "'; DROP TABLE decisions; --"),
    ],
    ids=["NaN", "over 64 bits", "null", "long", "SQL"],
)
def test_any_valid_value_is_recorded(service, contract, application, file, name, value, recorded):
    service.decide([{**application, name: value}])
    service.decide([{**application, name: value, "EXT_SOURCE_1": float("nan")}])

    first, second = on_record(file)
    assert application_in(contract, first["fields"])[name] == recorded
    assert application_in(contract, second["fields"])["EXT_SOURCE_1"] is None


@pytest.mark.parametrize(
    "value", ["\0", "a\0b", "\ud800", "x" * 1_001], ids=["NUL", "NUL within", "half a pair", "long"]
)
def test_a_text_that_sql_cannot_read_back_is_refused_and_not_recorded(service, contract, application, file, value):
    for payload in ([{**application, "CODE_GENDER": value}], pd.DataFrame([{**application, "CODE_GENDER": value}])):
        with pytest.raises(BadRequest, match="row 0 field CODE_GENDER: expected at most 1,000 characters"):
            service.decide(payload)
    service.decide([application])

    assert [application_in(contract, row["fields"]) for row in on_record(file)] == [application]


def test_a_table_with_the_id_in_its_index_is_recorded_under_it(service, contract, application, file):
    (decision,) = service.decide(pd.DataFrame([application]).set_index(["SK_ID_CURR", "EXT_SOURCE_2"]))
    (same,) = service.decide([application])

    first, second = on_record(file)
    assert decision["client_id"] == application["SK_ID_CURR"]
    assert decision["probability_of_default"] == same["probability_of_default"]
    assert (first["client_id"], application_in(contract, first["fields"])) == (
        second["client_id"],
        application_in(contract, second["fields"]),
    )


def test_values_from_the_history_store_are_recorded_next_to_the_requests(decider, contract, application, file):
    position = contract.column_of["BUREAU_ROWS_COUNT_ALL"]

    class Store:
        def complete(self, contract, applications):
            values = applications.values.copy()
            values[0, position] = 3.0
            return Completed(values, ["store", "none"], "set-1")

    log = DecisionLog(make_url(f"sqlite:///{file}"))
    without = {name: value for name, value in application.items() if name != "BUREAU_ROWS_COUNT_ALL"}
    decisions = DecisionService(decider, ORIGIN, Store(), log).decide([without, without])
    log.close()

    first, second = on_record(file)
    assert [decision["history"] for decision in decisions] == ["store", "none"]
    assert application_in(contract, first["fields"]) == without
    assert application_in(contract, first["history_fields"]) == {"BUREAU_ROWS_COUNT_ALL": 3.0}
    assert first["history_version"] == "set-1"
    assert (second["history"], second["history_version"], second["history_fields"]) == ("none", None, None)


def test_a_bad_request_and_an_empty_one_leave_no_record(service, application, file):
    service.decide([application])
    with pytest.raises(BadRequest):
        service.decide([application, {}])
    assert service.decide([]) == []

    assert len(on_record(file)) == 1


def test_no_decision_is_returned_while_the_log_cannot_be_written(decider, application, tmp_path):
    log = DecisionLog(make_url(f"sqlite:///{tmp_path / 'no' / 'such' / 'folder' / 'log.db'}"))

    with pytest.raises(Unavailable) as error:
        DecisionService(decider, ORIGIN, log=log).decide([application])

    body = json.loads(error.value.serialize_as_json())
    assert error.value.get_http_status_code() == 503
    assert body.keys() == {"error_code", "message", "retry_after"}
    assert body["error_code"] == "TEMPORARILY_UNAVAILABLE"
    assert body["retry_after"] == 1
    log.close()


@pytest.mark.parametrize("waited", [Pending.result, lambda pending: asyncio.run(pending.result_async())])
def test_decisions_are_withheld_for_good_when_the_log_is_too_slow(waited):
    never = Future()
    pending = Pending([{"recorded": False}], never, wait=0.01)

    with pytest.raises(Unavailable, match="did not answer in time"):
        waited(pending)

    assert never.cancelled()
    assert pending.decisions == [{"recorded": False}]


@pytest.mark.parametrize("waited", [Pending.result, lambda pending: asyncio.run(pending.result_async())])
def test_decisions_are_withheld_with_the_error_of_a_log_that_fails(waited):
    durable = Future()
    pending = Pending([{"recorded": False}], durable, wait=1.0)

    durable.set_exception(Unavailable("the decision log cannot be written"))

    with pytest.raises(Unavailable, match="cannot be written"):
        waited(pending)


@pytest.mark.parametrize("error", [None, Unavailable("the decision log cannot be written")])
def test_an_answer_goes_on_once_another_thread_has_written_its_record_or_failed(error):
    durable = Future()

    async def answered() -> list[dict]:
        request = asyncio.create_task(Pending([{"recorded": False}], durable, wait=3_600.0).result_async())
        await asyncio.sleep(0)  # it waits
        end = partial(durable.set_result, None) if error is None else partial(durable.set_exception, error)
        threading.Thread(target=end).start()
        async with asyncio.timeout(60):
            return await request

    if error is None:
        assert asyncio.run(answered()) == [{"recorded": True}]
    else:
        with pytest.raises(Unavailable, match="cannot be written"):
            asyncio.run(answered())


def test_records_of_a_request_that_is_cancelled_are_not_written():
    durable = Future()

    async def cancel() -> None:
        request = asyncio.create_task(Pending([{"recorded": False}], durable, wait=5.0).result_async())
        await asyncio.sleep(0)
        request.cancel()
        await asyncio.wait([request])

    asyncio.run(cancel())

    assert durable.cancelled()


def test_a_record_that_becomes_durable_after_the_loop_has_ended_is_nobodys_error(caplog):
    durable = Future()
    durable.set_running_or_notify_cancel()  # it is being written: too late to be cancelled

    with pytest.raises(Unavailable):
        asyncio.run(Pending([{"recorded": False}], durable, wait=0.01).result_async())
    durable.set_result(None)

    assert caplog.records == []


@pytest.mark.parametrize("waited", [Pending.result, lambda pending: asyncio.run(pending.result_async())])
def test_decisions_are_marked_as_recorded_only_once_they_are(waited):
    durable = Future()
    pending = Pending([{"recorded": False}], durable, wait=1.0)
    assert pending.decisions == [{"recorded": False}]

    durable.set_result(None)

    assert waited(pending) == [{"recorded": True}]


def test_the_log_changes_no_decision(service, decider, contract, values):
    applications = [dict(zip(contract.numeric, row, strict=False)) for row in values.tolist()]
    applications = [each for each in applications if not np.isnan([each["AMT_INCOME_TOTAL"], each["AMT_CREDIT"]]).any()]

    with_log = service.decide(applications, {"reasons": "all"})
    without = DecisionService(decider, ORIGIN).decide(applications, {"reasons": "all"})

    own = {"decision_id", "recorded"}
    assert len(with_log) > 100
    for one, other in zip(with_log, without, strict=True):
        assert {k: v for k, v in one.items() if k not in own} == {k: v for k, v in other.items() if k not in own}
