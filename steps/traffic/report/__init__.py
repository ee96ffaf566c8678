"""The report of a replay: a module for each section, the figures of which are those of the JSON."""
