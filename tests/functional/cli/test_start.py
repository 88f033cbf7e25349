"""A command that has no use for a library does not wait for it to be loaded."""

import platform
import re
import subprocess

import pytest
from world.program import program_path

LATE = ["libcurl", "libgit2", "librnp", "libsolvext", "libbotan", "librpm"]


@pytest.mark.skipif(platform.machine() not in ("x86_64", "aarch64"), reason="linked as usual there")
def test_heavy_libraries_are_loaded_when_first_needed():
    needed = subprocess.run(["ldd", program_path()], check=True, capture_output=True, text=True).stdout
    assert "libc.so" in needed
    assert [name for name in LATE if re.search(rf"\b{name}", needed)] == []
