"""How good probabilities and decisions are: figures, intervals, thresholds, plots."""
