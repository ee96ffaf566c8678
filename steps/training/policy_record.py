"""The policy that a model was trained under, as an artifact of its run.

Apart from the rest of the record, whose plots take a third of a second to import: a promotion reads the policy alone.
"""

import mlflow

from steps.run.policy import Policy

POLICY = "policy.json"  # artifact of the run


def log_policy(policy: Policy) -> None:
    """Log the whole policy, against which a later change of it is compared."""
    mlflow.log_dict(policy.model_dump(mode="json"), POLICY)
