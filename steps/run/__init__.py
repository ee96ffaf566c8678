"""Shared by all steps: settings, policy, console, temporary servers."""
