"""The engine that writes to the decision log."""

from sqlalchemy import URL, Engine

from custom_model.databases import dialect_of


def writing_engine(url: URL, patience: float) -> Engine:
    """For transactions that write, durable at commit; they wait `patience` seconds for another's at most.

    Values of JSON columns are JSON text already.
    """
    return dialect_of(url).writing_engine(url, patience, json_serializer=str)
