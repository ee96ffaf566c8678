"""What is decoded by a known order is what the parser of all bodies reads; the rest is left to that one."""

import json

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from custom_model.applications import validate
from custom_model.contract import Contract
from custom_model.errors import RequestError
from custom_model.field_order import OneApplication
from custom_model.positions import on_record
from custom_model.server import known_orders
from custom_model.server.json_body import parse_json
from custom_model.server.json_counts import SMALL_BODY
from custom_model.server.known_orders import CANDIDATES, OFTEN, ORDERS, KnownOrders

CONTRACT = Contract(
    id="ID",
    numeric=("A", "N", "é"),
    categories={"B": ("x", "y: z"), "C": ("u",), "D": ("v",)},
    rest=("D",),
    required=("A",),
    declared=("N", "B"),
    history=("N",),
)
SENT = {"D": "v", "ID": 1, "A": 1.5, "N": None, "B": "x", "C": "u"}
TOKENS = [
    *("-0", "-0.0", "0", "1e400", "1E2", "01", "+1", "1.", ".5", "NaN", "1e-400", "0.1", "123456789.123456789"),
    *("9007199254740993", "18446744073709551616", "-9223372036854775808", f"1{'0' * 400}"),
    *("true", "false", "null", "nul", "[1]", "{}", "[]", '"1"', '"y: z"', '"a\\u003ab"', '"\\u0078"', '"new"'),
    *('"\\ud800"', '"\\u0000"', '"{"', '"\t"', '"é"', '"5, \\"A\\": 6"'),
    *("5, 5", '5, "A": 6', '5, "\\u0041": 6', '5, "é": 6', " 7\n", "", "]", "}", "}, {", "}]}"),
]
PARAMS = st.sampled_from(
    [None, "null", "{}", '{"reasons": "none"}', '{"reasons": "a:b"}', '{"a": 1, "a": 2}', "[[1e400]]", '{"inputs": []}']
)


def body_of(values: dict[str, str], params: str | None, form: str = "inputs", space: str = " ") -> bytes:
    fields = ",".join(f"{space}{json.dumps(name)}:{space}{value}" for name, value in values.items())
    ending = "" if params is None else f',{space}"params":{space}{params}'
    return f'{{"{form}":{space}[{{{fields}}}]{ending}}}'.encode()


def read(body: bytes, orders: KnownOrders | None, contract: Contract = CONTRACT) -> tuple[object, object]:
    """The payload and the params, or the error twice; the order of a valid one is learnt."""
    try:
        payload, params = parse_json(body, 10, contract, orders)
    except RequestError as error:
        return error.body, error.body
    if orders is not None and isinstance(payload, list) and validate(contract, payload)[1] == []:
        orders.learn(body, payload)
    return payload, params


def learnt(*bodies: bytes, contract: Contract = CONTRACT) -> KnownOrders:
    orders = KnownOrders(contract)
    for body in bodies:
        for _ in range(OFTEN):
            read(body, orders, contract)
    return orders


@given(
    edits=st.lists(st.tuples(st.sampled_from([*SENT]), st.sampled_from(TOKENS)), max_size=2),
    params=PARAMS,
    form=st.sampled_from(["inputs", "dataframe_records"]),
    space=st.sampled_from(["", " ", "\n"]),
    backwards=st.booleans(),
)
def test_whatever_stands_in_a_body_is_read_as_by_the_parser_of_all_bodies(edits, params, form, space, backwards):
    values = {name: json.dumps(value) for name, value in SENT.items()}
    orders = learnt(*(body_of(values, each, form) for each in (None, "{}", '{"reasons": "none"}')))
    values |= dict(edits)
    ordered = dict(reversed(values.items())) if backwards else values
    body = body_of({**dict.fromkeys(["D"], ordered["D"]), **ordered}, params, form, space)

    (payload, decoded), (rows, expected) = read(body, orders), read(body, None)

    assert str(decoded) == str(expected)
    if not isinstance(payload, OneApplication):
        assert str(payload) == str(rows)
        return
    found, (applications, problems) = payload.applications, validate(CONTRACT, rows)
    assert problems == []
    assert found.values.tobytes() == applications.values.tobytes()
    assert (found.ids, found.unknown) == (applications.ids, applications.unknown)
    assert found.undeclared == applications.undeclared
    assert payload.requests() == [on_record(CONTRACT, row) for row in rows]


@pytest.mark.parametrize("token", ["7", "-0.0", "null", "1e3"])
@pytest.mark.parametrize("form", ["inputs", "dataframe_records"])
def test_an_order_that_came_often_is_known(form, token):
    values = {name: json.dumps(value) for name, value in SENT.items()}
    orders = learnt(body_of(values, None, form))

    payload, _ = read(body_of(values | {"N": token}, None, form), orders)

    assert isinstance(payload, OneApplication)


def test_the_same_fields_in_another_order_are_left_to_the_parser_of_all_bodies(monkeypatch):
    names = [f"F{number}" for number in range(40)]
    contract = Contract(id="ID", numeric=tuple(names), categories={})
    first = {"ID": 1, "F0": 1.0}
    body, other = (
        orjson.dumps({"inputs": [{**first, **dict.fromkeys(order, 2.0)}]}) for order in (names, [*reversed(names)])
    )
    orders = learnt(body, other, contract=contract)

    assert isinstance(read(body, orders, contract)[0], OneApplication)
    assert isinstance(read(other, orders, contract)[0], list)


def test_a_sign_of_many_colons_in_texts_is_not_known(monkeypatch):
    monkeypatch.setattr(known_orders, "decoder_of", lambda *_: pytest.fail("each doubled key would be looked for"))

    learnt(orjson.dumps({"inputs": [{**SENT, "D": 100 * ":"}]}))


def test_an_order_that_was_forgotten_is_known_again_when_it_comes_often():
    bodies = [with_params(many) for many in range(ORDERS + 1)]
    orders = learnt(*bodies)
    assert isinstance(read(bodies[0], orders)[0], list)

    for _ in range(OFTEN):
        read(bodies[0], orders)

    assert isinstance(read(bodies[0], orders)[0], OneApplication)


def test_an_order_that_came_seldom_or_beside_others_is_not():
    body, other = orjson.dumps({"inputs": [SENT]}), orjson.dumps({"inputs": [{"D": "v", "A": 1, "ID": 2, "é": 3}]})
    orders = KnownOrders(CONTRACT)
    for _ in range(OFTEN - 1):
        read(body, orders)

    assert isinstance(read(body, orders)[0], list)
    assert isinstance(read(body, orders)[0], OneApplication)
    assert isinstance(read(other, orders)[0], list)


@pytest.mark.parametrize(
    "sent",
    [[SENT, SENT], [], [{}], [{"A": 1.0}], [{"A": SMALL_BODY * "9"}]],
    ids=["two", "none", "no field", "few fields", "a large body"],
)
def test_only_one_application_with_many_of_the_contracts_fields_is_learnt(sent, monkeypatch):
    monkeypatch.setattr(known_orders, "decoder_of", lambda *_: pytest.fail("learnt"))
    orders = KnownOrders(Contract(id="ID", numeric=tuple("ANPQRSTUVW"), categories={"B": ("x",)}))

    for _ in range(OFTEN):
        orders.learn(orjson.dumps({"inputs": sent}), sent)


def test_an_order_of_which_nothing_could_be_decoded_is_not_learnt():
    orders = learnt(orjson.dumps({"inputs": [{**SENT, "C": "unknown"}]}))

    assert orders._decoders == {}


@pytest.mark.parametrize("name", ['5" pipe', "a\\b", "a\x07b"])
def test_a_field_whose_name_the_decoder_refuses_is_read_by_the_parser_of_all_bodies(name):
    contract = Contract(id="ID", numeric=("A", name), categories={})
    body = orjson.dumps({"inputs": [{"A": 1.0, name: 2.0}]})

    orders = learnt(body, body, contract=contract)

    assert read(body, orders, contract) == ([{"A": 1.0, name: 2.0}], None)


def test_an_order_of_a_contract_whose_id_is_a_field_too_is_read_by_the_parser_of_all_bodies():
    contract = Contract(id="A", numeric=("A", "N"), categories={})
    body = orjson.dumps({"inputs": [{"A": 7, "N": 2.0}]})

    orders = learnt(body, body, contract=contract)

    assert read(body, orders, contract) == ([{"A": 7, "N": 2.0}], None)


def test_what_a_known_order_does_not_decode_is_not_learnt_again(monkeypatch):
    body = orjson.dumps({"inputs": [SENT]})
    orders = learnt(body)
    monkeypatch.setattr(known_orders, "decoder_of", lambda *_: pytest.fail("learnt again"))
    unknown = orjson.dumps({"inputs": [{**SENT, "C": "v"}]})

    for _ in range(3 * OFTEN):
        assert isinstance(read(unknown, orders)[0], list)

    assert isinstance(read(body, orders)[0], OneApplication)


def with_params(many: int) -> bytes:
    """A body under a sign of its own."""
    return orjson.dumps({"inputs": [SENT], "params": dict.fromkeys(map(str, range(many)))})


def test_so_many_orders_are_known_and_the_one_that_was_used_the_longest_time_ago_is_forgotten():
    bodies = [with_params(many) for many in range(3 * ORDERS)]
    orders = KnownOrders(CONTRACT)
    for body in bodies:
        for _ in range(OFTEN):
            read(body, orders)
        read(bodies[0], orders)

    known = [isinstance(read(body, orders)[0], OneApplication) for body in bodies]

    assert known == [True] + [False] * 2 * ORDERS + [True] * (ORDERS - 1)


def test_so_many_orders_may_become_known():
    orders = KnownOrders(CONTRACT)

    for many in range(2 * CANDIDATES):
        read(with_params(many), orders)

    assert len(orders._candidates) == CANDIDATES
