"""A lender's own words for a field: what it is, and what a client is told of its values."""

from pydantic import BaseModel, ConfigDict

from steps.tables.catalogue import Wording


class Words(BaseModel):
    """The words of one field; an empty one comes from the field's name.

    Parameters
    ----------
    about : str
        What the field is, such as "Monthly income of the household", without a full stop.
    low, high : str
        The sentence of a refusal that a low or a high value explains; of yes and no, low is no and high is yes.
    missing : str
        The sentence where the value is absent and the client can supply it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    about: str = ""
    low: str = ""
    high: str = ""
    missing: str = ""

    def over(self, wording: Wording, is_flag: bool) -> Wording:
        """The wording with the lender's sentences in place of its own."""
        given = {name: text for name in ("low", "high", "missing") if (text := getattr(self, name))}
        if is_flag:
            sentences = {"0": given.pop("low", ""), "1": given.pop("high", "")}
            values = wording.values | {value: text for value, text in sentences.items() if text}
            return wording.model_copy(update={**given, "values": values})
        return wording.model_copy(update=given)
