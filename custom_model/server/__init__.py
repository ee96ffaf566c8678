"""The hardened server: MLflow's own app within limits, with a fast path for JSON and Parquet."""
