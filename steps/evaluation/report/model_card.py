"""The documentation of a version as supervisors ask for it, in Markdown, from its run, contract, policy and report."""

from collections.abc import Iterator, Mapping

from custom_model.rules import InformationGroup
from steps.evaluation.inspection import CHANGES
from steps.evaluation.on_holdout import Part
from steps.evaluation.report.document import Estimate, LeftOut, number, share, signed
from steps.evaluation.report.fairness import remains
from steps.evaluation.report.report import Report
from steps.evaluation.training_run import TrainingRun
from steps.quality.stability import ALIKE, SHIFTED
from steps.run.console import counted, listed
from steps.run.markdown import as_code, escaped
from steps.run.policy import Policy
from steps.tables.feature_table import FeatureTable
from steps.training.policy_fields import has_any

PURPOSE = "Decisions on loan applications, granted or refused, each with its calibrated probability of default."
LISTED = 5  # names in one sentence
BY_RULE = {"refer": "referred to a person", "refuse": "refused"}
DIGEST = 12  # hexadecimal digits of a file's digest


def model_card(report: Report, table: FeatureTable, policy: Policy, run: TrainingRun | None) -> str:
    """Purpose, owners, data, method, assumptions, limits, validation and monitoring plan of one version.

    Rules and excluded fields are those that the version was made under; owners and bounds are today's.
    """
    sections = {
        "Purpose": _purpose(report, table, run),
        "Owners": (f"{escaped(role)}: {escaped(who)}" for role, who in policy.owners.items()),
        "Data and lineage": _data(report, table, run),
        "Method": _method(report, table, run),
        "Assumptions": _assumptions(report, table),
        "Limits": _limits(report, run),
        "Validation": _validation(report),
        "Monitoring plan": _monitoring(report, policy),
    }
    parts = [f"# {as_code(report.facts.model)}"]
    for title, sentences in sections.items():
        lines = [f"- {sentence}" for sentence in sentences]
        parts.append("\n".join([f"## {title}", "", *(lines or ["- policy.yaml names none"])]))
    return "\n\n".join(parts) + "\n"


def _purpose(report: Report, table: FeatureTable, run: TrainingRun | None) -> Iterator[str]:
    yield PURPOSE
    yield f"Refused from a probability of default of {report.facts.threshold:.4f} on."
    made_under = {} if run is None else run.policy
    outcome = BY_RULE.get(made_under.get("unusual_values", {}).get("otherwise"))
    if outcome:
        yield f"Values far outside what training saw: {outcome}."
    referring = [
        name
        for name, each in made_under.get("least_information", {}).items()
        if each["otherwise"] == "refer" and has_any(table, InformationGroup.model_validate(each))
    ]
    if referring:
        yield f"Referred to a person without {listed([as_code(name) for name in referring], LISTED)}."
    review = made_under.get("costs", {}).get("review")
    if review is not None:
        yield f"Referred to a person where both decisions are expected to cost more than a review, {review:g}."
    moves = [
        f"{as_code(name)} {'down' if move.get('lower') else 'up'} by at most {move.get('lower') or move['higher']:.0%}"
        for name, move in made_under.get("alternatives", {}).items()
        if name in table.fields
    ]
    if moves:
        yield f"A refused client may be offered a change of the loan: {listed(moves, LISTED)}."
    if report.facts.score is not None:
        yield f"Points beside the probability: {report.facts.score_in_words}."
    if run is not None and run.contract:
        fields = len(run.contract.get("numeric", ())) + len(run.contract.get("categories", ()))
        demanded = len(run.contract.get("required", ())) + len(run.contract.get("declared", ()))
        yield f"Input: an application of {fields:,} fields, {demanded:,} of which must be sent."


def _data(report: Report, table: FeatureTable, run: TrainingRun | None) -> Iterator[str]:
    facts = report.facts
    yield f"{as_code(facts.data)}, built by {facts.engine} from {counted(len(facts.sources), 'file')}."
    if run is not None and "oof_clients" in run.metrics:
        digest = run.tags.get("dataset.training.digest", "unknown")
        yield (
            f"Trained on {run.metrics['oof_clients']:,.0f} clients, {run.metrics['oof_default_rate']:.1%} of whom "
            f"defaulted; dataset digest {as_code(digest)}."
        )
    yield f"Evaluated on {facts.clients:,} clients, {facts.defaults:,} of them defaults: {escaped(facts.who)}."
    for each in facts.sources[:LISTED]:
        yield f"{as_code(each.table)}: {as_code(each.file)}, SHA-256 {each.sha256[:DIGEST]}…"
    if len(facts.sources) > LISTED:
        yield f"{len(facts.sources) - LISTED} more files are in the report."
    if facts.missing_tables:
        missing = listed([as_code(name) for name in facts.missing_tables], LISTED)
        yield f"Missing tables, whose features are empty: {missing}."
    if table.lineage.unlabelled:
        yield f"{table.lineage.unlabelled:,} applications of the data have no outcome, and taught the model nothing."


def _method(report: Report, table: FeatureTable, run: TrainingRun | None) -> Iterator[str]:
    if run is None:
        yield "The store has no run of the training."
    else:
        trees, features = (run.metrics.get(name) for name in ("trees", "features"))
        yield (
            f"LightGBM, {number(trees, 0)} trees on {number(features, 0)} features, calibrated on out-of-fold log-odds "
            f"(Platt) of {run.params.get('folds', 'the')} folds; no class weights."
        )
        code = as_code(run.commit[:12] or "unknown")
        yield f"Trained on {run.day.isoformat()}, run {as_code(run.run_id)}, code {code}."
        yield from _costs(run.policy.get("costs", {}))
        excluded = [name for name in run.policy.get("excluded_fields", ()) if name in table.fields]
        excluded += table.lineage.unused
        if excluded:
            yield f"Never used: {listed([as_code(name) for name in excluded], LISTED)}."
        directed = round(run.metrics.get("directed_features", 0))
        if directed:
            yield f"The risk moves one way only with {counted(directed, 'feature')}."
    if not isinstance(report.drivers, LeftOut):
        strongest = [as_code(each.feature) for each in report.drivers.drivers[:LISTED]]
        yield f"Strongest features: {', '.join(strongest)}."


def _costs(costs: Mapping[str, float]) -> Iterator[str]:
    missed, refused = costs.get("false_negative"), costs.get("false_positive")
    if missed is not None and refused is not None:
        yield (
            f"Threshold from the costs alone, {refused:g} / ({refused:g} + {missed:g}) (Elkan 2001): a missed default "
            f"costs {missed:g}, a good client refused {refused:g}."
        )


def _assumptions(report: Report, table: FeatureTable) -> Iterator[str]:
    calibration = report.calibration
    yield (
        f"Probabilities are calibrated, or the threshold is not the cheapest: error {number(calibration.error)}, by "
        f"chance up to {number(calibration.noise)}."
    )
    yield "Applications come from the population of the training; only clients who had a loan have an outcome."
    score = report.stability.score
    if not isinstance(score, LeftOut):
        by_chance = number(score.by_chance)
        yield f"PSI of the score against the training: {number(score.index)}, by chance up to {by_chance}."


def _limits(report: Report, run: TrainingRun | None) -> Iterator[str]:
    for warning in report.facts.warnings:
        yield escaped(warning)
    if report.facts.part == Part.holdout.value and "latest" not in report.facts.who:
        yield "The evaluated clients are of the time of the training: out of time it was not measured."
    weak = [f"{each.segment} {each.group}" for each in report.segments.segments if each.is_weak]
    if weak:
        yield f"Weak segments beyond doubt (Holm): {listed([as_code(name) for name in weak], LISTED)}."
    elif report.segments.segments:
        yield f"None of {len(report.segments.segments)} segments is weak beyond doubt."
    for each in report.fairness.attributes:
        yield escaped(remains(each))
    if run is not None and "refusals_without_reasons" in run.metrics:
        yield f"Refusals without a reason in words: {share(run.metrics['refusals_without_reasons'])}."
    changes = report.stability.changes
    if not isinstance(changes, LeftOut) and changes.fields:
        worst = changes.fields[0]
        most = f"{max(map(abs, CHANGES)):.0%}"
        yield f"Small changes: up to {most} of {as_code(worst.field)} turn {share(worst.worst)} of decisions."


def _validation(report: Report) -> Iterator[str]:
    figures = report.discrimination.figures
    for name, words in (("auc", "AUC"), ("ks", "KS"), ("cost", "cost a client"), ("business_score", "business score")):
        yield f"{words} {figures[name].text()}."
    champion = report.champion
    if isinstance(champion, LeftOut):
        yield escaped(champion.left_out)
    else:
        yield (
            f"Against the champion {as_code(champion.champion)}: cost a client {_more(champion.cost)}, AUC "
            f"{'–' if champion.auc is None else _more(champion.auc)}; below 0 is less."
        )
    yield "Every figure, by segment and protected group: report.html and report.json of this run."


def _more(difference: Estimate) -> str:
    """ "-0.0176 (-0.0608 to +0.0130)"."""
    ends = "" if difference.low is None else f" ({signed(difference.low)} to {signed(difference.high)})"
    return f"{signed(difference.value)}{ends}"


def _monitoring(report: Report, policy: Policy) -> Iterator[str]:
    bounds = policy.promotion
    yield f"PSI of the score against its out-of-fold reference: from {ALIKE:g} on look into it, from {SHIFTED:g} train."
    yield (
        "Outcomes as they mature, with `mlflow run . -e evaluate --env-manager local -P part=all`: calibration "
        f"error at most {bounds.worst_calibration_error:g}, business score above {bounds.least_business_score:g} "
        "(policy.yaml)."
    )
    yield (
        f"Share approved ({share(1 - float(report.discrimination.figures['refusal_rate'].value or 0))} here) and its "
        "ratios by protected group, from the decisions on record."
    )
