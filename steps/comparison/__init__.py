"""Families of models on the same folds."""
