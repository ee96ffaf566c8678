"""Serving speed, side by side in one run: `python -m benchmarks.serving`."""
