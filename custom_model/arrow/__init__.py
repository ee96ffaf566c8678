"""Applications in Arrow columns: read into a matrix, written as the requests that they are."""
