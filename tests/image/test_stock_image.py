"""MLflow's own image of the champion: the same decisions as outside, with its log on a volume."""

from collections.abc import Iterator

import pytest

from tests.image.containers import COUNT, Container, container, docker, volume
from tests.image.test_slim_image import LOG, exact
from tests.serving.test_same_bits import inputs

pytestmark = [pytest.mark.slow, pytest.mark.image]


@pytest.fixture(scope="module")
def bytecode() -> Iterator[tuple[str, ...]]:
    """Options of containers that share what Python compiles, seconds of each server: the image's modules are not."""
    with volume("scoring-test-bytecode") as compiled:
        yield ("-v", f"{compiled}:/bytecode", "-e", "PYTHONPYCACHEPREFIX=/bytecode")


def test_its_decisions_are_those_of_outside_and_outlive_it_on_a_volume(stock_image, bytecode, outside, applications):
    body = {**inputs(applications), "params": {"reasons": "all"}}
    reference = exact(Container("outside", outside).post(body))
    with volume("scoring-test-stock") as log:
        for workers in (1, 2):
            options = (*bytecode, "-v", f"{log}:/log", *LOG, "-e", f"MLFLOW_MODELS_WORKERS={workers}")
            with container(stock_image, *options, ping="/ping") as running:
                assert exact(running.post(body)) == reference
        count = docker("run", "--rm", "-v", f"{log}:/log", "--entrypoint", "python", stock_image, "-c", COUNT)

    assert int(count) == 2 * len(applications)


def test_it_runs_the_hardened_server_from_the_models_code(stock_image, bytecode, outside, applications):
    command = ("-m", "custom_model.server", "--model-uri", "/opt/ml/model", "--host", "0.0.0.0", "--port", "8080")
    options = (*bytecode, "-e", "PYTHONPATH=/opt/ml/model/code", "--entrypoint", "python")
    with container(stock_image, *options, command=command) as running:
        assert exact(running.post(inputs(applications))) == exact(Container("o", outside).post(inputs(applications)))
