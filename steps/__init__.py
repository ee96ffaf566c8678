"""The workflow: one module per MLproject entry point, and what those entry points share.

Two libraries read a setting once, when they are imported, so it has to be there before any step is.
"""

import os

# MLflow sends usage data unless told not to.
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
# LightGBM's waiting threads spin: beside one other busy process, 300 rounds took 180 s instead of 9.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
