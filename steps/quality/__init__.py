"""Quality of probabilities and decisions: figures, intervals, thresholds, plots."""
