"""The speed and the memory of a replay."""
