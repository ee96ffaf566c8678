"""Contests and people's answers: records of their own beside a decision that nothing changes."""

import multiprocessing
import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import create_engine, delete, insert, select, text

from custom_model.decision_log import second_decisions
from custom_model.decision_log.engine import writing_engine
from custom_model.decision_log.reader import Records, window
from custom_model.decision_log.schema import contests, decisions, overrides, shadow_decisions
from custom_model.decision_log.second_decisions import IDS, NotOpen, SecondDecisions, awaiting

SECRET = "S3CRET-8812"
LONG_AGO = datetime.now(UTC) - timedelta(days=400)


@pytest.fixture
def records(url, log, record) -> Records:
    log.submit([]).result(30)
    records = Records.open(url)
    yield records
    records.close()


@pytest.fixture
def put(log, record, records):
    """A function that puts a decision on record with these columns, and returns its id."""

    def put_one(**columns: object) -> str:
        row = record(**columns)
        log.submit([row]).result(30)
        return row["decision_id"]

    return put_one


def second(records: Records, decision_id: str) -> SecondDecisions:
    return records.second_decisions([decision_id])[decision_id]


def waiting(records: Records) -> set[str]:
    return {row["decision_id"] for row in records.latest(awaiting(), 1_000)}


def test_a_referral_is_answered_by_a_person_once_and_the_decision_stays_as_it_was(records, put):
    referred = put(decision="referred")
    before = records.find(referred)

    records.override(referred, "granted", "the score was another client's", "a letter of the agency", "maria")

    assert records.find(referred) == before
    (answer,) = second(records, referred).overrides
    assert (answer["outcome"], answer["decided_by"], answer["contest_id"]) == ("granted", "maria", None)
    assert (answer["reason"], answer["evidence"]) == ("the score was another client's", "a letter of the agency")
    assert abs(answer["decided_at"] - datetime.now(UTC)) < timedelta(minutes=1)
    with pytest.raises(NotOpen, match=r"was answered by maria on .*: a contest opens it again"):
        records.override(referred, "refused", "no", None, "peter")


@pytest.mark.parametrize("decision", ["granted", "refused"])
def test_a_decision_of_the_model_is_answered_only_once_it_is_contested(records, put, decision):
    decision_id = put(decision=decision)
    with pytest.raises(NotOpen, match=f"is {decision} and not contested"):
        records.override(decision_id, "granted", "so", None, "maria")

    contest = records.contest(decision_id, "I have a new job", "peter")
    answer = records.override(decision_id, "granted", "the job is confirmed", None, "maria")

    assert answer["contest_id"] == contest["contest_id"]
    assert records.find(decision_id)["decision"] == decision


def test_a_contest_waits_for_its_answer_and_another_opens_the_decision_again(records, put):
    decision_id = put(decision="refused")
    records.contest(decision_id, "first view", "peter")
    with pytest.raises(NotOpen, match=r"is contested since .* already"):
        records.contest(decision_id, "again", "peter")
    records.override(decision_id, "refused", "nothing new", None, "maria")

    records.contest(decision_id, "second view", "peter")
    records.override(decision_id, "granted", "a guarantor", None, "anna")

    both = second(records, decision_id)
    assert [each["statement"] for each in both.contests] == ["first view", "second view"]
    assert [(each["number"], each["outcome"]) for each in both.overrides] == [(1, "refused"), (2, "granted")]
    assert [each["contest_id"] for each in both.overrides] == [each["contest_id"] for each in both.contests]
    assert both.open_contest is None


def test_a_contested_referral_has_one_answer_to_both(records, put):
    decision_id = put(decision="referred")
    contest = records.contest(decision_id, "I never missed a payment", "peter")

    answer = records.override(decision_id, "granted", "so it is", None, "maria")

    assert answer["contest_id"] == contest["contest_id"]
    assert not second(records, decision_id).awaits("referred")


def test_each_answer_says_what_was_on_record_when_it_was_given(records, put):
    decision_id = put(decision="refused", policy_rules='["costs: review"]', reasons='[{"code":"INCOME"}]')
    first_contest = records.contest(decision_id, "one", "peter")["contest_id"]
    first = records.override(decision_id, "refused", "no", None, "maria")
    second_contest = records.contest(decision_id, "two", "peter")["contest_id"]
    records.override(decision_id, "granted", "yes", None, "anna")

    one, two = (each["seen"] for each in second(records, decision_id).overrides)

    assert (one["decision"], one["probability_of_default"], one["threshold"]) == ("refused", 0.1, 1 / 11)
    assert (one["policy_rules"], one["reasons"]) == (["costs: review"], ["INCOME"])
    assert (one["contests"], one["overrides"]) == ([first_contest], [])
    assert (two["contests"], two["overrides"]) == ([first_contest, second_contest], [first["override_id"]])
    assert one["request_sha256"] == two["request_sha256"]
    assert len(one["request_sha256"]) == 64


def test_after_an_erasure_an_answer_says_that_the_request_was_not_to_be_seen(records, put):
    decision_id = put(decision="referred")
    records.erase("100002")

    records.override(decision_id, "refused", "no data is left", None, "maria")

    assert second(records, decision_id).overrides[0]["seen"]["request_sha256"] is None


def test_nothing_is_contested_or_answered_that_is_not_on_record(records):
    with pytest.raises(NotOpen, match="is not on record"):
        records.contest("nobody's", "mine", "peter")
    with pytest.raises(NotOpen, match="is not on record"):
        records.override("nobody's", "granted", "so", None, "maria")


def test_decisions_that_await_a_person_are_found_in_the_database_as_in_python(records, put):
    states = {put(decision=outcome): outcome for outcome in ("granted", "refused", "referred")}
    for outcome in ("refused", "referred"):
        contested, answered, reopened = (put(decision=outcome) for _ in range(3))
        states |= dict.fromkeys((contested, answered, reopened), outcome)
        for each in (contested, answered, reopened):
            records.contest(each, "mine", "peter")
        for each in (answered, reopened):
            records.override(each, "refused", "no", None, "maria")
        records.contest(reopened, "still mine", "peter")

    found = records.second_decisions(list(states))
    expected = {each for each, outcome in states.items() if found.get(each, SecondDecisions()).awaits(outcome)}

    assert waiting(records) == expected
    assert len(expected) == 1 + 2 + 2


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_those_that_await_a_person_are_found_without_reading_all_decisions(records, url):
    waiting_ones = select(decisions.c.decision_id).where(awaiting()).compile(create_engine(url))

    with create_engine(url).connect() as connection:
        plan = str(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {waiting_ones}").all())

    assert "SEARCH decisions USING" in plan
    assert "SCAN referred USING INDEX decisions_referred" in plan


def test_more_decisions_than_one_statement_names_have_theirs(log, record, records):
    rows = [record(decision="referred") for _ in range(IDS + 2)]
    log.submit(rows).result(60)
    ids = [row["decision_id"] for row in rows]
    for each in (ids[0], ids[-1]):
        records.override(each, "granted", "so", None, "maria")

    assert set(records.second_decisions(ids)) == {ids[0], ids[-1]}


def test_an_erasure_clears_what_is_said_about_the_client_and_keeps_who_decided_what(records, put, url):
    mine, others = put(decision="refused", client_id="7"), put(decision="refused", client_id="8")
    for each in (mine, others):
        records.contest(each, SECRET, "peter")
        records.override(each, "granted", SECRET, SECRET, "maria")
    assert records.erasable("7").texts == 2

    assert records.erase("7") == 1

    (contest,), (answer,) = second(records, mine).contests, second(records, mine).overrides
    assert (contest["statement"], answer["reason"], answer["evidence"]) == (None, None, None)
    assert (answer["outcome"], answer["decided_by"], answer["seen"]["decision"]) == ("granted", "maria", "refused")
    assert answer["seen"]["request_sha256"] is None  # a request of few values could be found by trying
    assert second(records, others).overrides[0]["seen"]["request_sha256"] is not None
    assert contest["erased_at"] is not None
    assert answer["erased_at"] is not None
    assert SECRET not in str(second(records, mine))
    assert second(records, others).contests[0]["statement"] == SECRET
    assert records.erasable("7").texts == 0


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_erased_words_are_gone_from_sqlites_files(records, put, tmp_path):
    decision_id = put(decision="referred")
    records.contest(decision_id, SECRET, "peter")
    records.override(decision_id, "granted", SECRET, SECRET, "maria")
    assert any(SECRET.encode() in file.read_bytes() for file in tmp_path.iterdir())

    records.erase("100002")

    assert not any(SECRET.encode() in file.read_bytes() for file in tmp_path.iterdir())


def test_words_that_came_after_an_erasure_are_erased_too(records, put):
    decision_id = put(decision="referred")
    records.erase("100002")
    records.contest(decision_id, SECRET, "peter")

    records.erase("100002")

    assert second(records, decision_id).contests[0]["statement"] is None


def test_an_old_decision_is_kept_while_what_people_put_beside_it_is_recent(records, put, url):
    untouched, contested, answered, old = (put(decision="referred", decided_at=LONG_AGO) for _ in range(4))
    records.contest(contested, "mine", "peter")
    records.override(answered, "granted", "so", None, "maria")
    records.contest(old, "mine", "peter")
    records.override(old, "granted", "so", None, "maria")
    soon = LONG_AGO + timedelta(days=1)
    with create_engine(url).begin() as connection:
        connection.execute(contests.update().where(contests.c.decision_id == old).values(contested_at=soon))
        connection.execute(overrides.update().where(overrides.c.decision_id == old).values(decided_at=soon))
    cutoff = datetime.now(UTC) - timedelta(days=184)

    assert sum(records.delete_before(cutoff)) == 2

    assert {row["decision_id"] for row in records.latest(window(), 9)} == {contested, answered}
    assert untouched not in records.second_decisions([untouched, old])
    with create_engine(url).connect() as connection:
        assert connection.scalars(select(overrides.c.decision_id)).all() == [answered]
        assert connection.scalars(select(contests.c.decision_id)).all() == [contested]


def test_a_contest_that_is_being_put_on_record_keeps_its_decision_from_a_deletion(records, put, url):
    decision_id = put(decision="refused", decided_at=LONG_AGO)
    deletion = threading.Thread(target=lambda: list(records.delete_before(datetime.now(UTC) - timedelta(days=184))))

    with writing_engine(url, 30).begin() as connection:
        second_decisions.contest(connection, decision_id, "mine", "peter")
        deletion.start()
        deletion.join(0.5)  # what does not wait has deleted it by now
    deletion.join(60)

    assert records.find(decision_id) is not None
    assert len(second(records, decision_id).contests) == 1


def test_words_that_are_being_put_on_record_are_erased_by_an_erasure_that_comes_meanwhile(records, put, url):
    decision_id = put(decision="referred")
    erasure = threading.Thread(target=records.erase, args=("100002",))

    with writing_engine(url, 30).begin() as connection:
        second_decisions.override(connection, decision_id, "granted", SECRET, SECRET, "maria")
        erasure.start()
        erasure.join(0.5)
    erasure.join(60)

    assert SECRET not in str(second(records, decision_id))


def test_what_stood_beside_a_decision_that_is_gone_is_deleted_at_its_age(records, put, url):
    """As where an older version of the project has deleted the decisions alone."""
    old, young, kept = (put(decision="referred") for _ in range(3))
    for each in (old, young, kept):
        records.contest(each, "mine", "peter")
        records.override(each, "granted", "so", None, "maria")
    figures = dict.fromkeys(("compared", "total", "squares", "log_cheaper", "log_dearer"), 0)
    shadows = [
        {
            **figures, "shadow": "m/2", "place": place, "decision_id": each, "decided_at": time, "shadowed_at": time,
            "decision": "refused",
        }
        for place, (each, time) in enumerate([(old, LONG_AGO), (young, datetime.now(UTC)), (kept, LONG_AGO)])
    ]  # fmt: skip
    with create_engine(url).begin() as connection:
        connection.execute(insert(shadow_decisions), shadows)
        connection.execute(delete(decisions).where(decisions.c.decision_id.in_([old, young])))
        connection.execute(contests.update().where(contests.c.decision_id != young).values(contested_at=LONG_AGO))
        connection.execute(overrides.update().where(overrides.c.decision_id != young).values(decided_at=LONG_AGO))

    assert list(records.delete_before(datetime.now(UTC) - timedelta(days=184))) == []

    with create_engine(url).connect() as connection:
        for table in (contests, overrides, shadow_decisions):
            assert {*connection.scalars(select(table.c.decision_id))} == {young, kept}


def test_an_older_model_deletes_and_writes_decisions_beside_them(records, put, url):
    """It knows neither table: no key between the tables may stop it."""
    decision_id = put(decision="referred")
    records.contest(decision_id, "mine", "peter")

    with create_engine(url).begin() as connection:
        connection.execute(delete(decisions).where(decisions.c.decision_id == decision_id))

    assert records.find(decision_id) is None


@pytest.mark.slow
@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
def test_the_role_that_docs_serving_md_names_may_contest_and_answer(records, put, url):
    decision_id = put(decision="referred")
    role = f"people_{url.database}"
    with create_engine(url).begin() as connection:
        for statement in (
            f"CREATE ROLE {role} LOGIN",
            "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
            f"GRANT SELECT ON decisions, contracts, contests, overrides, decision_log_version TO {role}",
            f"GRANT INSERT ON contests, overrides TO {role}",
        ):
            connection.execute(text(statement))

    own = Records.open(url.set(username=role))
    own.contest(decision_id, "mine", "peter")
    own.override(decision_id, "granted", "so", None, "maria")
    own.close()

    assert second(records, decision_id).open_contest is None


@pytest.mark.slow
def test_of_answers_at_once_from_several_processes_one_is_on_record(records, put, url):
    decision_id = put(decision="referred")
    context = multiprocessing.get_context("forkserver")
    text = url.render_as_string(hide_password=False)

    with context.Pool(4) as pool:
        outcomes = pool.starmap(_answer, [(text, decision_id, f"person {number}") for number in range(12)])

    assert outcomes.count(True) == 1
    assert len(second(records, decision_id).overrides) == 1


def _answer(url: str, decision_id: str, who: str) -> bool:
    from sqlalchemy import make_url

    records = Records.open(make_url(url))
    try:
        records.override(decision_id, "granted", "so", None, who)
    except NotOpen:
        return False
    finally:
        records.close()
    return True


def test_the_last_answers_are_those_of_the_decisions_asked_for(records, put):
    referred, contested, other = put(decision="referred"), put(decision="refused"), put(decision="referred")
    records.override(referred, "granted", "checked", None, "maria")
    for answer in ("refused", "granted"):
        records.contest(contested, "that is wrong", "maria")
        records.override(contested, answer, "checked", None, "peter")

    assert records.last_answers(window()) == {referred: "granted", contested: "granted"}
    assert records.last_answers(decisions.c.decision_id == other) == {}
    assert records.last_answers(window(since=datetime.now(UTC) + timedelta(days=1))) == {}
