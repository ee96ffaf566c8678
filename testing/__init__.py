"""What tests and benchmarks share: PostgreSQL, and the processes of a server."""
