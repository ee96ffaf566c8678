"""The workflow: MLproject's entry points and the folders that they are made of.

Two libraries read an environment variable when they are imported, so both are set here, before any step.
"""

import os

import custom_model  # noqa: F401  # ends a command without the environment with one sentence

# MLflow sends usage data by default.
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
# LightGBM's threads spin while they wait: next to one busy process, 300 rounds took 180 s instead of 9.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
