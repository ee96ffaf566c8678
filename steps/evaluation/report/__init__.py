"""The report on an evaluated model: one module for each section, a page and a JSON document of the same figures."""
