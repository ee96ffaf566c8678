"""Media types of the requests that the server reads."""

from functools import lru_cache

JSON = "application/json"
PARQUET = "application/vnd.apache.parquet"
UTF_8 = frozenset({"charset=utf-8", 'charset="utf-8"'})


@lru_cache(maxsize=64)
def media_type(content_type: bytes) -> str | None:
    """The media type of a header Content-Type, however it is spelt; None for one that the server does not read.

    A charset of UTF-8 is the only parameter, as in MLflow's server.
    """
    media, *parameters = (part.strip() for part in content_type.decode("latin-1").lower().split(";"))
    return media if media in (JSON, PARQUET) and UTF_8.issuperset(parameters) else None
