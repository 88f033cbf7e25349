"""Servers that are busy, and servers that hold their clients up."""

import time
from email.utils import formatdate

import pytest

from world.server import Server

PAGE = "/html/simple/beta/"


def refused(project, status=3):
    """The error, and the lines of the progress that was told."""
    result = project.run("lock", "--json").failed(status)
    return result.json()["error"], result.err


@pytest.fixture
def beta(project):
    project.manifest(["python3"], ["beta"])
    return project


@pytest.mark.parametrize("status", [429, 503])
def test_busy_server_is_given_the_time_it_asks_for(beta, world, status):
    world.server.fault(PAGE, "status", at=status, times=1, headers={"Retry-After": "2"})
    result = beta.run("lock").succeeded()
    assert result.seconds >= 2
    assert len(world.server.requests(PAGE)) == 2
    assert f"{world.server.url} is busy: waiting for 2 s" in result.err


def test_time_may_be_told_as_a_date(beta, world):
    until = formatdate(time.time() + 3, usegmt=True)
    world.server.fault(PAGE, "status", at=503, times=1, headers={"Retry-After": until})
    assert 2 <= beta.run("lock").succeeded().seconds < 20


@pytest.mark.parametrize("asked", ["-5", "soon", "", "1e9", "Sat, 01 Mar 2025 08:00:00 GMT", "0"])
def test_time_that_is_none_is_no_reason_to_wait(beta, world, asked):
    world.server.fault(PAGE, "status", at=429, times=1, headers={"Retry-After": asked})
    assert beta.run("lock").succeeded().seconds < 20


@pytest.mark.parametrize("asked", ["7200", "99999999999999999999999", "a date"])
@pytest.mark.parametrize("status", [429, 503])
def test_server_that_asks_for_too_much_time_is_told_at_once(beta, world, status, asked):
    if asked == "a date":
        asked = formatdate(time.time() + 7200, usegmt=True)
    world.server.fault(PAGE, "status", at=status, headers={"Retry-After": asked})
    error, _ = refused(beta)
    assert error["code"] == "http-status" and str(status) in error["message"] and "beta" in error["message"]
    assert "asks to wait" in error["message"] and "again" in error["hint"]
    assert len(world.server.requests(PAGE)) == 1
    assert not beta.lockfile.exists()


@pytest.mark.parametrize("pattern", [PAGE, r"/InRelease$", r"by-hash|Packages"])
def test_server_that_is_always_busy_is_one_message(beta, world, pattern):
    world.server.fault(pattern, "status", at=429, headers={"Retry-After": "1"})
    error, told = refused(beta)
    assert error["code"] == "http-status" and "429 (too many requests" in error["message"]
    assert "try again later" in error["hint"]
    assert told.count("is busy: waiting for 1 s") >= 2
    words = beta.run("lock").failed(3).err
    assert words.count("error:") == 1, words


def test_wheel_of_a_busy_server(beta, world):
    beta.run("lock").succeeded()
    world.server.fault(r"/files/beta-", "status", at=429, headers={"Retry-After": "100"})
    error = beta.run("build", "--json").failed(3).json()["error"]
    assert "beta" in error["message"] and "429" in error["message"] and "asks to wait 100 s" in error["message"]


def test_server_that_takes_few_requests_a_second_answers_all_in_the_end(project, world):
    names = [f"many{n}" for n in range(25)]
    for name in names:
        world.index.add(name, "1.0")
    world.index.publish()
    project.manifest(["python3"], names)
    calm = project.sibling("calm")
    calm.run("lock").succeeded()
    world.server.reset()
    world.server.rate = 8
    result = project.run("lock").succeeded()
    assert project.lockfile.read_bytes() == calm.lockfile.read_bytes()
    # 50 requests, 8 a second; nobody asks again and again in between.
    assert 5 <= result.seconds < 40
    assert len(world.server.requests()) < 50 + 3 * 64


def test_a_busy_server_does_not_hold_up_another(project, world):
    other = Server()
    try:
        for path, content in world.server.content.items():
            if path.startswith(("/html/simple/beta/", "/files/beta")):
                other.content[path] = content
        project.manifest(["python3"], ["beta"])
        world.server.fault("^/debian/dists/tiny/InRelease", "status", at=503, times=1, headers={"Retry-After": "3"})
        project.run("lock", env={"PIP_INDEX_URL": f"{other.url}/html/simple/"}).succeeded()
    finally:
        other.close()


def test_a_byte_a_second_is_not_waited_for_and_a_slow_line_is(beta, world):
    """Both take longer than is judged over; the slow line brings some two times what is next to nothing."""
    slow = "/html/simple/future/"
    page = world.server.content[slow]
    world.server.content[slow] = type(page)(page.body + b"<!-- " + b"x" * 90_000 + b" -->", page.type)
    world.server.fault(slow, "drip", at=4, to="10")
    world.server.fault(PAGE, "drip", at=1000)
    patient = beta.sibling("patient")
    patient.manifest(["python3"], ["future"])
    process = patient.start("lock")
    started = time.monotonic()
    error, _ = refused(beta)
    assert error["code"] == "network" and PAGE in error["message"] and "next to nothing" in error["message"]
    assert len(world.server.requests(PAGE)) == 2
    assert time.monotonic() - started < 80
    _, told = process.communicate(timeout=100)
    assert process.returncode == 0, told
    assert len(world.server.requests(slow)) == 1
