"""The client's history: what a request brings, and what the store completes."""
