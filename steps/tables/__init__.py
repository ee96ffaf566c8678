"""From raw tables of any lender to the feature table, one row per client."""
