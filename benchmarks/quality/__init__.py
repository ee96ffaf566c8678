"""How good the model is, and what its parts are worth: `python -m benchmarks.quality`."""
