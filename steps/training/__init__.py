"""Training: from the feature table to a calibrated booster."""
