"""A model that cannot be loaded: why, and the command that remedies it."""

import re

from custom_model.databases import driver_message, without_credentials

REGISTERED = re.compile(r"models:/(?P<name>[^/@]+)(?:@(?P<alias>.+)|/(?P<version>\d+))")
ALIAS = "Registered model alias"  # in MLflow's message; the word alias is also in the address of the request
WEB = re.compile(r"https?:", re.IGNORECASE)
ARTIFACTS = "/mlflow-artifacts/artifacts"  # of an MLflow server, in the address of a model
UNREACHABLE = re.compile(r"API request to (?P<address>\S+) failed with (?:timeout )?exception")
FULL = "No space left on device"  # MLflow's first line says only that some file has failed
DEFAULT = "credit-scoring"  # of the entry points


def unavailable(uri: str, error: Exception) -> str:
    """One sentence about the model at this URI, which MLflow answered with this error."""
    from mlflow.exceptions import MlflowException  # loaded already, where it has answered

    shown = without_credentials(uri)
    if WEB.match(uri) and ARTIFACTS not in uri:
        return (
            f"{shown} is no address of a model: expected http://HOST/api/2.0{ARTIFACTS}/PATH of an MLflow server, or "
            "models:/NAME/VERSION with MLFLOW_TRACKING_URI=http://HOST"
        )
    registered = REGISTERED.fullmatch(uri)
    if not registered or not isinstance(error, MlflowException):
        return f"{shown} cannot be loaded: {_reason(error)}"
    name, alias, version = registered.group("name", "alias", "version")
    if "Registered Model" in error.message:
        return f"there is no registered model {name}: train one with `{_command('train', name)}`, then promote it"
    if ALIAS in error.message:
        remedy = f"promote one with `{_command('promote', name)}`" if alias == "champion" else "set it in MLflow"
        return f"{name} has no {alias}: {remedy}, or name a version, as in models:/{name}/1"
    if "Model Version" in error.message:
        return f"{name} has no version {version}: `mlflow ui` lists its versions"
    return f"{shown} cannot be loaded: {_reason(error)}"


def _command(entry_point: str, name: str) -> str:
    option = "" if name == DEFAULT else f" -P model_name={name}"
    return f"mlflow run . -e {entry_point} --env-manager local{option}"


def _reason(error: Exception) -> str:
    """The first line; for a package that is missing, its name; for a server that does not answer, its address."""
    if isinstance(error, ModuleNotFoundError):
        return f"this needs the package {error.name}"
    unanswered = UNREACHABLE.match(str(error))
    if unanswered:
        return f"no answer of the MLflow server at {_origin(unanswered['address'])}: check it and MLFLOW_TRACKING_URI"
    reason = driver_message(error).rstrip(".:")
    return f"{reason}: {FULL}" if FULL in str(error) and FULL not in reason else reason


def _origin(address: str) -> str:
    """Scheme, host and port."""
    return "/".join(without_credentials(address).split("/")[:3])
