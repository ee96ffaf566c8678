"""The stores of servers: clients' history, and decisions on record."""
