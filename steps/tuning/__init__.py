"""Tuning: the Optuna study with its search space, storage, trials and record."""
