"""What a process has freed it takes again without asking the system for each page."""

import os
import subprocess
import sys

import pytest

from custom_model.server.malloc import SETTINGS, malloc_settings

LARGE = """
from resource import RUSAGE_SELF, getrusage
def use():
    bytes(1) * 2**23
use()
before = getrusage(RUSAGE_SELF).ru_minflt
for _ in range(10):
    chunks = [bytes(2**17) for _ in range(64)]
    b"".join(chunks)
    del chunks
print(getrusage(RUSAGE_SELF).ru_minflt - before)
"""
PAGE = 4096


@pytest.mark.skipif(os.confstr_names.get("CS_GNU_LIBC_VERSION") is None, reason="another C library than glibc")
def test_large_blocks_take_new_pages_once():
    own = {name: value for name, value in os.environ.items() if name not in SETTINGS}

    faults = [
        int(subprocess.run([sys.executable, "-c", LARGE], env=own | more, capture_output=True, check=True).stdout)
        for more in ({}, malloc_settings(own))
    ]

    once = 2 * 64 * 2**17 // PAGE  # the chunks and the whole of them
    assert faults[1] < 2 * once < faults[0]


def test_an_operators_own_setting_is_kept():
    assert malloc_settings({}) == SETTINGS
    assert "MALLOC_ARENA_MAX" not in malloc_settings({"MALLOC_ARENA_MAX": "4"})
