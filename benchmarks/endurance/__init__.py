"""Soak and overload of the hardened server: `python -m benchmarks.endurance`."""
