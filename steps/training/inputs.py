"""The fingerprint of everything that a trained model depends on: equal ones train equal models."""

import hashlib
import json
import platform

import numpy as np

from steps.run.policy import Policy
from steps.run.settings import PROJECT, Settings
from steps.tables.feature_table import FeatureTable
from steps.tracking.dataset import FeatureTableDataset
from steps.tracking.packages import installed
from steps.training.parameters import Parameters

CODE = ("custom_model", "steps")
SUFFIXES = (".py", ".yaml")
# Of the policy: the gate and the reports use these, each time.
NOT_TRAINED_ON = {"promotion", "protected_attributes", "segments", "owners", "monitoring", "letters", "desk_login"}
SETTINGS = {"seed", "folds", "holdout_percent", "bootstraps"}
DIGITS = 16  # hexadecimal


def fingerprint(
    table: FeatureTable, params: Parameters, policy: Policy, settings: Settings, most_features: int, boosters: int
) -> str:
    """A digest of data, parameters, policy, settings, code and installed packages, in 16 hexadecimal digits.

    The data is every value of the table and the digests of its source files, the code every module of the project.
    """
    inputs = {
        "table": FeatureTableDataset(table, np.ones(len(table.frame), bool)).digest,
        "lineage": table.lineage.model_dump(mode="json"),
        "params": params.model_dump(),
        "most_features": most_features,
        "boosters": boosters,
        "policy": policy.model_dump(mode="json", exclude=NOT_TRAINED_ON),
        "settings": settings.model_dump(include=SETTINGS),
        "code": _code(),
        "python": platform.python_version(),
        "packages": sorted(f"{name}=={version}" for name, version in installed()),
    }
    return hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()[:DIGITS]


def _code() -> str:
    digest = hashlib.sha256()
    files = (file for folder in CODE for file in (PROJECT / folder).rglob("*") if file.suffix in SUFFIXES)
    for file in sorted(files):
        digest.update(f"{file.relative_to(PROJECT)}:".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()
