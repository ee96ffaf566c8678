"""Portfolios: applications to decide about, whose outcomes nobody knows yet, from every form of data."""
