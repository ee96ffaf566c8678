"""The registered model: its artifact, its versions, and who is champion."""
