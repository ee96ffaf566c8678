"""Production watched: drift against the reference of a model, expected and realised cost, alarms."""
