"""The decision log: every decision on record, durable before it is returned."""

from custom_model.decision_log.record_log import RecordLog
from custom_model.decision_log.writer import DecisionLog

__all__ = ["DecisionLog", "RecordLog"]
