"""LightGBM without scikit-learn, as in processes that only score."""

import json
import subprocess
import sys

import numpy as np
import pytest

from steps.run.settings import PROJECT

SCRIPT = """
import json, sys
from custom_model.lightgbm_internals import import_alone, load_booster
import_alone()
had = "sklearn" in sys.modules
import numpy as np
scores = load_booster(sys.argv[1]).predict(np.array(json.load(sys.stdin), dtype=float), raw_score=True).tolist()
import sklearn.metrics
print(json.dumps([had, scores, sklearn.metrics.roc_auc_score([0, 1], [0.1, 0.2])]))
"""


@pytest.fixture(scope="module")
def rows(decider) -> np.ndarray:
    """Rows with missing values."""
    generator = np.random.default_rng(5)
    rows = generator.normal(scale=1_000, size=(50, decider.scorer.booster.num_feature()))
    rows[generator.random(rows.shape) < 0.3] = np.nan
    return rows


def test_it_scores_bit_for_bit_as_with_scikit_learn_which_can_be_imported_afterwards(decider, rows, tmp_path):
    file = tmp_path / "booster.txt"
    decider.scorer.booster.save_model(file)
    content = json.dumps([[None if np.isnan(cell) else cell for cell in row] for row in rows.tolist()])

    output = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(file)],
        cwd=PROJECT,
        input=content,
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    assert json.loads(output) == [False, decider.scorer.booster.predict(rows, raw_score=True).tolist(), 1.0]
