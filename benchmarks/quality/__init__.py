"""Quality of the model, and the value of its parts: `python -m benchmarks.quality`."""
