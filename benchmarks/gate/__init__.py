"""The gate judged by candidates whose truth is known."""
