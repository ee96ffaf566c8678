"""Traffic read and counted against a reference, in processes of their own where it is large."""
