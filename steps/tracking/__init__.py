"""MLflow runs, and the data behind them."""
