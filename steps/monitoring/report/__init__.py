"""The report of a window: its sections, each from its own figures."""
