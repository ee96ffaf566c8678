"""Databases as the operator names them, and as messages and logs may show them."""

from typing import Annotated

from pydantic import BeforeValidator
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError


def _database(given: object) -> URL:
    """A database that a driver of this environment opens, and that outlives the process."""
    if isinstance(given, URL):
        return given
    try:
        url = make_url(str(given).strip())
        dialect = url.get_dialect()
        dialect.import_dbapi()
    except NoSuchModuleError:
        raise ValueError(f"SQLAlchemy knows no {url.drivername}: expected sqlite, postgresql or another") from None
    except ArgumentError:
        raise ValueError(
            "expected a URL of SQLAlchemy as sqlite:////folder/file.db or postgresql://host/name"
        ) from None
    except ImportError as error:
        raise ValueError(f"the driver of {url.drivername} is not installed: {error.name}") from None
    if dialect.is_async:
        raise ValueError(f"expected a driver that is not asynchronous, got {url.drivername}")
    if dialect.name == "sqlite" and url.database in (None, "", ":memory:"):
        raise ValueError("expected a file: what is in memory only is lost with the process")
    return url


Database = Annotated[URL, BeforeValidator(_database)]


def shown(url: URL) -> str:
    """The URL for a message or a log: the password masked, and no query, which may hold one too."""
    return url.set(query={}).render_as_string(hide_password=True)


def reason(error: Exception) -> str:
    """The first line of what the driver said, else of SQLAlchemy's own error."""
    return str(getattr(error, "orig", None) or error).strip().splitlines()[0]
