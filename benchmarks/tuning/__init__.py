"""Tuning speed against the usual loop, one improvement after the other: `python -m benchmarks.tuning`."""
