"""The environment variables of the hardened server: its limits and its documentation."""

from pydantic import Field

from custom_model.cores import cores_of_each
from custom_model.environment import MOST_THREADS, FromEnvironment

KIB = 1024
MIB = 1024 * KIB


class Settings(FromEnvironment):
    """Limits, each for one worker."""

    served_model: str = Field(description="folder of the model's artifacts; set by the command line")
    max_body_bytes: int = Field(32 * MIB, ge=1024, description="bytes of one request's body; beyond that 413")
    max_rows: int = Field(
        1_000,
        ge=1,
        description="applications in one request, and thereby fields and objects in its body; beyond that 413",
    )
    max_requests: int = Field(
        256, ge=1, description="requests in progress or waiting, for each worker; beyond that 503 at once"
    )
    max_held_bytes: int = Field(
        128 * MIB,
        ge=1024,
        description="bytes of all heads and bodies in progress, for each worker; beyond that 503 at once; and bytes "
        "that one Parquet body unpacks to; beyond that 413",
    )
    max_head_bytes: int = Field(
        64 * KIB,
        ge=1024,
        description="bytes of one request's URL and headers; beyond that 414 or 431, as for more than 100 headers",
    )
    head_seconds: float = Field(
        10.0,
        gt=0,
        le=600,
        description="seconds for URL and headers to arrive, and for a new connection to be used; then 408, or its end",
    )
    body_seconds: float = Field(10.0, gt=0, le=600, description="seconds for a body to arrive; then 408")
    show_docs: bool = Field(
        False, description="whether /openapi.json is open; there is no page /docs, whose scripts would come from a CDN"
    )


def share_of_cores(workers: int) -> int:
    """The scoring threads of each of so many workers, where none are set."""
    return min(MOST_THREADS, cores_of_each(workers))
