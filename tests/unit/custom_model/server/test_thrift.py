"""Structs of Thrift's compact protocol: what is wanted is read, the rest skipped, and nothing runs on for ever."""

from time import perf_counter

import pytest

from custom_model.server.thrift import I32, I64, Malformed, StructReader, Structs

WANTED = {1: I32, 2: {1: I32}, 3: Structs({1: I32}), 9: I64}


def read(data: bytes, most_parts: int = 1_000):
    reader = StructReader(data, 0, most_parts)
    return reader.struct(WANTED), reader.position


@pytest.mark.parametrize(
    ("data", "fields"),
    [
        (b"\x00", {}),
        (b"\x15\x04\x00", {1: 2}),
        (b"\x15\x03\x00", {1: -2}),  # zigzag
        (b"\x15\x80\x80\x01\x00", {1: 8192}),
        (b"\x96\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01\x00", {9: 2**63 - 1}),
        (b"\x05\x02\x04\x00", {1: 2}),  # the field's number in full
        (b"\x2c\x15\x04\x00\x00", {2: {1: 2}}),
        (b"\x39\x2c\x15\x04\x00\x00\x00", {3: [{1: 2}, {}]}),
        (b"\x48\x03abc\x15\x02\x00", {}),  # field 4, binary, and field 5
        (b"\x41\x12\x13\x7f\x1712345678\x00", {}),  # booleans, byte, double
        (b"\x49\x35\x02\x84\x01\x06\x19\x28\x01a\x01b\x00", {}),  # lists of integers and binary
        (b"\x4c\x1c\x19\x21\x01\x02\x00\x06\x06\x02\x00\x15\x02\x00", {}),  # structs within a struct
    ],
)
def test_wanted_fields_are_read_and_others_skipped(data, fields):
    assert read(data + b"next") == (fields, len(data))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x15",
        b"\x15\x80",
        b"\x15" + b"\xff" * 11,
        b"\x46" + b"\x80" * 10 + b"\x01\x00",  # a skipped integer of eleven bytes
        b"\x4c\x16" + b"\x80" * 10 + b"\x01\x00\x00",  # and within a skipped struct
        b"\x49\x16" + b"\x80" * 10 + b"\x01\x00",  # and within a list
        b"\x15\x04",
        b"\x16\x04\x00",  # 64 bits in place of 32: Arrow skips it
        b"\x95\x04\x00",  # 32 bits in place of 64
        b"\x15\x84\x80\x80\x80\x20\x00",  # 2^32 + 2: Arrow reads 2
        b"\x96\x84\x80\x80\x80\x80\x80\x80\x80\x80\x02\x00",  # 2^64 + 2
        b"\x05\x82\x80\x08\x04\x00",  # field 65,537: Arrow reads 1
        b"\x05\x01\x04\x00",  # field -1
        b"\x05\xfe\xff\x03\x04\x25\x04\x00",  # field 32,767 and the next but one
        b"\x18\x01a\x00",  # a text in place of the integer
        b"\x2c\x15\x04",
        b"\x39\x15\x04\x00",  # a list of integers in place of structs
        b"\x15\x02\x05\x02\x04\x00",  # the field twice
        b"\x48\x7fabc",
        b"\x49\xf5\xff\xff\xff\xff\x0f\x00",
        b"\x4b\x01\x55\x02\x02\x00",  # a map
        b"\x4f\x00",
        b"\x4c" + b"\x1c" * 40,
        b"\x49" + b"\x19" * 40,
    ],
)
def test_anything_else_is_malformed(data):
    with pytest.raises(Malformed):
        read(data)


@pytest.mark.parametrize(
    "data",
    [b"\x41" + b"\x11" * 10_000_000, b"\x4c" + b"\x11" * 10_000_000, b"\x49\xf5\xff\xff\xff\x07" + b"\x01" * 10_000_000,
     b"\x39\xfc\xff\xff\xff\x07" + b"\x00" * 10_000_000],
    ids=["fields", "fields of a struct", "elements", "structs"],
)  # fmt: skip
def test_a_struct_of_more_parts_than_allowed_is_left_at_once(data):
    start = perf_counter()

    with pytest.raises(Malformed):
        read(data)

    assert perf_counter() - start < 0.5  # the whole of it takes seconds


def test_a_list_of_another_size_than_expected_is_malformed():
    data = b"\x19\x2c\x00\x00\x00"

    assert StructReader(data, 0, 9).struct({1: Structs({}, 2)}) == {1: [{}, {}]}
    with pytest.raises(Malformed):
        StructReader(data, 0, 9).struct({1: Structs({}, 3)})
