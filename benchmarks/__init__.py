"""Benchmarks: speed as ratios side by side in one run, without a verdict on time; endurance; quality."""
