"""The workflow: one module per MLproject entry point, and what those entry points share."""
