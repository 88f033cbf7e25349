"""A clock that is elsewhere, by libfaketime."""

from pathlib import Path

import pytest

LIBRARY = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1")

needs_faketime = pytest.mark.skipif(not LIBRARY.exists(), reason="needs libfaketime")


def clock_at(time):
    """The environment in which a program's wall clock starts at that time ("1980-01-02 03:04:05")."""
    return {"LD_PRELOAD": str(LIBRARY), "FAKETIME": f"@{time}", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
