"""What the report is about: the model, its training, its data, the clients, the policy."""

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
    """`who` says which clients are evaluated, with the dates of the data if any; `bounds` are of the policy's gate."""

    model: str
    data: str
    engine: str
    part: str
    who: str
    clients: int
    defaults: int
    threshold: float
    false_negative: float
    false_positive: float
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
            ("Clients", f"{self.clients:,} outside the training: {self.who}"),
            ("Defaults", f"{self.defaults:,} ({share(self.defaults / self.clients)})"),
            ("Costs", f"a missed default {self.false_negative:g}, a good client refused {self.false_positive:g}"),
            ("Threshold", f"refused from a probability of default of {self.threshold:.4f} on"),
            ("Trained", trained),
            *code,
        ]

    def shown(self) -> Shown:
        rows = [[each.table, each.file, f"{each.bytes:,}", each.sha256] for each in self.sources]
        missing = [Paragraph(f"{name} was missing: its features are empty.", True) for name in self.missing_tables]
        empty = [] if rows else [Paragraph("The data has no record of its files.")]
        table = [Table("Files that the data was built from", ["table", "file", "bytes", "SHA-256"], rows, words=2)]
        bounds = Table(
            "Bounds of policy.yaml's promotion, which the gate judges a version by",
            ["bound", "value"],
            [[name, "none" if value is None else f"{value:g}"] for name, value in self.bounds.items()],
        )
        return Shown("Sources and bounds", [*missing, *(table if rows else empty), bounds])


def facts(evaluation: Evaluation, table: FeatureTable, policy: Policy, part: Part, run: TrainingRun | None) -> Facts:
    """The facts of one evaluation."""
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
        clients=len(evaluation.target),
        defaults=int(evaluation.target.sum()),
        threshold=evaluation.threshold,
        false_negative=policy.costs.false_negative,
        false_positive=policy.costs.false_positive,
        bounds=policy.promotion.model_dump(),
        training=training,
        sources=[
            Source(table=name, file=each.file, bytes=each.bytes, sha256=each.sha256)
            for name, each in table.lineage.sources.items()
        ],
        missing_tables=list(table.lineage.missing),
    )
