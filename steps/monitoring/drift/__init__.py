"""Drift of a window, broken feeds, and what both do to its decisions."""
