"""What the report is about: the model, its training, its data, the clients, the policy."""

from math import isclose

from custom_model.points import ScoreScale
from steps.evaluation.on_holdout import Evaluation, Part
from steps.evaluation.report.document import Figures, Paragraph, Shown, Table, share
from steps.evaluation.training_run import TrainingRun
from steps.run.policy import Policy
from steps.tables.feature_table import FeatureTable
from steps.training.holdout import in_words

TRAINED = {"oof_auc": "AUC out of fold", "trees": "trees", "features": "features"}


class Source(Figures):
    """A file that the data was built from."""

    table: str
    file: str
    bytes: int
    sha256: str


class Training(Figures):
    """The run of the training: its name and id, the day, the commit of the code, and some of its figures."""

    run: str
    run_id: str
    day: str
    commit: str
    figures: dict[str, float]


class Facts(Figures):
    """What the figures are of.

    `who` says which clients are evaluated, with the dates of the data if any; `seen`: whether the training had other
    clients of this data, null where its run does not tell. `threshold` is the version's, `threshold_of_costs` that of
    today's costs. `score` is the version's scale of points, `bounds` are of the policy's gate.
    """

    model: str
    data: str
    engine: str
    part: str
    who: str
    seen: bool | None
    clients: int
    defaults: int
    threshold: float
    threshold_of_costs: float
    false_negative: float
    false_positive: float
    review: float | None
    score: ScoreScale | None
    bounds: dict[str, float | None]
    training: Training | None
    sources: list[Source]
    missing_tables: list[str]

    @property
    def summary(self) -> list[tuple[str, str]]:
        """Name and value of what heads the page."""
        training = self.training
        trained = "the store has no run of it" if training is None else f"{training.day}, run {training.run_id}"
        code = [] if training is None or not training.commit else [("Code", training.commit[:12])]
        return [
            ("Model", self.model),
            ("Data", f"{self.data} (engine {self.engine})"),
            ("Clients", f"{self.clients:,}{'' if self.seen is None else ' outside the training'}: {self.who}"),
            ("Defaults", f"{self.defaults:,} ({share(self.defaults / self.clients)})"),
            ("Costs", self.costs_in_words),
            ("Threshold", f"refused from a probability of default of {self.threshold:.4f} on"),
            *([] if self.score is None else [("Score", self.score_in_words)]),
            ("Trained", trained),
            *code,
        ]

    @property
    def costs_in_words(self) -> str:
        review = "" if self.review is None else f", a review {self.review:g}"
        return f"a missed default {self.false_negative:g}, a good client refused {self.false_positive:g}{review}"

    @property
    def score_in_words(self) -> str:
        """The version's scale of points, and the points of its threshold; empty without a scale."""
        if self.score is None:
            return ""
        return (
            f"{self.score.base_points} points at {self.score.base_odds:g} good clients to one default, "
            f"{self.score.points_to_double_odds:g} more where the odds double; the threshold has "
            f"{self.score.points(self.threshold)}"
        )

    @property
    def warnings(self) -> list[str]:
        """What the whole report has to be read with, in sentences."""
        found = []
        if self.seen is None:
            found.append(
                "The version has no record of its training data: whether it has seen these clients is not known, and "
                "if it has, every figure flatters it."
            )
        if not isclose(self.threshold, self.threshold_of_costs, rel_tol=1e-9):
            found.append(
                f"The version decides from {self.threshold:.4f} on, and the costs of today's policy.yaml give "
                f"{self.threshold_of_costs:.4f}: figures of cost are by today's, decisions are the version's. "
                "`mlflow run . -e policy --env-manager local` makes a version that decides by today's."
            )
        return found

    def shown(self) -> Shown:
        rows = [[each.table, each.file, f"{each.bytes:,}", each.sha256] for each in self.sources]
        missing = [f"{name} was missing: its features are empty." for name in self.missing_tables]
        warnings = [Paragraph(each, True) for each in (*self.warnings, *missing)]
        empty = [] if rows else [Paragraph("The data has no record of its files.")]
        table = [Table("Files that the data was built from", ["table", "file", "bytes", "SHA-256"], rows, words=2)]
        bounds = Table(
            "Bounds of policy.yaml's promotion, which the gate judges a version by",
            ["bound", "value"],
            [[name, "none" if value is None else f"{value:g}"] for name, value in self.bounds.items()],
        )
        return Shown("Sources and bounds", [*warnings, *(table if rows else empty), bounds])


def facts(
    evaluation: Evaluation,
    table: FeatureTable,
    policy: Policy,
    part: Part,
    run: TrainingRun | None,
    seen: bool | None,
    scale: ScoreScale | None,
) -> Facts:
    """The facts of one evaluation; `seen` and `scale` as in `Facts`."""
    training = None
    if run is not None:
        figures = {words: run.metrics[name] for name, words in TRAINED.items() if name in run.metrics}
        training = Training(
            run=run.name, run_id=run.run_id, day=run.day.isoformat(), commit=run.commit, figures=figures
        )
    return Facts(
        model=evaluation.model,
        data=table.name,
        engine=table.lineage.engine,
        part=part.value,
        who=in_words(table, evaluation.rows),
        seen=seen,
        clients=len(evaluation.target),
        defaults=int(evaluation.target.sum()),
        threshold=evaluation.threshold,
        threshold_of_costs=policy.costs.threshold,
        false_negative=policy.costs.false_negative,
        false_positive=policy.costs.false_positive,
        review=policy.costs.review,
        score=scale,
        bounds=policy.promotion.model_dump(),
        training=training,
        sources=[
            Source(table=name, file=each.file, bytes=each.bytes, sha256=each.sha256)
            for name, each in table.lineage.sources.items()
        ],
        missing_tables=list(table.lineage.missing),
    )
