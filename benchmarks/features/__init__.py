"""The feature table's cost, and plain pandas beside it: `python -m benchmarks.features`."""
