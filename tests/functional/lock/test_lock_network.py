"""What networks do: connections that break, servers that lie, are busy, redirect, compress, or stand behind a proxy."""

import base64
import random

import pytest

from world.python_index import JSON_TYPE
from world.server import Content

BULK = 400_000


@pytest.fixture
def bulky(world):
    """An index with a wheel of some size that does not compress."""
    noise = base64.b85encode(random.Random(7).randbytes(BULK)).decode()
    world.index.add("bulky", "1.0", files={"bulky/__init__.py": f"NOISE = r'''{noise}'''\n"})
    world.index.publish()
    return "bulky"


@pytest.fixture
def locked(project, world, bulky):
    """A project that is locked; nothing of it is fetched."""
    project.manifest(["python3"], [bulky])
    project.run("lock").succeeded()
    world.server.reset()
    return project


@pytest.fixture
def missing(built, world):
    """A built project whose cache lacks one package, what the lock says of it, and its path at the server."""
    package = next(package for package in built.lock_document()["os"]["packages"] if package["name"] == "libc6")
    built.blob(package["sha256"]).unlink()
    return built, package, "pool/main/libc6_"


def size_of(world, path):
    return len(next(content.body for name, content in world.server.content.items() if path in name))


def fetch(project):
    """Fetches what the lock names and the store lacks; fails where the bytes are others."""
    result = project.run("verify", "--lock", "--json")
    return result.succeeded().json()


def refused(project, status, command="lock", **options):
    error = project.run(command, "--json", **options).failed(status).json()["error"]
    words = project.run(command, **options).failed(status).err
    assert words.count("error:") == 1, words
    return error


def test_deb_and_wheel_cut_in_the_middle_are_resumed_and_built(locked, world):
    for path, cut in (("pool/main/libc6_", 300_000), ("/files/bulky-", 200_000)):
        world.server.fault(path, "cut", at=cut, times=1)
    locked.run("build").succeeded()
    for path, cut in (("pool/main/libc6_", 300_000), ("/files/bulky-.*whl$", 200_000)):
        first, second = world.server.requests(path)
        assert first.range is None
        start = int(second.range.removeprefix("bytes=").removesuffix("-"))
        assert 0 < start <= cut and second.headers["if-range"].startswith('"')
        assert first.sent + second.sent < size_of(world, path.split(".")[0]) + cut // 2


def test_cut_again_and_again_is_resumed_each_time(missing, world):
    project, package, path = missing
    world.server.fault(path, "cut", at=package["size"] // 3 + 1, times=2)
    fetch(project)
    requests = world.server.requests(path)
    assert len(requests) == 3
    assert sum(request.sent for request in requests) == package["size"]


def test_last_modified_validates_where_there_is_no_etag(missing, world):
    project, _, path = missing
    world.server.validators = ("modified",)
    world.server.fault(path, "cut", at=100_000, times=1)
    fetch(project)
    assert world.server.requests(path)[1].headers["if-range"].endswith("GMT")


def test_nothing_to_validate_by_starts_afresh(missing, world):
    project, package, path = missing
    world.server.validators = ()
    world.server.fault(path, "cut", at=100_000, times=1)
    fetch(project)
    first, second = world.server.requests(path)
    assert second.range is None and second.sent == package["size"] and first.sent == 100_000


def test_server_that_ignores_ranges_starts_afresh(missing, world):
    project, package, path = missing
    world.server.fault(path, "cut", at=100_000, times=1)
    world.server.fault(path, "no-range")
    fetch(project)
    second = world.server.requests(path)[1]
    assert second.range == "bytes=100000-" and second.sent == package["size"]


def test_part_that_goes_on_elsewhere_is_not_taken(missing, world):
    project, package, path = missing
    world.server.fault(path, "cut", at=100_000, times=1)
    world.server.fault(path, "wrong-range", at=7, times=1)
    fetch(project)
    assert [request.range for request in world.server.requests(path)] == [None, "bytes=100000-", None]
    assert world.server.requests(path)[2].sent == package["size"]


def test_file_that_changed_in_between_is_never_pieced_together(missing, world):
    project, package, path = missing
    world.server.fault(path, "cut", at=100_000, times=1)
    world.server.fault(path, "flip", at=200_000, times=1)  # another file, so another ETag
    project.run("verify", "--lock").failed(1)
    first, second = world.server.requests(path)
    assert second.range == "bytes=100000-" and second.sent == package["size"]
    fetch(project)


def test_parts_of_different_files_are_noticed(missing, world):
    """A server whose validator says that the file is the same, and whose bytes say that it is not."""
    project, _, path = missing
    world.server.validators = ("modified",)
    world.server.fault(path, "cut", at=100_000, times=1)
    world.server.fault(path, "flip", at=200_000, times=1)
    fetch(project)
    assert [request.range for request in world.server.requests(path)] == [None, "bytes=100000-", None]


def test_cut_always_is_one_message_that_names_the_file(locked, world):
    world.server.fault(r"pool/main/libc6_", "cut", at=0)
    error = refused(locked, 3, "build")
    assert error["code"] == "network"
    assert world.server.url in error["message"] and "/debian/pool/main/libc6_" in error["message"]
    assert "broke" in error["message"]


@pytest.mark.parametrize("pattern, name", [(r"pool/main/libc6_", "libc6_"), (r"/files/bulky-1.0", "bulky-1.0")])
def test_wrong_bytes_of_the_right_length(locked, world, pattern, name):
    world.server.fault(pattern, "flip", at=1000)
    error = refused(locked, 2, "build")
    assert error["code"] == "hash-mismatch"
    assert name in error["message"] and "SHA-256" in error["message"]


def test_truncated_body_with_headers_that_agree(locked, world):
    world.server.fault(r"/files/bulky-1.0", "short", at=1000)
    error = refused(locked, 2, "build")
    assert error["code"] == "hash-mismatch" and "it has 1000 bytes" in error["message"]


def test_body_that_is_too_long_is_not_read_to_its_end(locked, world):
    path = next(path for path in world.server.content if "/files/bulky-1.0" in path and path.endswith(".whl"))
    world.server.content[path] = Content(world.server.content[path].body + bytes(50_000_000))
    error = refused(locked, 2, "build")
    assert error["code"] == "too-large" and "bulky-1.0" in error["message"]


def test_content_length_that_promises_too_much(project, world):
    project.manifest()
    world.server.fault(r"by-hash|Packages", "length", at=1000)
    assert refused(project, 3)["code"] == "network"
    world.server.faults.clear()
    world.server.fault(r"by-hash|Packages", "length", at=1000, times=1)
    project.run("lock").succeeded()


def test_content_length_that_promises_too_little(project, world):
    project.manifest()
    world.server.fault(r"by-hash|Packages", "length", at=-100)
    assert refused(project, 2)["code"] == "hash-mismatch"
    assert not project.lockfile.exists()


def test_trouble_twice_then_well(project, world):
    project.manifest(["python3"], ["beta"])
    world.server.fault(r"/simple/beta/", "status", at=503, times=2)
    world.server.fault(r"/InRelease$", "status", at=500, times=2)
    project.run("lock").succeeded()


@pytest.mark.parametrize("status", [403, 404, 501])
def test_refusal_is_not_asked_again(project, world, status):
    project.manifest()
    world.server.fault(r"by-hash|Packages", "status", at=status)
    result = project.run("lock", "--json").failed(3)
    error = result.json()["error"]
    assert error["code"] == "http-status"
    assert str(status) in error["message"] and "Packages" in error["message"]
    asked = world.server.requested(r"by-hash|Packages")
    assert len(asked) == 2 and len(set(asked)) == 2  # by digest, then by name


def test_page_of_an_access_portal_instead_of_an_index(project, world):
    page = Content(b"<!DOCTYPE html><html><body><h1>Please log in</h1></body></html>", "text/html")
    project.manifest(["python3"], ["beta"])
    world.server.content["/html/simple/beta/"] = page
    result = project.run("lock", "--json").failed(1)
    assert "beta" in result.json()["conflicts"][0]["message"]
    world.server.content["/html/simple/beta/"] = Content(page.body + b"\n", JSON_TYPE)
    assert refused(project, 2)["code"] == "bad-index"
    world.server.content["/debian/dists/tiny/InRelease"] = page
    assert refused(project, 2)["code"] == "signature"
    assert not project.lockfile.exists()


def test_pages_may_be_compressed_and_files_are_not(locked, world):
    calm = locked.lockfile.read_bytes()
    locked.lockfile.unlink()
    world.server.fault(r"/simple/", "gzip")
    locked.run("lock", "--upgrade").succeeded()
    assert locked.lockfile.read_bytes() == calm
    pages = world.server.requests(r"/simple/")
    assert pages and all("gzip" in request.headers["accept-encoding"] for request in pages)
    world.server.reset()
    locked.run("build").succeeded()
    files = world.server.requests(r"\.whl$|\.deb$")
    assert files and not any("accept-encoding" in request.headers for request in files)


def test_redirects_are_followed_and_leave_no_trace(project, world):
    project.manifest(["python3"], ["alpha", "tool"])
    calm = project.sibling("calm")
    calm.run("lock").succeeded()
    for name in ("alpha", "beta"):
        world.server.content[f"/elsewhere/html/{name}/"] = world.server.content[f"/html/simple/{name}/"]
        body = world.server.content[f"/html/simple/{name}/"].body.replace(b"../../../files", b"/files")
        world.server.content[f"/elsewhere/html/{name}/"] = Content(body, "text/html")
        world.server.fault(f"^/html/simple/{name}/", "redirect", to=f"/elsewhere/html/{name}/")
    release = "/debian/dists/tiny/InRelease"
    world.server.content["/moved/InRelease"] = world.server.content[release]
    world.server.fault(f"^{release}$", "redirect", to=f"{world.server.url}/moved/InRelease")
    project.run("lock").succeeded()
    assert world.server.requested("^/elsewhere/") and world.server.requested("^/moved/")
    assert project.lockfile.read_bytes() == calm.lockfile.read_bytes()


def test_redirect_in_a_circle(project, world):
    project.manifest(["python3"], ["beta"])
    world.server.fault(r"/simple/beta/", "redirect", to="/html/simple/beta/")
    error = refused(project, 3)
    assert error["code"] == "network" and "redirects" in error["message"] and "/simple/beta" in error["message"]


@pytest.mark.parametrize("target", ["file:///etc/hostname", "ftp://127.0.0.1/beta/"])
def test_redirect_to_another_kind_of_place_is_refused(project, world, target):
    project.manifest(["python3"], ["beta"])
    world.server.fault(r"/simple/beta/", "redirect", to=target)
    error = refused(project, 3)
    assert error["code"] == "network" and "redirects" in error["message"]


def test_proxy_is_used_where_the_environment_names_one(project, world):
    project.manifest(["python3"], ["beta"])
    calm = project.sibling("calm")
    calm.run("lock").succeeded()
    world.server.log.clear()
    project.run("lock", env={"http_proxy": world.server.url, "no_proxy": "127.0.0.1",
                             "PIP_INDEX_URL": "http://index.test/html/simple/"}).succeeded()
    pages = world.server.requests(r"/simple/")
    assert pages and all(request.target.startswith("http://index.test/html/") for request in pages)
    releases = world.server.requests(r"/InRelease")
    assert releases and all(request.target.startswith("/") for request in releases)


def test_proxy_that_is_dead(project, world):
    project.manifest()
    error = refused(project, 3, env={"http_proxy": "http://127.0.0.1:9"})
    assert error["code"] == "network"
    project.run("lock", env={"http_proxy": "http://127.0.0.1:9", "no_proxy": "127.0.0.1"}).succeeded()


def test_password_of_netrc_is_used_and_stays_secret(project, world):
    project.manifest(["python3"], ["alpha"])
    calm = project.sibling("calm")
    calm.run("lock").succeeded()
    secret = "hush-hush-4711"
    netrc = project.folder.parent / "home/.netrc"
    netrc.write_text(f"machine 127.0.0.1 login reader password {secret}\n")
    netrc.chmod(0o600)
    world.server.password = base64.b64encode(f"reader:{secret}".encode()).decode()
    locked = project.run("-v", "lock").succeeded()
    assert project.lockfile.read_bytes() == calm.lockfile.read_bytes()
    results = [locked, project.run("-v", "build").succeeded()]
    netrc.write_text("")
    failure = project.run("lock", "--upgrade").failed(3)
    for text in (project.lockfile.read_text(), *(result.out + result.err for result in [*results, failure])):
        assert secret not in text and world.server.password not in text
    stored = [path for path in project.cache.rglob("*") if path.is_file() and path.stat().st_size < 100_000]
    assert not any(secret.encode() in path.read_bytes() for path in stored)


def test_password_in_the_index_url_stays_out_of_lock_and_messages(project, world):
    project.manifest(["python3"], ["beta"])
    secret = "hush-hush-4712"
    url = world.index.html.replace("http://", f"http://reader:{secret}@")
    world.server.validators = ()
    first = project.run("-v", "lock", env={"PIP_INDEX_URL": url}).succeeded()
    assert secret not in project.lockfile.read_text() and secret not in first.out + first.err
    world.server.fault(r"/simple/beta/", "cut", at=0)
    second = project.run("lock", "--upgrade", env={"PIP_INDEX_URL": url}).failed(3)
    assert "/simple/beta" in second.err and secret not in second.out + second.err
