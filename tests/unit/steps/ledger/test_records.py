"""The ledger: numbered, chained, written once, read newest first."""

import math
from datetime import UTC, datetime
from itertools import count

import pytest
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import RESOURCE_ALREADY_EXISTS
from mlflow.store.model_registry.dbmodels.models import SqlRegisteredModelTag

from steps.ledger import records
from steps.ledger.chain import problems
from steps.ledger.names import record_name
from steps.ledger.records import CheckRecord, End, Event, Outcome, append, end_of, enter, filed
from steps.registry.names import checked_model_name
from steps.run.console import UserError
from tests.unit.steps.registry.entries import promotion, registered

pytestmark = pytest.mark.slow  # a real registry for each test

NUMBERS = count()


@pytest.fixture
def model() -> str:
    return registered(f"book-{next(NUMBERS)}", versions=1)


def whole(model: str) -> list[str]:
    return list(problems(model, list(filed(model))))


def test_records_are_numbered_from_one_and_read_newest_first(model, monkeypatch):
    monkeypatch.setattr(records, "PAGE", 2)
    for number in range(5):
        enter(model, promotion(str(number)))

    assert [each.number for each in filed(model)] == [5, 4, 3, 2, 1]
    assert [each.record.version for each in filed(model)] == ["4", "3", "2", "1", "0"]
    assert whole(model) == []


def test_a_record_has_its_writer_its_time_and_the_digest_of_the_one_before(model, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "maria")
    before = datetime.now(UTC)

    first, second = (enter(model, promotion("7", reason=reason, forced=True)) for reason in ("one", "two"))

    latest, earliest = filed(model)
    assert (first.who, first.before, second.before) == ("maria", "", earliest.digest)
    assert 0 <= (first.at - before.replace(microsecond=0)).total_seconds() < 60
    assert latest.record == second
    assert (second.event, second.outcome, second.reason) == (Event.promotion, Outcome.refused, "two")


def test_of_two_who_write_behind_the_same_record_one_succeeds(model):
    enter(model, promotion("1"))
    end = end_of(model)

    assert append(model, promotion("2"), end) is not None
    assert append(model, promotion("3"), end) is None

    assert [each.record.version for each in filed(model)] == ["2", "1"]
    assert whole(model) == []


def test_an_entry_that_changes_nothing_is_written_behind_whatever_came_meanwhile(model, monkeypatch):
    enter(model, promotion("1"))
    stale = iter([end_of(model)])
    enter(model, promotion("2"))
    monkeypatch.setattr(records, "end_of", lambda name: next(stale, None) or end_of(name))

    assert enter(model, promotion("3")).number == 3
    monkeypatch.undo()

    assert whole(model) == []


def test_a_record_whose_answer_was_lost_counts_as_written(model, monkeypatch):
    real = MlflowClient.create_registered_model

    def sent_twice(*arguments, **options):
        real(*arguments, **options)
        raise MlflowException("it exists already", RESOURCE_ALREADY_EXISTS)

    monkeypatch.setattr(MlflowClient, "create_registered_model", sent_twice)

    assert append(model, promotion("1"), End()).number == 1


def test_the_ledgers_of_models_with_similar_names_are_apart():
    names = ["a_b", "a-b", "A-b", "a-b-c"]
    for name in names:
        registered(name, versions=1)
        enter(name, promotion(name))

    assert [[each.record.version for each in filed(name)] for name in names] == [[name] for name in names]


@pytest.mark.parametrize("name", ["credit-scoring-ledger-000001", "my-ledger-of-loans"])
def test_the_name_of_a_record_is_no_models(name):
    with pytest.raises(UserError, match="names with -ledger- are reserved"):
        checked_model_name(name)


def test_a_missing_record_shows(model):
    for number in range(4):
        enter(model, promotion(str(number)))
    client = MlflowClient()

    client.delete_registered_model(record_name(model, "000002"))

    assert "record 2 is missing" in whole(model)


@pytest.mark.parametrize("last", [1, 2])
def test_missing_last_records_show_by_the_models_own_tag(model, last):
    for number in range(3):
        enter(model, promotion(str(number)))
    for number in range(last + 1, 4):
        MlflowClient().delete_registered_model(record_name(model, f"{number:06d}"))

    assert whole(model) == ["records 2 to 3 are missing" if last == 1 else "record 3 is missing"]


def test_a_missing_last_record_still_shows_when_others_are_written_behind_it(model):
    for number in range(3):
        enter(model, promotion(str(number)))
    MlflowClient().delete_registered_model(record_name(model, "000003"))

    numbers = [enter(model, promotion("4")).number for _ in range(2)]

    assert numbers == [4, 5]
    assert whole(model) == ["record 3 is missing"]


def test_all_records_missing_still_show_when_another_is_written(model):
    enter(model, promotion("1"))
    MlflowClient().delete_registered_model(record_name(model, "000001"))

    assert enter(model, promotion("2")).number == 2

    assert whole(model) == ["record 1 is missing"]


@pytest.mark.parametrize("named", ["none", "1", "1 c0ffee", "-1 " + "a" * 64, "1234567 " + "a" * 64])
def test_a_tag_of_the_last_record_that_is_none_shows_and_stops_nobody(model, named):
    enter(model, promotion("1"))
    MlflowClient().set_registered_model_tag(model, records.HEAD, named)

    assert whole(model) == ["the model's tag ledger.head is changed: expected a number and a digest"]
    assert enter(model, promotion("2")).number == 2
    assert whole(model) == []


def test_a_tag_that_names_the_greatest_number_is_no_endless_loop(model):
    MlflowClient().set_registered_model_tag(model, records.HEAD, f"999999 {'a' * 64}")

    with pytest.raises(UserError, match="is full: expected fewer than 999,999 records"):
        enter(model, promotion("1"))


def test_the_ledger_of_a_deleted_model_is_read_and_says_so():
    name = registered(f"book-{next(NUMBERS)}", versions=1)
    enter(name, promotion("1"))
    MlflowClient().delete_registered_model(name)

    assert whole(name) == ["the model itself is missing: records may have been deleted behind the last one"]


def test_a_record_has_as_many_tags_as_a_database_needs_to_keep_it_whole(model):
    longest = SqlRegisteredModelTag.value.type.length
    checks = tuple(CheckRecord(name=f"§{number}", passed=True, finding="ß" * 1_000) for number in range(20))

    written = enter(model, promotion("1", checks=checks))

    tags = MlflowClient().get_registered_model(record_name(model, "000001")).tags
    assert len(tags) == 6
    assert max(map(len, tags.values())) <= longest
    assert next(filed(model)).record == written
    assert whole(model) == []


@pytest.mark.parametrize("piece", ["record", "record.2", "record.3"])
def test_a_changed_or_missing_piece_of_a_record_shows(model, piece):
    checks = tuple(CheckRecord(name="long", passed=True, finding="x" * 1_000) for _ in range(9))
    enter(model, promotion("1", checks=checks))
    name, client = record_name(model, "000001"), MlflowClient()
    text = client.get_registered_model(name).tags[piece]

    client.set_registered_model_tag(name, piece, text.replace("xx", "yy", 1))
    changed = whole(model)
    client.delete_registered_model_tag(name, piece)

    assert changed == ["record 1 is changed: the model has another digest of it"]
    assert "record 1 is changed: it cannot be read as a record of this number" in whole(model)


def test_a_figure_that_is_no_number_leaves_the_record_readable(model):
    figures = {"slope": float("nan"), "ratio": float("inf"), "auc": 0.7}

    enter(model, promotion("1", figures=figures))

    read = next(filed(model)).record.figures
    assert math.isnan(read["slope"])
    assert (read["ratio"], read["auc"]) == (math.inf, 0.7)


def test_a_ledger_without_records_or_with_its_tag_removed_shows(model):
    assert whole(model) == []
    enter(model, promotion("1"))
    MlflowClient().delete_registered_model_tag(model, records.HEAD)

    assert whole(model) == ["the model's tag ledger.head is missing: records may have been deleted behind the last one"]


def test_a_changed_record_shows_wherever_it_is(model):
    for number in range(3):
        enter(model, promotion(str(number)))
    for changed in (1, 2, 3):
        name = record_name(model, f"{changed:06d}")
        text = MlflowClient().get_registered_model(name).tags["record"]
        MlflowClient().set_registered_model_tag(name, "record", text.replace("refused", "approved"))

        assert any(f"record {changed}" in problem and "is changed" in problem for problem in whole(model)), changed

        MlflowClient().set_registered_model_tag(name, "record", text)
    assert whole(model) == []


@pytest.mark.parametrize("text", ["", "no JSON", "{}", "[1]", '{"number": 1}'])
def test_a_record_that_cannot_be_read_shows_and_stops_nobody(model, text):
    enter(model, promotion("1"))
    MlflowClient().set_registered_model_tag(record_name(model, "000001"), "record", text)

    assert whole(model)[0] == "record 1 is changed: it cannot be read as a record of this number"
    assert enter(model, promotion("2")).number == 2


def test_records_that_were_exchanged_show(model):
    for number in range(2):
        enter(model, promotion(str(number)))
    names = [record_name(model, f"{number:06d}") for number in (1, 2)]
    texts = [MlflowClient().get_registered_model(name).tags["record"] for name in names]
    for name, text in zip(names, reversed(texts), strict=True):
        MlflowClient().set_registered_model_tag(name, "record", text)

    assert [each.record for each in filed(model)] == [None, None]
    assert len(whole(model)) >= 2
