"""The script that MLflow runs to load the model: models from code, so that nothing is pickled."""

from mlflow.models import ModelConfig, set_model

from custom_model.contract import Contract
from custom_model.model import decision_model

set_model(decision_model(Contract(**ModelConfig().get("contract"))))
