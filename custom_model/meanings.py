"""The meaning of a field: what it says about an application, in which unit, and between which bounds."""

from pydantic import BaseModel, ConfigDict


class Meaning(BaseModel):
    """What one field of the contract means.

    Parameters
    ----------
    description : str
        One sentence for the person who fills the field in.
    topic : str
        Group of fields that answer for the same matter, such as ``EXTERNAL_SCORE``; also the code of its reasons.
    unit : str
        Unit of a number, such as "days before the application, negative"; empty for a category or a pure number.
    lowest, highest : float or None
        Bounds of what the field can be, both included; None: no bound. A score lies between 0 and 1.
    whole : bool
        Whether the field is a whole number, such as a count or a flag.
    special : tuple of float
        Values outside the bounds with a meaning of their own: 365243 of DAYS_EMPLOYED stands for no job.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    description: str
    topic: str
    unit: str = ""
    lowest: float | None = None
    highest: float | None = None
    whole: bool = False
    special: tuple[float, ...] = ()
