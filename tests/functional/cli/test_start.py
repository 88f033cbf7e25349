"""A command that has no use for a library does not wait for it to be loaded."""

import platform
import re
import subprocess

import pytest
from world.program import program_path

LATE = ["libarchive", "libbotan", "libcurl", "libgit2", "libicuuc", "librnp", "librpm", "libseccomp", "libsolv", "libsolvext", "libsqlite3",
        "libxml2", "libzip"]


@pytest.mark.skipif(platform.machine() not in ("x86_64", "aarch64"), reason="linked as usual there")
def test_heavy_libraries_are_loaded_when_first_needed():
    needed = subprocess.run(["ldd", program_path()], check=True, capture_output=True, text=True).stdout
    assert "libc.so" in needed
    assert [name for name in LATE if re.search(rf"\b{name}", needed)] == []
