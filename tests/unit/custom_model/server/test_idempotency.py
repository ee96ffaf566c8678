"""What an Idempotency-Key stands for: media type, query and body, as a digest that outlives a version of the server."""

import hashlib

from custom_model.server.idempotency import _request_key
from custom_model.server.media_types import JSON, PARQUET


def fingerprint(media: str, query: bytes, body: bytes) -> str:
    return _request_key("order-66", media, query, body).fingerprint


def test_a_request_without_a_query_has_the_digest_that_logs_have_of_it_already():
    expected = hashlib.sha256(b'application/json\0{"inputs": []}').hexdigest()

    assert fingerprint(JSON, b"", b'{"inputs": []}') == expected


def test_each_part_of_a_request_is_in_its_digest_and_none_can_pass_for_another():
    requests = [
        (PARQUET, b"", b"PAR1"),
        (PARQUET, b"reasons=none", b"PAR1"),
        (PARQUET, b"reasons=all", b"PAR1"),
        (PARQUET, b"reasons=none", b"PAR2"),
        (JSON, b"reasons=none", b"PAR1"),
        (PARQUET, b"", b"?reasons=none\0PAR1"),
        (PARQUET, b"", b"reasons=none\0PAR1"),
    ]

    assert len({fingerprint(*request) for request in requests}) == len(requests)
