"""The registered model: its artifact, its versions, and the gate to the champion's alias."""
