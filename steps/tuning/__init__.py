"""The Optuna study: its space, storage, trials and record."""
