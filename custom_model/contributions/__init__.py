"""Exact contributions of features, from tables made of a booster's trees when it is loaded."""

from custom_model.contributions.choice import Contributions, contributions_of

__all__ = ["Contributions", "contributions_of"]
