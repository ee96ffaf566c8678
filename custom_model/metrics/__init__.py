"""Prometheus metrics, right with several workers."""
