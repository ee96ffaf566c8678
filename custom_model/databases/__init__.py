"""Databases: URLs for settings and messages, and all that differs between SQLite, PostgreSQL and others."""

from custom_model.databases.base import Dialect, ErasurePending
from custom_model.databases.dialects import dialect_of
from custom_model.databases.sqlite_place import Moved
from custom_model.databases.urls import (
    Database,
    check_address,
    display_url,
    driver_message,
    has_login,
    has_secret,
    read_url,
    without_credentials,
)

__all__ = [
    "Database",
    "Dialect",
    "ErasurePending",
    "Moved",
    "check_address",
    "dialect_of",
    "display_url",
    "driver_message",
    "has_login",
    "has_secret",
    "read_url",
    "without_credentials",
]
