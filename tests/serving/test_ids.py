"""The client's id arrives as it was sent, however the request bears it: never as another client's, never lost."""

import json

import mlflow
import pandas as pd
import pyarrow as pa
import pytest
import requests
from sqlalchemy import make_url

from custom_model.decision_log.reader import Records, window
from custom_model.decision_log.schema import decisions
from steps.tables.home_credit import ID
from testing.forked_servers import hardened_server
from tests.applications import COMPLETE as GOOD
from tests.unit.custom_model.server.hostile_parquet import with_metadata, written

pytestmark = pytest.mark.slow

BEYOND = 2**53 + 1  # as a float it is 2^53
INEXACT = "expected a whole number that is sent as one: a float this large may be the id of another client"


def post(server: str, body: bytes | dict, media: str = "application/vnd.apache.parquet") -> requests.Response:
    media, data = ("application/json", json.dumps(body)) if isinstance(body, dict) else (media, body)
    return requests.post(f"{server}/invocations", data=data, headers={"Content-Type": media}, timeout=60)


def test_an_id_that_passed_through_a_float_is_refused(either):
    body = json.dumps({"inputs": [GOOD]}).replace(f'"{ID}": {GOOD[ID]}', f'"{ID}": {BEYOND}.0').encode()

    answer = post(either, body, "application/json")

    assert f"{BEYOND}.0".encode() in body
    assert (answer.status_code, answer.json()["problems"]) == (400, [{"row": 0, "field": ID, "problem": INEXACT}])


def test_whole_ids_of_parquet_beside_a_missing_one_are_exact(hardened, stock, complete):
    table = pa.Table.from_pandas(complete.head(2), preserve_index=False)
    ids = table.set_column(table.column_names.index(ID), ID, pa.array([BEYOND, None], pa.int64()))

    exact, refused = post(hardened, written(ids)), post(stock, written(ids))

    assert [each["client_id"] for each in exact.json()["predictions"]] == [BEYOND, None]
    assert (refused.status_code, refused.json()["problems"]) == (400, [{"row": 0, "field": ID, "problem": INEXACT}])


@pytest.mark.parametrize("index", [ID, "EXT_SOURCE_2", [ID, "CODE_GENDER"]], ids=str)
def test_columns_in_the_index_of_a_table_are_columns(either, complete, index):
    plain, indexed = complete.head(20).to_parquet(index=False), complete.head(20).set_index(index).to_parquet()

    assert decided(post(either, indexed)) == decided(post(either, plain))


def test_a_decision_about_a_client_in_the_index_is_on_record_under_the_id(champion, complete, tmp_path):
    log = f"sqlite:///{tmp_path / 'decisions.db'}"
    client = int(complete[ID].iloc[0])
    with hardened_server(champion.uri, DECISION_LOG_URI=log) as server:
        post(server, complete.head(1).set_index(ID).to_parquet()).raise_for_status()

    records = Records.open(make_url(log))
    assert records.count(window() & (decisions.c.client_id == str(client))) == 1
    records.close()


@pytest.mark.parametrize(
    "metadata", [b"S3CRET", b"[]", b'{"index_columns": ["AMT_CREDIT"]}', b'{"index_columns": 5, "columns": [{}]}']
)
def test_the_metadata_of_pandas_is_neither_followed_nor_a_fault(hardened, complete, metadata):
    plain = complete.head(3).to_parquet(index=False)

    assert decided(post(hardened, with_metadata(plain, {b"pandas": metadata}))) == decided(post(hardened, plain))


def test_a_doubled_id_is_refused(hardened):
    body = json.dumps({"inputs": [GOOD]}).replace(f'"{ID}": ', f'"{ID}": 7, "{ID}": ').encode()

    answer = post(hardened, body, "application/json")

    assert answer.status_code == 400
    assert answer.json()["problems"] == [{"row": None, "field": ID, "problem": "the key was sent more than once"}]


def decided(answer: requests.Response) -> list[tuple]:
    assert answer.status_code == 200, answer.text
    names = ("client_id", "decision", "probability_of_default", "history")
    return [tuple(each[name] for name in names) for each in answer.json()["predictions"]]


def test_a_table_in_python_has_the_same_ids(champion, complete):
    model = mlflow.pyfunc.load_model(champion.uri)
    ids = pd.array([BEYOND, None], dtype="Int64")
    table = complete.head(2).assign(**{ID: ids})

    assert model.predict(table)["client_id"].tolist() == [BEYOND, None]
    assert model.predict(table.set_index(ID))["client_id"].tolist() == [BEYOND, None]
