"""Both servers, so that decisions and errors are tested against each."""

from collections.abc import Iterator

import pytest

from testing.forked_servers import hardened_server
from tests.conftest import MODEL


@pytest.fixture(scope="session")
def stock(server: str) -> str:
    """The base URL of `mlflow models serve`."""
    return server


@pytest.fixture(scope="session")
def hardened(champion) -> Iterator[str]:
    """The base URL of the hardened server with the champion, with its OpenAPI document open."""
    with hardened_server(f"models:/{MODEL}@champion", SHOW_DOCS="true") as url:
        yield url


@pytest.fixture(scope="session", params=["stock", "hardened"])
def either(request: pytest.FixtureRequest) -> str:
    """Each server in turn."""
    return request.getfixturevalue(request.param)
