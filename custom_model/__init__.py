"""All that travels inside the registered model: the contract, the score, the decision and its reasons."""
