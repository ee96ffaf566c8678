"""The workflow: MLproject's entry points and the folders that they are made of.

Two libraries read an environment variable when they are imported, so both are set here, before any step. And the
imports make a million objects that stay: looking among them for garbage every 700 objects took a quarter of a start.
"""

import gc
import os

import custom_model  # noqa: F401  # ends a command without the environment with one sentence

# MLflow sends usage data by default.
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
# LightGBM's threads spin while they wait: next to one busy process, 300 rounds took 180 s instead of 9.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
gc.set_threshold(50_000, 10, 10)
