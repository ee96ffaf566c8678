"""Who may enter the desk, what each role may do, and the record of each look at a client's data."""
