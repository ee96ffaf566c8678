"""The reference of a model: made of a table and of its own decisions, kept in one file, carried over."""
