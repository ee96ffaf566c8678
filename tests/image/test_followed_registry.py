"""The image follows the champion of an MLflow server, whose artifacts it downloads from there."""

from collections.abc import Iterator

import mlflow
import pytest
from mlflow import MlflowClient

from steps.run.settings import Settings
from steps.train import train
from testing.mlflow_server import mlflow_server
from tests.image.containers import container_of_the_host, docker
from tests.image.test_slim_image import HARDENED, LOG, recorded
from tests.serving.test_following import APPLICATION, FAST
from tests.serving.test_same_bits import to_the_bit
from tests.unit.steps.lender import POLICY, lender_table

pytestmark = [pytest.mark.slow, pytest.mark.image]

MODEL = "followed-image"


@pytest.fixture(scope="module")
def registry(engine, tracking, tmp_path_factory) -> Iterator[str]:
    """The URL of an MLflow server with a database and artifacts of its own, which the tests' runs go to meanwhile."""
    folder = tmp_path_factory.mktemp("registry")
    try:
        with mlflow_server(f"sqlite:///{folder}/mlflow.db", folder) as server, pytest.MonkeyPatch.context() as patch:
            patch.setenv("MLFLOW_TRACKING_URI", server.url)
            mlflow.set_tracking_uri(server.url)
            yield server.url
    finally:
        mlflow.set_tracking_uri(tracking)


@pytest.fixture(scope="module")
def versions(registry) -> list[str]:
    """Two versions of one logged model, in this registry and no other."""
    trained = train(lender_table(), MODEL, Settings(), POLICY, FAST)
    source = f"models:/{mlflow.models.get_model_info(f'models:/{MODEL}/{trained.version}').model_id}"
    return [str(trained.version), mlflow.register_model(source, MODEL).version]


def test_a_promotion_in_an_mlflow_server_reaches_the_container_and_no_decision_is_unrecorded(slim, registry, versions):
    point = MlflowClient().set_registered_model_alias
    point(MODEL, "champion", versions[0])
    first, second = (f"{MODEL}/{version}" for version in versions)
    follow = ("--model-uri", f"models:/{MODEL}@champion", "--follow", "1")
    tracking = ("-e", f"MLFLOW_TRACKING_URI={registry}")
    with container_of_the_host(slim, *HARDENED, *LOG, *tracking, command=follow) as running:
        (before,) = running.post({"inputs": [APPLICATION]}).json()["predictions"]
        point(MODEL, "champion", versions[1])
        # Until no worker is left that answers for the first.
        running.wait_for(lambda: {(running.ready() or {}).get("model") for _ in range(8)} == {second})
        (after,) = running.post({"inputs": [APPLICATION]}).json()["predictions"]
        # Logged once all workers are of the second.
        running.wait_for(lambda: f"{second} decides in place of {first}" in docker("logs", running.name, check=False))

        assert (before["model"], after["model"]) == (first, second)
        assert to_the_bit({**before, "model": None}) == to_the_bit({**after, "model": None})
        assert running.ready()["following"] == {"alias": f"{MODEL}@champion", "version": versions[1], "problem": None}
        assert recorded(running) == 2
