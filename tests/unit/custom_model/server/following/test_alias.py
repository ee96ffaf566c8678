"""The alias of a URI, and what the registry says about it."""

import threading
from functools import partial
from http.server import BaseHTTPRequestHandler, HTTPServer

import mlflow
import pytest
from mlflow import MlflowClient

from custom_model.server.following.alias import Alias, Pointed, RegistryDown, alias_of


@pytest.mark.parametrize(
    ("uri", "alias"),
    [
        ("models:/credit-scoring@champion", Alias("credit-scoring", "champion")),
        ("models:/credit-scoring/7", None),
        ("models:/credit-scoring/Production", None),
        ("models:/m-0123", None),
        ("runs:/0123/model", None),
        ("/opt/ml/model", None),
    ],
)
def test_only_a_uri_with_an_alias_can_be_followed(uri, alias):
    assert alias_of(uri) == alias


def test_an_alias_points_to_a_version_of_the_registry_until_it_is_moved(tmp_path):
    client, alias = MlflowClient(), Alias("pointed", "champion")
    client.create_registered_model(alias.model)
    versions = [client.create_model_version(alias.model, source=tmp_path.as_uri()) for _ in range(2)]
    client.set_registered_model_alias(*alias, "1")
    before = alias.ask()
    client.set_registered_model_alias(*alias, "2")

    assert [before, alias.ask()] == [Pointed(str(each.version), each.creation_timestamp) for each in versions]


@pytest.mark.parametrize(
    ("alias", "sentence"),
    [
        (Alias("nobody", "champion"), "there is no registered model nobody"),
        (Alias("nothing", "champion"), "nothing has no champion: promote one with"),
    ],
)
def test_an_alias_that_is_not_there_is_a_sentence(alias, sentence):
    if alias.model == "nothing":
        MlflowClient().create_registered_model(alias.model)

    with pytest.raises(RegistryDown, match=sentence):
        alias.ask()


def test_a_registry_whose_file_is_gone_is_not_made_anew(tmp_path, monkeypatch):
    gone = tmp_path / "mlflow.db"
    monkeypatch.setattr(mlflow, "get_registry_uri", lambda: f"sqlite:///{gone}")

    with pytest.raises(RegistryDown, match="the registry's database is not there"):
        Alias("credit-scoring", "champion").ask()
    assert not gone.exists()


class _Answers(BaseHTTPRequestHandler):
    """A registry that answers every question with these bytes."""

    content = b""

    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.content)

    def log_message(self, *_: object) -> None:
        pass


@pytest.mark.parametrize(
    "content", [b"{}", b'{"model_version": {"version": "../../x"}}', b'{"model_version": {"version": ""}}', b"[[["]
)
def test_an_answer_that_names_no_version_is_no_answer_of_a_registry(monkeypatch, content):
    monkeypatch.setattr(_Answers, "content", content)
    with HTTPServer(("127.0.0.1", 0), _Answers) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setattr(mlflow, "get_registry_uri", lambda: f"http://127.0.0.1:{server.server_port}")
        client = partial(MlflowClient, registry_uri=f"http://127.0.0.1:{server.server_port}")
        monkeypatch.setattr(mlflow, "MlflowClient", client)

        with pytest.raises(RegistryDown):
            Alias("credit-scoring", "champion").ask()
        server.shutdown()
