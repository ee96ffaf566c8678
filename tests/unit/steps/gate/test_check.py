"""A verdict as people read it: on the console, in MLflow, in a file."""

from mlflow.utils.validation import MAX_TAG_VAL_LENGTH

from steps.gate.check import Check, Verdict, verdict_of

FAILED = Check("cost", False, "+0.02 a client", "at most +0.01", "12 % of resamples", "train another | better one")
PASSED = Check("AUC", True, "0.77", advice="never read")
VERDICT = Verdict((PASSED, FAILED), {"auc": 0.77}, ("latency: there is no champion",))


def test_a_finding_is_found_allowed_and_how_sure_as_far_as_there_is_something_to_say():
    assert FAILED.finding == "+0.02 a client, at most +0.01; 12 % of resamples"
    assert PASSED.finding == "0.77"
    assert Check("AUC", True, "0.77", sure="by DeLong").finding == "0.77; by DeLong"


def test_the_console_has_a_line_for_each_check_and_what_to_do_below_a_failed_one():
    assert VERDICT.lines == [
        "passed: AUC: 0.77",
        "FAILED: cost: +0.02 a client, at most +0.01; 12 % of resamples",
        "        to do: train another | better one",
        "left out: latency: there is no champion",
    ]


def test_a_verdict_passes_with_all_of_its_checks():
    assert not VERDICT.passed
    assert verdict_of([PASSED, None], {}).passed


def test_the_table_in_mlflow_keeps_a_cell_a_cell():
    header, _, first, second = VERDICT.markdown.split("\n\n")[0].splitlines()

    assert [cell.strip() for cell in header.split("|")][2:-1] == ["check", "found", "allowed", "how sure", "what to do"]
    assert "never read" not in first
    assert "**failed**" in second
    assert "train another \\| better one" in second
    assert VERDICT.markdown.endswith("left out: latency: there is no champion")


def test_a_name_of_the_data_makes_no_line_of_its_own():
    forged = Check("segments", False, "dearer for a\nFAILED: nothing\x1b[2J")

    assert forged.lines == ["FAILED: segments: dearer for a\\nFAILED: nothing\\x1b[2J"]
    assert len(Verdict((forged,), {}).markdown.splitlines()) == 3


def test_the_file_has_each_part_and_the_finding_as_before():
    assert VERDICT.records[1] == {
        "name": "cost",
        "passed": False,
        "found": "+0.02 a client",
        "allowed": "at most +0.01",
        "sure": "12 % of resamples",
        "advice": "train another | better one",
        "finding": FAILED.finding,
    }


def test_two_verdicts_on_one_candidate_are_one():
    both = VERDICT.joined(verdict_of([PASSED], {"latency": 1.0}, ["contract"]))

    assert both.checks == (PASSED, FAILED, PASSED)
    assert both.metrics == {"auc": 0.77, "latency": 1.0}
    assert both.left_out == ("latency: there is no champion", "contract")


def test_the_table_of_a_whole_gate_is_one_that_mlflow_keeps_whole():
    checks = [Check(f"check {number}", False, "f" * 100, "a" * 60, "s" * 150, "d" * 150) for number in range(14)]
    checks[3] = Check("segments", False, "f" * 300, "a" * 60, "s" * 300, "d" * 300)

    assert len(verdict_of(checks, {}).markdown) < MAX_TAG_VAL_LENGTH
