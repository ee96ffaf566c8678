"""Charts as SVG, drawn on the server: labels beside what they name, and the same data as a table below."""
