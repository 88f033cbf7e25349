"""Pages that come compressed: whole or not at all, and never larger than a page can be."""

import gzip

import pytest

from world.server import Content

PAGE = "/html/simple/beta/"


def refused(project):
    return project.run("lock", "--json").failed(3).json()["error"]


def half_of(world):
    """So many bytes of the page's gzip that half of its links are told by them."""
    return len(gzip.compress(world.server.content[PAGE].body, mtime=0)) * 2 // 3


@pytest.fixture
def beta(project):
    project.manifest(["python3"], ["beta"])
    return project


@pytest.mark.parametrize("framing", ["", "chunked"])
def test_page_whose_gzip_is_cut_is_no_page(beta, world, framing):
    world.server.fault(PAGE, "gzip-cut", at=half_of(world), to=framing)
    error = refused(beta)
    assert error["code"] == "network" and PAGE in error["message"] and "ends in the middle" in error["message"]
    assert len(world.server.requests(PAGE)) == 3
    assert not beta.lockfile.exists()


@pytest.mark.parametrize("at", [0, 1, 5, 10, 18, -1, -4, -8])
def test_cut_anywhere_is_noticed(beta, world, at):
    world.server.fault(PAGE, "gzip-cut", at=at)
    assert refused(beta)["code"] == "network"


def test_cut_once_is_asked_for_again(beta, world):
    calm = beta.sibling("calm")
    calm.run("lock").succeeded()
    world.server.reset()
    world.server.fault(PAGE, "gzip-cut", at=half_of(world), times=2)
    beta.run("lock").succeeded()
    assert beta.lockfile.read_bytes() == calm.lockfile.read_bytes()
    assert len(world.server.requests(PAGE)) == 3


def test_what_follows_the_gzip_is_noticed(beta, world):
    world.server.fault(PAGE, "gzip-more", at=20)
    assert "damaged" in refused(beta)["message"]


def test_gzip_of_several_members_is_one_page(beta, world):
    body = world.server.content[PAGE].body
    world.server.content[PAGE] = Content(gzip.compress(body[:60]) + gzip.compress(body[60:]), "text/html")
    world.server.encoded[PAGE] = "gzip"
    beta.run("lock").succeeded()


@pytest.mark.parametrize("coding", ["br", "zstd", "deflate", "gzip, gzip", "x-unknown"])
def test_coding_that_nobody_asked_for(beta, world, coding):
    world.server.encoded[PAGE] = coding
    error = refused(beta)
    assert error["code"] == "network" and coding in error["message"]


def test_text_that_is_called_gzip(beta, world):
    world.server.encoded[PAGE] = "gzip"
    assert "damaged" in refused(beta)["message"]


def test_page_that_inflates_without_end(beta, world):
    world.server.content[PAGE] = Content(gzip.compress(bytes(1 << 30), 9), "text/html")
    world.server.encoded[PAGE] = "gzip"
    result = beta.run("lock", "--json", timeout=60).failed(2)
    error = result.json()["error"]
    assert error["code"] == "too-large" and PAGE in error["message"]
    assert len(world.server.requests(PAGE)) == 1
