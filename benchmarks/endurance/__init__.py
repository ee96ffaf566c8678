"""A soak and an overload of the hardened server: `python -m benchmarks.endurance`."""
