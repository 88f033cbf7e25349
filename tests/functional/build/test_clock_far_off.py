"""A clock that is decades off moves no lock and no image."""

import pytest
from world.clock import clock_at, needs_faketime


def at(year):
    return clock_at(f"{year}-01-02 03:04:05")


@needs_faketime
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


@needs_faketime
def test_signature_from_the_future_is_refused(built):
    before = built.lockfile.read_bytes()
    error = built.run("lock", "--upgrade", "--json", env=at(1980)).failed(2).json()["error"]
    assert error["code"] == "signature"
    assert built.lockfile.read_bytes() == before
