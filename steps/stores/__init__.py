"""What servers read and write: clients' history, decisions on record."""
