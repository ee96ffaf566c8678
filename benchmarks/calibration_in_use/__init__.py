"""How soon wrong probabilities show in the outcomes of the loans they granted."""
