"""A model's decisions on clients that no training has seen, and the report on them."""
