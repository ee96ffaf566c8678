"""How often drift is found, and a window without it raises an alarm: simulated windows of known truth."""
