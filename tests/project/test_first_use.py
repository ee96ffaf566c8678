"""First use by two processes at once: one creates the file or the tables, the other waits; fifty times each.

MLflow's migration takes seconds: ten times.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from testing.at_once import at_once as of_processes
from testing.postgres import fresh_database

pytestmark = pytest.mark.slow

TIMES = 50
OF = {"tracking store": 10}
STORES = {
    "tracking store": (
        "import mlflow\nfrom steps.tracking.store import open_store",
        "open_store(place); mlflow.set_tracking_uri(place); mlflow.set_experiment('credit-scoring')",
    ),
    "decision log": (
        "from sqlalchemy import make_url\nfrom custom_model.decision_log.writer import DecisionLog",
        "log = DecisionLog(make_url(place), wait=30); log.submit([]).result(60); log.close()",
    ),
    "history store": (
        "from sqlalchemy import make_url\nfrom steps.stores.publication import _create_tables, _engine",
        "engine = _engine(make_url(place)); _create_tables(engine); engine.dispose()",
    ),
}


@pytest.fixture(scope="module")
def at_once(prepared) -> Callable[..., list[str]]:
    """The answers of two processes that have the packages imported already."""
    return partial(of_processes, python=prepared / "python")


@pytest.mark.parametrize("store", STORES)
def test_a_new_sqlite_file_is_used_by_two_at_once(store, tmp_path, at_once):
    times = OF.get(store, TIMES)

    answers = at_once(*STORES[store], (f"sqlite:///{tmp_path / f'{number}.db'}" for number in range(times)))

    assert answers == ["done"] * 2 * times
    assert not list(tmp_path.glob(".*.lock"))


@pytest.mark.parametrize("store", STORES)
def test_a_new_postgresql_database_is_used_by_two_at_once(store, postgres_running, at_once):
    times = OF.get(store, TIMES)

    answers = at_once(*STORES[store], (fresh_database(postgres_running) for _ in range(times)))

    assert answers == ["done"] * 2 * times


def test_a_study_on_a_new_postgresql_database_is_begun_by_two_at_once(postgres_running, at_once):
    imports = "import optuna\nfrom steps.tuning.storage import open_storage"
    task = (
        "storage = open_storage(place); "
        "optuna.create_study(study_name='shared', storage=storage, load_if_exists=True); storage.engine.dispose()"
    )

    answers = at_once(imports, task, (fresh_database(postgres_running) for _ in range(TIMES)))

    assert answers == ["done"] * 2 * TIMES


def test_a_sample_is_generated_once_by_two_at_once(tmp_path, at_once):
    imports = (
        "from pathlib import Path\nfrom steps.features import sample_folder\nfrom steps.run.settings import Settings"
    )
    task = "sample_folder(Settings(data_folder=Path(place), sample_clients=20))"
    folders = [tmp_path / str(number) for number in range(TIMES)]

    answers = at_once(imports, task, map(str, folders))

    assert answers == ["done"] * 2 * TIMES
    for folder in folders:
        (sample,) = folder.iterdir()
        assert pq.read_metadata(sample / "application_train.parquet").num_rows == 20
        assert not list(sample.glob(".*"))


def test_a_feature_table_is_built_by_two_at_once(tmp_path, at_once):
    (tmp_path / "loans.csv").write_text("client,bad,income\n" + "".join(f"{n},{n % 2},{n}\n" for n in range(500)))
    imports = (
        "from pathlib import Path\nfrom steps.features import build\nfrom steps.run.settings import Engine, Settings\n"
        "from steps.tables.feature_table import read_feature_table"
    )
    task = (
        f"out = build({str(tmp_path / 'loans.csv')!r}, Path(place), Engine.duckdb, 'bad', 'client', Settings()); "
        "assert len(read_feature_table(out).frame) == 500"
    )
    outs = [tmp_path / f"{number}" / "features.parquet" for number in range(TIMES)]

    answers = at_once(imports, task, map(str, outs))

    assert answers == ["done"] * 2 * TIMES
    assert [list(out.parent.iterdir()) for out in outs] == [[out] for out in outs]


def test_one_who_waits_for_another_says_so_and_the_lock_ends_with_its_process(tmp_path, at_once):
    imports = "import os, sys, time\nfrom pathlib import Path\nfrom steps.run.first_use import one_at_a_time"
    # Both write in turn: without the lock, each would find the other's mark.
    task = (
        'exec(\'with one_at_a_time(Path(place)):\\n    mark = Path(place + ".mark")\\n    mark.touch(exist_ok=False)'
        "\\n    time.sleep(0.01)\\n    mark.unlink()')"
    )

    answers = at_once(imports, task, (str(Path(tmp_path) / str(number)) for number in range(TIMES)))

    assert answers == ["done"] * 2 * TIMES
    assert not list(tmp_path.iterdir())
