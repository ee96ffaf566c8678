"""Decisions about many applications at once, in Arrow columns: bit for bit those of single requests, in less time."""

from custom_model.columns.deciding import ColumnDecider
from custom_model.columns.decision_ids import DecisionIds

__all__ = ["ColumnDecider", "DecisionIds"]
