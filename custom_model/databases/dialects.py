"""The dialect of a URL or an engine."""

from sqlalchemy import URL

from custom_model.databases.base import Dialect
from custom_model.databases.postgresql import PostgreSQL
from custom_model.databases.sqlite import SQLite

DIALECTS = {"sqlite": SQLite(), "postgresql": PostgreSQL()}
OTHER = Dialect()


def dialect_of(url: URL) -> Dialect:
    """The dialect of this URL; databases other than SQLite and PostgreSQL get no special treatment."""
    return DIALECTS.get(url.get_backend_name(), OTHER)
