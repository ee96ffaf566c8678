"""The assembly of a report from an evaluation, the champion's on the same clients, and the run of the training."""

from dataclasses import dataclass

from custom_model.points import ScoreScale
from steps.evaluation.groups import (
    ClientGroup,
    attribute_in_words,
    client_groups,
    pair_groups,
    protected,
    segment_groups,
)
from steps.evaluation.leaving_out import refits
from steps.evaluation.on_holdout import Evaluation, Part
from steps.evaluation.report.calibration import calibration
from steps.evaluation.report.discrimination import discrimination
from steps.evaluation.report.document import LeftOut
from steps.evaluation.report.drivers import drivers
from steps.evaluation.report.facts import facts
from steps.evaluation.report.fairness import Fairness, fairness
from steps.evaluation.report.omissions import omissions
from steps.evaluation.report.price import NOT_ASKED, Price, price
from steps.evaluation.report.report import Report
from steps.evaluation.report.segments import Segments, segments
from steps.evaluation.report.stability import FieldShifts, Stability, field_shifts, score_shift, small_changes
from steps.evaluation.report.swap_set import AgainstChampion, against_champion
from steps.evaluation.report.threshold_curve import threshold_curve
from steps.evaluation.training_run import TrainingRun
from steps.quality.thresholds import ThresholdCheck
from steps.run.console import UserError
from steps.run.policy import Policy
from steps.run.settings import Settings
from steps.tables.feature_table import FeatureTable
from steps.training.data import training_rows
from steps.training.policy_fields import has_segment


@dataclass(frozen=True)
class Subject:
    """What a report is made from.

    Attributes
    ----------
    evaluation
        The model's, inspected.
    champion
        The champion's on the same clients, or why there is none to compare with.
    run
        The run of the training; None where the store does not know it.
    seen
        Whether the model was trained on clients of this table; None where its run does not tell.
    check
        The threshold of the lowest cost on these clients.
    """

    evaluation: Evaluation
    champion: Evaluation | LeftOut
    run: TrainingRun | None
    seen: bool | None
    check: ThresholdCheck


def build_report(
    subject: Subject, table: FeatureTable, policy: Policy, settings: Settings, part: Part, with_price: bool = False
) -> Report:
    """Measure every section; one that the model or the data does not give says why."""
    evaluation, costs = subject.evaluation, policy.costs
    groups, scale = list(client_groups(evaluation, table, policy)), _scale(evaluation)
    return Report(
        facts=facts(evaluation, table, policy, part, subject.run, subject.seen, scale),
        discrimination=discrimination(evaluation, settings.bootstraps, settings.seed),
        calibration=calibration(evaluation, scale),
        threshold=threshold_curve(evaluation, costs, subject.check, scale),
        champion=_against(subject, policy, settings),
        segments=_segments(evaluation, table, policy),
        drivers=drivers(evaluation.inspection, table.lineage.meanings),
        stability=Stability(
            score=score_shift(evaluation.probability, subject.run.reference if subject.run else None),
            features=_shifts(subject, table, settings, part),
            changes=small_changes(evaluation.inspection),
        ),
        fairness=_fairness(evaluation, table, policy, groups),
        price=_price(subject, table, policy, settings, part, groups) if with_price else LeftOut(left_out=NOT_ASKED),
        omissions=omissions(evaluation, policy.most_won_by_omission),
    )


def _scale(evaluation: Evaluation) -> ScoreScale | None:
    """The version's own scale of points; None where it has none, or its code does not tell."""
    if evaluation.inspection is None or evaluation.inspection.score is None:
        return None
    return ScoreScale.model_validate(evaluation.inspection.score)


def _against(subject: Subject, policy: Policy, settings: Settings) -> AgainstChampion | LeftOut:
    if isinstance(subject.champion, LeftOut):
        return subject.champion
    return against_champion(subject.evaluation, subject.champion, policy.costs, settings.bootstraps, settings.seed)


def _segments(evaluation: Evaluation, table: FeatureTable, policy: Policy) -> Segments:
    lacking = [f"{name} ({each.by})" for name, each in policy.segments.items() if not has_segment(table, each)]
    return segments(evaluation, segment_groups(evaluation, table, policy), lacking, policy.costs)


def _fairness(evaluation: Evaluation, table: FeatureTable, policy: Policy, groups: list[ClientGroup]) -> Fairness:
    """Attributes are called in words, with their names where the words do not tell."""
    inputs = None if evaluation.inspection is None else set(evaluation.inspection.inputs)
    words = {name: attribute_in_words(name, table.lineage.meanings) for name in protected(table, policy)}
    called = {name: f"{text} [{name}]" for name, text in words.items()}
    named = [ClientGroup(called[each.attribute], each.name, each.members) for each in groups]
    used = {called[name]: None if inputs is None else name in inputs for name in called}
    lacking = [name for name in policy.protected_attributes if name not in table.fields]
    return fairness(evaluation, named, list(pair_groups(named)), policy.costs, lacking, used)


def _shifts(subject: Subject, table: FeatureTable, settings: Settings, part: Part) -> FieldShifts | LeftOut:
    if part is Part.all or not subject.seen:
        return LeftOut(
            left_out="PSI of the features: this data does not have the clients that the model was trained on."
        )
    if subject.evaluation.inspection is None:
        return LeftOut(left_out="PSI of the features: the version's code does not name the fields that it uses.")
    rows = training_rows(table, settings.holdout_percent)
    inspection = subject.evaluation.inspection
    return field_shifts(table, subject.evaluation.rows, rows, inspection, settings.folds, settings.seed)


def _price(
    subject: Subject, table: FeatureTable, policy: Policy, settings: Settings, part: Part, groups: list[ClientGroup]
) -> Price | LeftOut:
    if part is Part.all or not subject.seen:
        return LeftOut(
            left_out="The price of leaving an attribute out needs the clients that the model was trained on."
        )
    attributes = protected(table, policy)
    try:
        refitted = refits(subject.evaluation, table, subject.run, policy, settings, attributes)
    except UserError as error:
        return LeftOut(left_out=f"The price of leaving an attribute out: {error}.")
    target = subject.evaluation.target
    if min(target.sum(), (target == 0).sum()) < 2:
        return LeftOut(left_out="The price of leaving an attribute out needs two clients of each outcome.")
    return price(refitted, target, groups, attributes, settings.bootstraps, settings.seed)
