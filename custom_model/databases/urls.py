"""Database URLs in settings, messages and logs."""

from typing import Annotated

from pydantic import BeforeValidator
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError


def _database(value: object) -> URL:
    """The URL of a database that an installed driver can open and that outlives the process."""
    if isinstance(value, URL):
        return value
    try:
        url = make_url(str(value).strip())
        dialect = url.get_dialect()
        dialect.import_dbapi()
    except NoSuchModuleError:
        raise ValueError(f"SQLAlchemy has no {url.drivername}: expected sqlite, postgresql or another") from None
    except ArgumentError:
        raise ValueError("expected a URL such as sqlite:////folder/file.db or postgresql://host/name") from None
    except ModuleNotFoundError as error:
        raise ValueError(f"the driver of {url.drivername} is not installed: {error.name}") from None
    except ImportError as error:
        raise ValueError(f"the driver of {url.drivername} cannot be loaded: {error}") from None
    if dialect.is_async:
        raise ValueError(f"expected a synchronous driver, got {url.drivername}")
    if dialect.name == "sqlite" and url.database in (None, "", ":memory:"):
        raise ValueError("expected a file: an in-memory database is lost with the process")
    return url


Database = Annotated[URL, BeforeValidator(_database)]


def display_url(url: URL) -> str:
    """The URL for a message or a log: the password masked, the query left out, as it may hold one too."""
    return url.set(query={}).render_as_string(hide_password=True)


def driver_message(error: BaseException) -> str:
    """The first line of the driver's message, or of the error's own where there is none; without any, its type."""
    lines = str(getattr(error, "orig", None) or error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
