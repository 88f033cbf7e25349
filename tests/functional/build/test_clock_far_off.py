"""A clock that is decades off moves no lock and no image."""

from pathlib import Path

import pytest

LIBRARY = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1")


def at(year):
    return {"LD_PRELOAD": str(LIBRARY), "FAKETIME": f"@{year}-01-02 03:04:05"}


@pytest.mark.skipif(not LIBRARY.exists(), reason="needs libfaketime")
@pytest.mark.parametrize("year", [1980, 2090])
def test_lock_and_image_are_the_same(built, year):
    before = built.lockfile.read_bytes()
    other = built.sibling("elsewhere")
    image = other.run("build", "--json", env=at(year)).succeeded().json()["image"]
    assert image["digest"] == built.lock_document()["image"]["digest"]
    built.run("run", "--name", "then", "--", "true", env=at(year)).succeeded()
    assert built.run("runs", "show", "then", "--json").succeeded().json()["run"]["started"].startswith(f"{year}-01-0")
    assert not built.run("lock", "--json", env=at(year)).succeeded().json()["changed"]
    assert built.lockfile.read_bytes() == before


@pytest.mark.skipif(not LIBRARY.exists(), reason="needs libfaketime")
def test_signature_from_the_future_is_refused(built):
    before = built.lockfile.read_bytes()
    error = built.run("lock", "--upgrade", "--json", env=at(1980)).failed(2).json()["error"]
    assert error["code"] == "signature"
    assert built.lockfile.read_bytes() == before
