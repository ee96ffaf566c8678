"""MLflow's own ways to a model that do not work with this one, and what works instead, as SECURITY.md has them.

The third, text/csv, is in test_conformance.py.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path

import mlflow
import pandas as pd
import pytest

from steps.run.settings import PROJECT

pytestmark = pytest.mark.slow

DECISION = "decision string, probability_of_default double, decision_id string"
SPARK = """
import json, sys

import mlflow
import pandas as pd
from pyspark.errors import PythonException
from pyspark.sql import SparkSession
from pyspark.sql.functions import struct

uri, data, *result_types = sys.argv[1:]
spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
clients = spark.createDataFrame(pd.read_parquet(data))
decided = {}
for result_type in result_types:
    options = {"result_type": result_type} if result_type else {}
    try:
        decide = mlflow.pyfunc.spark_udf(spark, uri, env_manager="local", **options)
        found = clients.select(decide(struct(*clients.columns)).alias("decided")).toPandas()
        decided[result_type] = found["decided"].map(str).tolist()
    except PythonException:
        decided[result_type] = "PythonException"
print(json.dumps(decided))
"""


@pytest.fixture(scope="module")
def clients(complete, tmp_path_factory) -> Path:
    """Three applications in Parquet."""
    path = tmp_path_factory.mktemp("clients") / "clients.parquet"
    complete.head(3).to_parquet(path, index=False)
    return path


@pytest.fixture(scope="module")
def by_spark(champion, clients, prepared) -> dict[str, list[str] | str]:
    """What each row becomes, or the name of the error, by the result type that the function is given; "": none."""
    pytest.importorskip("pyspark", reason="PySpark is not installed (the dependency group spark)")
    if shutil.which("java") is None:
        pytest.skip("PySpark: no Java on this machine")
    python = str(prepared / "python")
    completed = subprocess.run(
        [python, "-c", SPARK, champion.uri, str(clients), "", DECISION, "double"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "DECISION_LOG_URI": "", "PYSPARK_PYTHON": python},
    )
    assert completed.returncode == 0, completed.stderr[-2000:]
    return json.loads(completed.stdout.splitlines()[-1])


def test_spark_udf_fails_without_a_result_type(by_spark):
    assert by_spark[""] == "PythonException"


@pytest.mark.parametrize("result_type", [DECISION, "double"])
def test_spark_udf_decides_with_a_result_type(by_spark, champion, clients, result_type):
    model = mlflow.pyfunc.load_model(champion.uri)
    expected = model.predict(pd.read_parquet(clients))["probability_of_default"]

    for row, probability in zip(by_spark[result_type], expected, strict=True):
        assert str(probability) in row
    assert f'"{result_type}"' in (PROJECT / "SECURITY.md").read_text("utf-8")


def test_evaluate_as_a_classifier_fails_on_decisions_and_works_on_labels(champion, table, complete):
    frame = table.frame.loc[complete.index[:200]]
    target = table.lineage.target
    model = mlflow.pyfunc.load_model(champion.uri)

    def labels(rows: pd.DataFrame) -> pd.Series:
        return (model.predict(rows)["decision"] == "refused").astype(int)

    with pytest.raises(ValueError, match="dimension"):
        mlflow.models.evaluate(champion.uri, frame, targets=target, model_type="classifier")
    evaluated = mlflow.models.evaluate(
        labels, frame, targets=target, model_type="classifier", evaluator_config={"log_model_explainability": False}
    )

    assert evaluated.metrics["example_count"] == 200
    assert (
        evaluated.metrics["false_positives"] + evaluated.metrics["true_positives"]
        == labels(frame.drop(columns=target)).sum()
    )
