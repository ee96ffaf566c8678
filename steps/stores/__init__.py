"""The stores of served models: clients' history, and decisions on record."""
