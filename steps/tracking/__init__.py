"""Runs in MLflow, and the data they are made from."""
