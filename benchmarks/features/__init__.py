"""The cost of the feature table, and of plain pandas for the same features: `python -m benchmarks.features`."""
