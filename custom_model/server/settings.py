"""What the operator of the hardened server decides: limits, and what it shows of itself."""

from pydantic import Field

from custom_model.environment import FromEnvironment

MIB = 1024 * 1024


class Settings(FromEnvironment):
    """Each field is the variable of its name in capitals; every limit is of one worker."""

    served_model: str = Field(description="folder of the model's artifacts; the command line fills it in")
    max_body_bytes: int = Field(32 * MIB, ge=1024, description="of one request; beyond that 413")
    max_rows: int = Field(1_000, ge=1, description="applications in one request; beyond that 413")
    max_requests: int = Field(256, ge=1, description="in progress or waiting; beyond that 503 at once")
    max_held_bytes: int = Field(128 * MIB, ge=1024, description="of all bodies in progress; beyond that 503 at once")
    body_seconds: float = Field(10.0, gt=0, le=600, description="that a body may take to arrive; then 408")
    show_docs: bool = Field(False, description="whether /docs and /openapi.json are open")
