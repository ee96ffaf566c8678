"""The floor, as models-from-code: a constant pyfunc without a signature, so that all its time is MLflow's."""

from mlflow.models import set_model


def predict(model_input):
    """The same answer to every request."""
    return [0.5]


set_model(predict)
