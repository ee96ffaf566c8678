"""The image of the decision server: its packages, the folder that it is built in, and the engine."""
