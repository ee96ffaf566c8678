"""Raw tables of any lender to the feature table, one row a client."""
