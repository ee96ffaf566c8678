"""Shared by tests and benchmarks: a temporary PostgreSQL server, and the processes of a running server."""
