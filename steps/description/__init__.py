"""Any lender's file: what it says, how it spells it, and the description that a person can correct."""
