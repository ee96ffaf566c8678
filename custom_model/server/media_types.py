"""Media types of the requests that the server reads."""

JSON = "application/json"
PARQUET = "application/vnd.apache.parquet"
