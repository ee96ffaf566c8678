"""Outcomes of a window's loans: labels matched to decisions, and what they say of the decisions."""
