"""How long the desk's pages take on a decision log of any size."""
