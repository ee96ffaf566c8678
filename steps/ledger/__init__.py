"""The ledger of a model: who changed its champion, when, and on what evidence; kept in the registry."""
