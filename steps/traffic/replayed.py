"""All traffic decided again by one version, with what a report or the gate reads of it."""

from collections.abc import Iterator, Sequence
from functools import cache

from tqdm import tqdm

from steps.traffic.comparison import Comparison, compared
from steps.traffic.deciding import Contract, Decided, Declared, contract_of, decide_again
from steps.traffic.recorded import Traffic


def replayed(
    traffic: Traffic, model_uri: str, processes: int, explained: int = 0, fields: Sequence[str] = ()
) -> Comparison:
    """The traffic beside this version's decisions.

    Parameters
    ----------
    traffic
        The decisions on record.
    model_uri
        The version that decides again.
    processes
        Number of processes.
    explained
        How many decisions at most have their reasons compared.
    fields
        Fields of the requests to keep.

    Raises
    ------
    UserError
        The version cannot be loaded, or breaks off.
    """
    count = traffic.count()
    declared = declared_by(traffic.span.model_name, contract_of(model_uri))
    share = min(1.0, explained / count) if count else 0.0
    again = decide_again(traffic, model_uri, declared, share, fields, processes)
    with tqdm(desc="  deciding again", total=count, unit=" decisions", mininterval=1) as bar:
        return compared(_counted(again, bar), fields)


def declared_by(model_name: str, candidate: Contract) -> Declared:
    """What the requests on record declared, by the contracts of the versions of a name that decided them."""

    @cache
    def of_version(version: str) -> Contract:
        return contract_of(f"models:/{model_name}/{version}")

    return Declared(candidate, of_version)


def _counted(batches: Iterator[Decided], bar: tqdm) -> Iterator[Decided]:
    for each in batches:
        bar.update(len(each.record) + each.erased)
        yield each
