"""Prometheus metrics, correct with several workers."""
