"""JSON bodies of one application, decoded by the order of fields in which a client sends it again and again.

Such a decoder makes no dictionary of an application with hundreds of fields. What it does not take, whatever the
reason, is for the parser of all bodies, which knows what to say.
"""

import re
from functools import partial
from typing import Any, NamedTuple, TypeVar

import msgspec
import orjson

from custom_model.contract import Contract
from custom_model.field_order import FieldOrder, OneApplication
from custom_model.positions import is_by_position
from custom_model.server.json_columns import decoder_of
from custom_model.server.json_counts import SMALL_BODY, count, has_no_doubled_key

BEGIN = re.compile(
    rb'\s*\{\s*"(inputs|dataframe_records)"\s*:\s*\[\s*\{\s*("[^"\\]{1,256}")\s*:[^,:\[\]{}]{0,256},\s*("[^"\\]{1,256}")'
)
OFTEN = 8  # times that an order comes before it is known: a decoder is made in milliseconds
ORDERS = 8  # that are known, each with a decoder
CANDIDATES = 64  # orders that may become known
PROBES = 4  # names that must come one after the other
MORE_COLONS = 64  # than an application's own: of the params, and in texts
Sign = tuple[int, bytes, bytes, bytes]
"""What tells orders apart before a body is parsed: its colons, its form and its first two fields."""
Order = TypeVar("Order", "_Decoder", "_Candidate")


class _Decoder(NamedTuple):
    order: FieldOrder
    body: msgspec.json.Decoder[Any]
    probes: tuple[bytes, ...]  # names as in a body, the last one among them

    def fits(self, body: bytes) -> bool:
        """Whether the fields seem to be in this order: for any other one it takes ten times as long."""
        place = 0
        for name in self.probes:
            place = body.find(name, place)
            if place < 0:
                return False
        return True


class _Candidate(NamedTuple):
    names: tuple[str, ...]
    times: int


class KnownOrders:
    """The orders of fields in which valid applications came often, one in a request; one order for each sign."""

    def __init__(self, contract: Contract):
        self._contract = contract
        self._decoders: dict[Sign, _Decoder] = {}  # the one that was used last comes last
        self._candidates: dict[Sign, _Candidate] = {}

    def decode(self, body: bytes) -> tuple[OneApplication, object] | None:
        """The application and the params; None for an order that is not known, and for what may be a problem."""
        sign = _sign(body)
        decoder = None if sign is None else self._decoders.get(sign)
        if sign is None or decoder is None or not decoder.fits(body):
            return None
        try:
            request = decoder.body.decode(body)
            params = None if request.params is msgspec.UNSET else orjson.loads(bytes(request.params))
        except (ValueError, RecursionError):  # msgspec's and orjson's errors among them
            return None
        if len(request.rows) != 1:
            return None
        values = msgspec.structs.astuple(request.rows[0])
        keys = 1 + len(values) + (request.params is not msgspec.UNSET) + (len(params) if type(params) is dict else 0)
        if not has_no_doubled_key(body, sign[0], keys, partial(_colons, values)):
            return None
        application = decoder.order.application(values)
        if application is None:
            return None
        _put_last(self._decoders, sign, decoder, ORDERS)
        return application, params

    def learn(self, body: bytes, payload: object) -> None:
        """Count the order of a valid payload that the parser of all bodies made of this body."""
        if type(payload) is not list or len(payload) != 1:
            return
        sign = _sign(body)
        if sign is None or sign in self._decoders:  # known: the application had an unknown category, say
            return
        names, candidate = tuple(payload[0]), self._candidates.get(sign)
        times = candidate.times + 1 if candidate is not None and candidate.names == names else 1
        _put_last(self._candidates, sign, _Candidate(names, times), CANDIDATES)
        if times == OFTEN:
            decoder = self._decoder(sign, payload[0])
            if decoder is not None:
                _put_last(self._decoders, sign, decoder, ORDERS)
                del self._candidates[sign]

    def _decoder(self, sign: Sign, application: dict[str, Any]) -> _Decoder | None:
        """The decoder of this application's order, None where it is of no use."""
        contract, names = self._contract, tuple(application)
        if len(contract.fields) < 2 or contract.id in contract.column_of:
            return None
        if not is_by_position(contract, len(names)) or sign[0] > len(names) + MORE_COLONS:
            return None
        try:
            body = decoder_of(contract, sign[1].decode(), names)
        except ValueError:  # a name that msgspec refuses
            return None
        order = FieldOrder(contract, names)
        if order.application(tuple(application.values())) is None:
            return None
        last = len(names) - 1
        probes = dict.fromkeys(names[last * part // PROBES] for part in range(1, PROBES + 1))
        return _Decoder(order, body, tuple(f'"{name}"'.encode() for name in probes))


def _sign(body: bytes) -> Sign | None:
    """The sign of a body with one application, None where its order is not to be known."""
    begin = None if len(body) > SMALL_BODY else BEGIN.match(body)
    return None if begin is None else (count(body, b":"), begin[1], begin[2], begin[3])


def _put_last(orders: dict[Sign, Order], sign: Sign, order: Order, most: int) -> None:
    """The order as the latest one; of too many the one that was used the longest time ago is forgotten."""
    orders.pop(sign, None)
    orders[sign] = order
    if len(orders) > most:
        del orders[next(iter(orders))]


def _colons(values: tuple[object, ...]) -> int:
    """How many colons the texts have."""
    return sum(value.count(":") for value in values if type(value) is str)
