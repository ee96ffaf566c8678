"""The hardened server: MLflow's own app with limits around it, and a fast path for JSON."""
