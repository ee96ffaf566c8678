"""The speed and the memory of counting a window of traffic against the reference of a model."""
