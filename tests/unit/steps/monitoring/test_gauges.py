from datetime import UTC, datetime

from prometheus_client.parser import text_string_to_metric_families

from steps.monitoring.alarms import KINDS, Alarm
from steps.monitoring.gauges import write_gauges

UNTIL = datetime(2026, 2, 1, tzinfo=UTC)


def gauges_of(text: str) -> dict[tuple[str, str], float]:
    """Each value by its name, and its kind or field; every one has the model and its version."""
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            assert (sample.labels["model"], sample.labels["version"]) == ("credit-scoring", "7")
            found[sample.name, sample.labels.get("kind") or sample.labels.get("field", "")] = sample.value
    return found


def test_every_metric_and_the_alarms_of_every_kind_are_gauges(tmp_path):
    alarms = [Alarm("drift", "AMT_CREDIT has drifted", "look"), Alarm("drift", "the score, too", "look")]

    file = tmp_path / "monitor.prom"
    write_gauges(file, "credit-scoring", "7", UNTIL, {"expected_cost": 0.47}, {"AMT_CREDIT": 0.3}, alarms)

    gauges = gauges_of(file.read_text("utf-8"))
    assert gauges["credit_scoring_monitor_expected_cost", ""] == 0.47
    assert gauges["credit_scoring_monitor_psi", "AMT_CREDIT"] == 0.3
    assert gauges["credit_scoring_monitor_window_end_seconds", ""] == UNTIL.timestamp()
    raised = {kind: gauges["credit_scoring_monitor_alarms", kind] for kind in KINDS}
    assert raised == {**dict.fromkeys(KINDS, 0.0), "drift": 2.0}  # a kind without alarms is 0, not absent


def test_a_window_takes_the_place_of_the_one_before_and_leaves_no_other_file(tmp_path):
    file = tmp_path / "monitor.prom"
    write_gauges(file, "credit-scoring", "7", UNTIL, {"expected_cost": 0.47, "realised_cost": 0.5}, {}, [])

    write_gauges(file, "credit-scoring", "7", UNTIL, {"expected_cost": 0.48}, {}, [])

    gauges = gauges_of(file.read_text("utf-8"))
    assert gauges["credit_scoring_monitor_expected_cost", ""] == 0.48
    assert ("credit_scoring_monitor_realised_cost", "") not in gauges  # of no window any more
    assert list(tmp_path.iterdir()) == [file]
