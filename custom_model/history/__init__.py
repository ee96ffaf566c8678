"""The client's history: from the request or the history store."""
