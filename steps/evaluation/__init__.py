"""Evaluation of a model on clients outside its training, and the report."""
