"""The requests on record, decided again by any version: the traffic that really came."""
