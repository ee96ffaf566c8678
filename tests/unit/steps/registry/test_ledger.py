"""The ledger: numbered, chained, written once, read newest first."""

from datetime import UTC, datetime
from itertools import count

import pytest
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import RESOURCE_ALREADY_EXISTS

from steps.registry import ledger
from steps.registry.ledger import Event, Outcome, append, enter, filed
from steps.registry.ledger_chain import problems
from steps.registry.names import checked_model_name, record_name
from steps.run.console import UserError
from tests.unit.steps.registry.entries import promotion, registered

NUMBERS = count()


@pytest.fixture
def model() -> str:
    return registered(f"book-{next(NUMBERS)}", versions=1)


def whole(model: str) -> list[str]:
    return list(problems(model, list(filed(model))))


def test_records_are_numbered_from_one_and_read_newest_first(model, monkeypatch):
    monkeypatch.setattr(ledger, "PAGE", 2)
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
    last = next(filed(model))

    assert append(model, promotion("2"), last) is not None
    assert append(model, promotion("3"), last) is None

    assert [each.record.version for each in filed(model)] == ["2", "1"]
    assert whole(model) == []


def test_an_entry_that_changes_nothing_is_written_behind_whatever_came_meanwhile(model, monkeypatch):
    enter(model, promotion("1"))
    stale = list(filed(model))
    enter(model, promotion("2"))
    answers = iter([stale])
    real = ledger.filed
    monkeypatch.setattr(ledger, "filed", lambda name: iter(next(answers, None) or real(name)))

    assert enter(model, promotion("3")).number == 3
    monkeypatch.undo()

    assert whole(model) == []


def test_a_record_whose_answer_was_lost_counts_as_written(model, monkeypatch):
    real = MlflowClient.create_registered_model

    def sent_twice(*arguments, **options):
        real(*arguments, **options)
        raise MlflowException("it exists already", RESOURCE_ALREADY_EXISTS)

    monkeypatch.setattr(MlflowClient, "create_registered_model", sent_twice)

    assert append(model, promotion("1"), None).number == 1


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


def test_a_ledger_without_records_or_with_its_tag_removed_shows(model):
    assert whole(model) == []
    enter(model, promotion("1"))
    MlflowClient().delete_registered_model_tag(model, ledger.HEAD)

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
