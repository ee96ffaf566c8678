"""The commands `contest` and `override`, and what `show`, `list`, `export` and `erase` say of them."""

import io
import json
import re
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pyarrow.parquet as pq
import pytest
from sqlalchemy import make_url

from custom_model.decision_log import DecisionLog
from custom_model.decision_log.reader import Records
from custom_model.identifiers import uuid7
from steps.decisions import Action, Force, log_url, main
from steps.run.console import UserError
from steps.stores.second_decisions import LONGEST

VIEW = "I changed jobs in May"


@pytest.fixture
def log(tmp_path, monkeypatch) -> DecisionLog:
    """The log in DECISION_LOG_URI; who acts there is maria."""
    url = f"sqlite:///{tmp_path / 'log.db'}"
    monkeypatch.setenv("DECISION_LOG_URI", url)
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "maria")
    monkeypatch.delenv("MLFLOW_RUN_ID", raising=False)
    log = DecisionLog(make_url(url))
    yield log
    log.close()


def put(log: DecisionLog, decision: str = "refused", **columns: object) -> str:
    row = {
        "decision_id": str(uuid7()), "decided_at": datetime.now(UTC), "client_id": "7", "model_name": "credit-scoring",
        "contract": "c0ffee", "threshold": 1 / 11, "threshold_source": "policy", "cost_false_negative": 10.0,
        "cost_false_positive": 1.0, "probability_of_default": 0.25, "decision": decision, "reasons": "[]",
        "unknown_categories": "[]", "history": "none", "fields": '{"AMT_CREDIT":1.5}', "latency_ms": 1.5, **columns,
    }  # fmt: skip
    log.submit([row]).result(30)
    return row["decision_id"]


def shown(decision_id: str, capsys) -> dict:
    capsys.readouterr()
    main(Action.show, id=decision_id)
    return json.loads(capsys.readouterr().out)


def test_a_contest_and_its_answer_are_shown_beside_the_decision_that_stays(log, capsys):
    decision_id = put(log)
    before = shown(decision_id, capsys)

    main(Action.contest, id=decision_id, statement=VIEW)
    main(Action.override, id=decision_id, outcome="granted", reason="confirmed", evidence="contract of May")
    output = capsys.readouterr().out
    after = shown(decision_id, capsys)

    assert re.search(
        f"decision {decision_id} is contested: [0-9a-f-]{{36}}, by maria; a person answers: .* granted or refused",
        output,
    )
    assert f"decision {decision_id}: granted by maria, in answer to contest " in output
    assert {name: after[name] for name in before} == before
    (contest,), (answer,) = after["contests"], after["overrides"]
    assert (contest["statement"], contest["taken_by"]) == (VIEW, "maria")
    assert (answer["outcome"], answer["reason"], answer["evidence"]) == ("granted", "confirmed", "contract of May")
    assert answer["contest_id"] == contest["contest_id"]
    assert datetime.fromisoformat(answer["decided_at"]).tzinfo is not None


def test_a_decision_that_no_person_looked_at_is_shown_without_their_entries(log, capsys):
    assert not {"contests", "overrides"} & shown(put(log, "referred"), capsys).keys()


@pytest.mark.parametrize("option", ["statement", "reason", "evidence"])
def test_a_long_or_private_text_comes_from_standard_input(log, monkeypatch, option, capsys):
    decision_id = put(log, "referred")
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{VIEW}.\nIt pays more.\n"))

    texts = {option: "-"} if option != "evidence" else {option: "-", "reason": "so"}
    if option == "statement":
        main(Action.contest, id=decision_id, **texts)
    else:
        main(Action.override, id=decision_id, outcome="refused", **texts)

    of_whom = "contests" if option == "statement" else "overrides"
    assert shown(decision_id, capsys)[of_whom][0][option] == f"{VIEW}.\nIt pays more."


@pytest.mark.parametrize(
    ("errors", "message"),
    [("strict", "expected text in UTF-8, got other bytes"), ("surrogateescape", "expected valid Unicode without NUL")],
)
def test_bytes_that_are_no_text_are_an_error_in_every_locale(log, monkeypatch, errors, message):
    decision_id = put(log, "referred")
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"caf\xe9"), "utf-8", errors))

    with pytest.raises(UserError, match=f"statement: {message}"):
        main(Action.contest, id=decision_id, statement="-")


@pytest.mark.parametrize(
    ("action", "options", "message"),
    [
        (Action.contest, {"id": "", "statement": VIEW}, "id: expected the decision_id of a decision, got nothing"),
        (Action.contest, {"statement": ""}, "statement: expected what the client objects to"),
        (Action.contest, {"statement": " \n "}, "statement: expected what the client objects to"),
        (Action.contest, {"statement": "a\0b"}, "statement: expected valid Unicode without NUL"),
        (Action.contest, {"statement": "\ud800"}, "statement: expected valid Unicode without NUL"),
        (Action.contest, {"statement": "x" * (LONGEST + 1)}, "statement: expected at most 5,000 characters, got 5,001"),
        (Action.contest, {"id": "nobody's", "statement": VIEW}, "id: decision nobody's is not on record"),
        (Action.override, {"outcome": "", "reason": "so"}, "outcome: expected granted or refused, got nothing"),
        (
            Action.override,
            {"outcome": "referred", "reason": "so"},
            "outcome: expected granted or refused, got referred",
        ),
        (Action.override, {"outcome": "granted"}, "reason: expected why, in words, got nothing"),
        (Action.override, {"outcome": "granted", "reason": "so"}, "is refused and not contested"),
    ],
)
def test_what_cannot_be_put_on_record_is_an_error_and_nothing_is(log, capsys, action, options, message):
    decision_id = put(log)

    with pytest.raises(UserError) as error:
        main(action, **{"id": decision_id, **options})

    assert message in str(error.value)
    assert VIEW not in str(error.value)
    assert not {"contests", "overrides"} & shown(decision_id, capsys).keys()


def test_the_list_says_where_each_stands_and_finds_those_that_wait(log, capsys):
    plain, contested, answered, referred = put(log), put(log), put(log, "referred"), put(log, "referred")
    main(Action.contest, id=contested, statement=VIEW)
    main(Action.override, id=answered, outcome="refused", reason="so")
    capsys.readouterr()

    main(Action.list)
    lines = {each.split()[2]: each for each in capsys.readouterr().out.splitlines()}
    main(Action.list, waiting=Force.yes)
    output = capsys.readouterr()

    today = f"{datetime.now(UTC):%Y-%m-%d}"
    assert lines[plain].endswith("client 7")
    assert lines[contested].endswith(f"client 7  contested {today}, awaits an answer")
    assert lines[answered].endswith(f"client 7  refused by maria {today}")
    assert VIEW not in str(lines)
    assert {each.split()[2] for each in output.out.splitlines()} == {contested, referred}
    assert "2 of 2 decisions" in output.err


def test_an_export_has_what_people_put_beside_each_decision(log, tmp_path):
    plain, answered = put(log), put(log, "referred", alternatives='[{"field":"AMT_CREDIT"}]', cost_review=0.5)
    main(Action.override, id=answered, outcome="granted", reason="so")

    main(Action.export, out=tmp_path / "all.parquet")

    rows = {row["decision_id"]: row for row in pq.read_table(tmp_path / "all.parquet").to_pylist()}
    assert (rows[plain]["contests"], rows[plain]["overrides"], rows[plain]["alternatives"]) == (None, None, None)
    (override,) = json.loads(rows[answered]["overrides"])
    assert (override["outcome"], override["reason"], override["decided_by"]) == ("granted", "so", "maria")
    assert json.loads(rows[answered]["alternatives"]) == [{"field": "AMT_CREDIT"}]
    assert rows[answered]["cost_review"] == 0.5


def test_an_erasure_previews_and_clears_the_words_and_the_alternatives(log, capsys):
    decision_id = put(log, "referred", alternatives='[{"field":"AMT_CREDIT"}]')
    main(Action.contest, id=decision_id, statement=VIEW)
    main(Action.override, id=decision_id, outcome="granted", reason="so")

    main(Action.erase, client="7", yes=True)

    preview = capsys.readouterr().err
    assert "deleted  the words of 2 contests and answers of people" in preview
    assert "deleted  the alternatives offered with 1 decision" in preview
    record = shown(decision_id, capsys)
    assert record["alternatives"] is None
    assert record["contests"][0]["statement"] is None
    assert (record["overrides"][0]["reason"], record["overrides"][0]["outcome"]) == (None, "granted")
    with closing(Records.open(log_url(""))) as records:
        assert (records.erasable("7").texts, records.erasable("7").alternatives) == (0, 0)


def test_a_decision_without_any_offer_has_no_alternatives_to_erase(log, capsys):
    put(log, alternatives="[]")

    main(Action.erase, client="7", yes=True)

    assert "alternatives" not in capsys.readouterr().err


def test_a_deletion_says_how_many_old_decisions_it_keeps(log, capsys):
    long_ago = datetime.now(UTC) - timedelta(days=400)
    contested, _ = (put(log, decided_at=long_ago) for _ in range(2))
    main(Action.contest, id=contested, statement=VIEW)
    capsys.readouterr()

    main(Action.delete)

    deleted, kept = capsys.readouterr().out.splitlines()
    assert deleted.startswith("deleted 1 decision from before ")
    assert kept == "kept 1 decision from before, contested or answered by a person since"


def test_words_alone_are_asked_about_too(log):
    decision_id = put(log, "referred")
    main(Action.erase, client="7", yes=True)
    main(Action.contest, id=decision_id, statement=VIEW)

    with pytest.raises(UserError, match="here is no terminal to ask on"):
        main(Action.erase, client="7")


def test_in_a_run_of_mlflow_a_warning_names_every_text_that_it_logs(log, monkeypatch, capsys):
    decision_id = put(log, "referred")
    monkeypatch.setenv("MLFLOW_RUN_ID", "0a1b")

    main(Action.override, id=decision_id, outcome="granted", reason="so", evidence="a payslip")

    assert "MLflow logs `reason` and `evidence` as parameters of this run" in capsys.readouterr().err
