"""The files of tests that take longest, by processor time from five minutes to one.

A file runs in one process. These start first, so that none runs alone at the end; all others keep the order of the
folders, with the short unit tests last. Files of recipes do not follow each other: the first trains for all, and those
beside it would wait.
"""

LONGEST = (
    "recipes/test_governance.py",
    "project/test_whole_path.py",
    "project/test_gate.py",
    "recipes/test_tutorials.py",
    "project/test_monitor.py",
    "project/test_policy_change.py",
    "recipes/test_training.py",
    "recipes/test_entry_points.py",
    "recipes/test_serving.py",
    "project/test_governance.py",
    "project/test_replay.py",
    "project/test_notebooks.py",
    "serving/test_following.py",
    "project/test_lenders_files.py",
    "project/test_promotions.py",
    "project/test_first_use.py",
    "project/test_evaluation_report.py",
    "project/test_transfer.py",
)


def place(file: str) -> int:
    """The place of a file, from the folder of the tests, among those that start first; equal for all others."""
    return LONGEST.index(file) if file in LONGEST else len(LONGEST)
