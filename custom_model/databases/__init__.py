"""Databases: URLs for settings and messages, and all that differs between SQLite, PostgreSQL and others."""

from custom_model.databases.base import Dialect, ErasurePending
from custom_model.databases.dialects import dialect_of
from custom_model.databases.urls import Database, display_url, driver_message

__all__ = ["Database", "Dialect", "ErasurePending", "dialect_of", "display_url", "driver_message"]
