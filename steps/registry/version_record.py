"""What the registry says of a version, for whoever reads its list: data, figures, policy, gate; tags and a description.

The tags are the record; the description is written from them, again after each step that adds some.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import quote

import mlflow
from mlflow import MlflowClient
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException

from custom_model.costs import Costs
from steps.evaluation.on_holdout import Evaluation
from steps.evaluation.report.model_card import PURPOSE
from steps.evaluation.report.record import CARD, DOCUMENT, PAGE
from steps.evaluation.seen_clients import was_trained_on
from steps.gate.check import Verdict
from steps.quality.figures import Quality
from steps.run.markdown import markdown_table
from steps.run.project_run import run_link
from steps.run.settings import Settings
from steps.tables.feature_table import FeatureTable

INPUTS = "inputs"  # fingerprint of all that the model depends on
POLICY_OF, TRAINED_AS = "policy.of", "policy.trained_as"  # versions that a change of policy starts from
CHANGES = "policy.changes"  # in words
TRAINING = ("data", "data.digest", "clients", "default_rate", "features")  # facts that no policy changes
COST_FIGURES = ("cost", "business_score")
NOT_MEASURED = "not measured"
FIGURES = {
    "auc": "AUC",
    "business_score": "business score",
    "cost": "cost of a decision",
    "calibration_error": "calibration error",
}
WITHOUT_INTERVAL = {"calibration_error"}  # resampling adds noise to it: its interval lies above it
GATE = "gate"  # tag: passed, or the checks that failed, and whether a person overruled them
REPORT = "report"  # tag: the run whose report.html is on the version's own held-out clients
LONGEST_DESCRIPTION = 5_000  # characters that MLflow's stores keep of a version
CUT = "\n\n(Shortened: model_card.md of the report's run has the whole.)"
MODEL_DESCRIPTION = (
    f"{PURPOSE} The alias `champion` marks the version that is served: the gate of policy.yaml sets it, or a "
    "rollback; `mlflow run . -e history --env-manager local` prints who did, when and why. Every version "
    "has its data, its figures and the gate's result in its description, and in tags."
)


def training_facts(
    data: str, digest: str, quality: Quality, costs: Costs, features: int, inputs: str
) -> dict[str, str]:
    """Tags of a trained version: its data, its figures out of fold, its policy, and the fingerprint of its inputs."""
    return {
        "data": data,
        "data.digest": digest,
        "clients": f"{quality.figures['clients']:.0f}",
        "default_rate": f"{quality.figures['default_rate']:.4f}",
        "features": str(features),
        **_figures("oof", quality),
        **cost_facts(costs),
        INPUTS: inputs,
    }


def cost_facts(costs: Costs) -> dict[str, str]:
    """Tags of the costs, and of the threshold that follows from them."""
    review = {} if costs.review is None else {"costs.review": f"{costs.review:g}"}
    return {
        "costs": f"{costs.false_negative:g} : {costs.false_positive:g}",
        **review,
        "threshold": f"{costs.threshold:.4f}",
    }


def policy_facts(
    tags: Mapping[str, str], version: str, before: Costs, costs: Costs, changes: Sequence[str], inputs: str
) -> dict[str, str]:
    """Tags of the version with these tags under another policy: facts of its training, origin, changes, new costs.

    Figures in money are of the former costs: under others there are none until a gate or a report measures them.
    """
    of_costs = {name for figure in COST_FIGURES for name in (f"oof_{figure}", f"oof_{figure}_95")}
    facts = {
        name: value
        for name, value in tags.items()
        if (name in TRAINING or name.startswith("oof_")) and (costs == before or name not in of_costs)
    }
    words = "; ".join(changes)
    return {
        **facts,
        **cost_facts(costs),
        POLICY_OF: version,
        TRAINED_AS: tags.get(TRAINED_AS, version),
        CHANGES: f"{words[:1].upper()}{words[1:]}",
        INPUTS: inputs,
    }


def held_out_facts(evaluation: Evaluation) -> dict[str, str]:
    """Tags of a version that was evaluated on the held-out clients of its own data."""
    quality = evaluation.quality
    return {
        "holdout_clients": f"{quality.figures['clients']:.0f}",
        "holdout_refused": f"{quality.figures['refusal_rate']:.4f}",
        **_figures("holdout", quality),
    }


def gate_facts(verdict: Verdict, forced: bool = False) -> dict[str, str]:
    """The tag of the verdict; `forced`: a person overruled it, which whoever sees the champion has to know."""
    failed = [check.name for check in verdict.checks if not check.passed]
    return {GATE: f"failed: {', '.join(failed)}{'; forced' if forced else ''}" if failed else "passed"}


def record(model_name: str, version: int | str, facts: Mapping[str, str]) -> None:
    """Add tags to a version, and write its description anew unless somebody else has written one."""
    client = MlflowClient()
    found = client.get_model_version(model_name, str(version))
    link, tags = _run_link(client, found), {**found.tags, **facts}
    is_ours = (found.description or "") in ("", described(found.tags, link), _documented(client, found.tags, link))
    for name, value in facts.items():
        client.set_model_version_tag(model_name, str(version), name, value)
    if is_ours:
        client.update_model_version(model_name, str(version), _documented(client, tags, link))
    if not client.get_registered_model(model_name).description:
        client.update_registered_model(model_name, MODEL_DESCRIPTION)


def record_held_out(
    model_name: str, version: int | str, evaluation: Evaluation, table: FeatureTable, settings: Settings
) -> None:
    """Record the figures of an evaluation on the holdout, where that is what the version's own training left out."""
    if was_trained_on(f"models:/{model_name}/{version}", table, settings):
        record(model_name, version, held_out_facts(evaluation))


def record_report(model_name: str, version: int | str, run_id: str, table: FeatureTable, settings: Settings) -> None:
    """Link the report of this run from the version, and take its documentation into the version's description.

    A report on clients of other data than the version's own takes no place from one on its own.
    """
    tags = MlflowClient().get_model_version(model_name, str(version)).tags
    if REPORT not in tags or was_trained_on(f"models:/{model_name}/{version}", table, settings):
        record(model_name, version, {REPORT: run_id})


def _documented(client: MlflowClient, tags: Mapping[str, str], link: str) -> str:
    """The description with the links to the report and the model documentation of its run, as far as it fits."""
    description, run = described(tags, link), None
    with suppress(MlflowException):
        run = client.get_run(tags[REPORT]) if description and REPORT in tags else None
    if run is None:
        return description
    page = f"#/experiments/{run.info.experiment_id}/runs/{run.info.run_id}/artifacts"
    links = f"Report: [{PAGE}]({page}/{PAGE}), [{DOCUMENT}]({page}/{DOCUMENT}), [{CARD}]({page}/{CARD})."
    card = ""
    with suppress(MlflowException, OSError):
        card = mlflow.artifacts.load_text(f"runs:/{run.info.run_id}/{CARD}")
    text = "\n\n".join([description, links, _lower_headings(card)]).rstrip()
    return text if len(text) <= LONGEST_DESCRIPTION else text[: LONGEST_DESCRIPTION - len(CUT)].rstrip() + CUT


def _lower_headings(card: str) -> str:
    """The documentation without its title, a level lower: it is a part of a description."""
    _, _, sections = card.partition("\n\n")
    return "\n".join(f"#{line}" if line.startswith("## ") else line for line in sections.splitlines())


def described(tags: Mapping[str, str], link: str) -> str:
    """The description of a version with these tags, in Markdown; empty without the tags of a training.

    Its first line answers which data, how good, and why there, as a list shows little more.
    """
    if not {INPUTS, "oof_auc", *TRAINING}.issubset(tags):
        return ""
    held_out = "holdout_auc" in tags
    rows = [_row("out of fold", "oof", tags["clients"], tags)]
    if held_out:
        rows.append(_row("held out", "holdout", tags["holdout_clients"], tags))
    refused = f", {float(tags['holdout_refused']):.1%} of the held-out clients" if held_out else ""
    missed, good = tags["costs"].split(" : ")
    review = f", a review {tags['costs.review']}" if "costs.review" in tags else ""
    origin = []
    if POLICY_OF in tags:
        origin = [f"Version {tags[POLICY_OF]} under another policy, without training. {tags[CHANGES]}."]
    return "\n\n".join(
        [
            in_one_line(tags),
            *origin,
            markdown_table(["", "clients", *FIGURES.values()], rows),
            f"Refuses from a probability of default of {tags['threshold']} on{refused}: a missed default costs "
            f"{missed}, a good client refused {good}{review}. {tags['features']} features; "
            f"{float(tags['default_rate']):.1%} of the training clients defaulted. Intervals are 95 %.",
            f"Run: {link}.",
        ]
    )


def in_one_line(tags: Mapping[str, str]) -> str:
    """Data, AUC and gate of a version with these tags."""
    held_out = f", {tags['holdout_auc']} held out" if "holdout_auc" in tags else ""
    gate = f"; gate {tags[GATE]}" if GATE in tags else ""
    return f"Data {tags['data']} ({tags['data.digest']}); AUC {tags['oof_auc']} out of fold{held_out}{gate}."


def version_link(model_name: str, version: int | str) -> str:
    """A link to a version in MLflow's UI, in Markdown."""
    return f"[{model_name}/{version}](#/models/{quote(model_name)}/versions/{version})"


def _figures(prefix: str, quality: Quality) -> dict[str, str]:
    """Each figure, and its interval as a tag of its own."""
    tags = {}
    for name in FIGURES:
        tags[f"{prefix}_{name}"] = f"{quality.figures[name]:.4f}"
        if name not in WITHOUT_INTERVAL:
            tags[f"{prefix}_{name}_95"] = "{:.4f} to {:.4f}".format(*quality.intervals[name])
    return tags


def _row(part: str, prefix: str, clients: str, tags: Mapping[str, str]) -> list[str]:
    cells = []
    for name in FIGURES:
        figure, interval = tags.get(f"{prefix}_{name}", NOT_MEASURED), tags.get(f"{prefix}_{name}_95")
        cells.append(f"{figure} ({interval})" if interval else figure)
    return [part, f"{int(clients):,}", *cells]


def _run_link(client: MlflowClient, version: ModelVersion) -> str:
    """A link to the run that trained the version, or its id where it is gone."""
    run: Any = None
    with suppress(MlflowException):
        run = client.get_run(str(version.run_id))
    return f"`{version.run_id}`" if run is None else run_link(run, run.info.run_name)
