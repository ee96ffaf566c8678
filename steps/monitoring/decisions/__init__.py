"""The decisions of a window: expected cost, approvals, and approvals by protected group."""
