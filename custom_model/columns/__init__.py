"""Decisions about many applications at once, in Arrow columns: bit for bit those of single requests, in less time."""

from custom_model.columns.answers import answer_schema
from custom_model.columns.deciding import ColumnDecider

__all__ = ["ColumnDecider", "answer_schema"]
