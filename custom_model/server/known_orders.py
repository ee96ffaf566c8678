"""JSON bodies of one application, decoded by the order of fields in which a client sends it again and again.

Such a decoder makes no dictionary of an application with hundreds of fields. What it does not take, whatever the
reason, is for the parser of all bodies, which knows what to say.
"""

import re
from functools import partial
from typing import Any, NamedTuple

import msgspec
import orjson

from custom_model.contract import Contract
from custom_model.layout import Layout, Row
from custom_model.positions import is_by_position
from custom_model.server.json_columns import decoder_of
from custom_model.server.json_counts import SMALL_BODY, count, has_no_doubled_key

BEGIN = re.compile(rb'\s*\{\s*"(inputs|dataframe_records)"\s*:\s*\[\s*\{\s*"([^"\\]{1,256})"')
OFTEN = 8  # times that an order comes before it is known: a decoder is made in milliseconds
KNOWN = 8  # orders, each with a decoder
SEEN = 64  # orders that may become known
Sign = tuple[int, bytes, bytes]
"""What tells orders apart before a body is parsed: its colons, its form and its first field."""


class _Known(NamedTuple):
    names: tuple[str, ...]
    layout: Layout
    decoder: msgspec.json.Decoder[Any]


class _Seen(NamedTuple):
    names: tuple[str, ...]
    times: int


class KnownOrders:
    """The orders of fields in which applications came often, one in a request.

    Another order under the same sign is decoded, too, only not as fast.
    """

    def __init__(self, contract: Contract):
        self._contract = contract
        self._known: dict[Sign, _Known] = {}
        self._seen: dict[Sign, _Seen] = {}

    def sign(self, body: bytes) -> Sign | None:
        """The sign of a body with one application, None where its order is not to be known."""
        begin = None if len(body) > SMALL_BODY else BEGIN.match(body)
        return None if begin is None else (count(body, b":"), begin[1], begin[2])

    def decode(self, sign: Sign, body: bytes) -> tuple[Row, object] | None:
        """The application and the params; None for an order that is not known, and for what may be a problem."""
        known = self._known.get(sign)
        if known is None:
            return None
        try:
            request = known.decoder.decode(body)
            params = None if request.params is msgspec.UNSET else orjson.loads(bytes(request.params))
        except (ValueError, RecursionError):  # msgspec's and orjson's errors among them
            return None
        if len(request.rows) != 1:
            return None
        values = msgspec.structs.astuple(request.rows[0])
        keys = 1 + len(values) + (request.params is not msgspec.UNSET) + (len(params) if type(params) is dict else 0)
        if not has_no_doubled_key(body, sign[0], keys, partial(_colons, values)):
            return None
        applications = known.layout.applications(values)
        return None if applications is None else (Row(known.layout, values, applications), params)

    def learn(self, sign: Sign, payload: object) -> None:
        """Look at what the parser of all bodies found."""
        if type(payload) is not list or len(payload) != 1 or type(payload[0]) is not dict:
            return
        names, contract = tuple(payload[0]), self._contract
        seen = self._seen.pop(sign, None)
        times = seen.times + 1 if seen is not None and seen.names == names else 1
        if times < OFTEN:
            self._seen[sign] = _Seen(names, times)
            _drop_oldest(self._seen, SEEN)
        elif is_by_position(contract, len(names)) and contract.names.issuperset(names) and len(contract.fields) > 1:
            self._known[sign] = _Known(names, Layout(contract, names), decoder_of(contract, sign[1].decode(), names))
            _drop_oldest(self._known, KNOWN)


def _drop_oldest(orders: dict[Sign, Any], most: int) -> None:
    if len(orders) > most:
        orders.pop(next(iter(orders)), None)


def _colons(values: tuple[object, ...]) -> int:
    """How many colons the texts have."""
    return sum(value.count(":") for value in values if type(value) is str)
