"""The checks of the gate: what each found, what policy.yaml allows, how sure it is, and what to do where it fails."""
