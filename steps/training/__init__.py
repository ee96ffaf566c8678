"""From the feature table to a calibrated booster."""
