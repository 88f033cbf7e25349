"""Indexes that lie: about sizes, about whose files they have, about where things are; and bodies without an end."""

import base64
import io
import json
import struct
import sys
import zipfile

import pytest

from world.handmade_index import Index
from world.program import Project, program_path
from world.python_index import make_wheel
from world.server import Content, Server

HUGE = 10_000_000_000


@pytest.fixture
def index(world, tmp_path):
    return Index(world, Project(tmp_path / "project", world))


def link(file, digest, more=""):
    return f'<a href="../../files/{file}#sha256={digest}" {more}>x</a>\n'


def listed(file, digest, **more):
    return {"meta": {"api-version": "1.1"}, "name": "a", "files": [
        {"filename": file, "url": f"../../files/{file}", "hashes": {"sha256": digest}, **more}]}


# The memory of a child counts from its parent's at the fork: so from a small one's.
MEASURE = ("import resource, subprocess, sys; status = subprocess.call(sys.argv[1:]); "
           "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr); sys.exit(status)")
SANITIZED = b"__asan_init" in program_path().read_bytes() if program_path().is_file() else False


def measured(project, *requirements, url):
    """(exit status, seconds, MiB at most) of a lock; no MiB of a sanitized program, which has its own."""
    project.write("mlrepro.toml", f'[python]\nversion = "3.11"\nrequirements = {json.dumps(requirements)}\n'
                  f'[[python.index]]\nname = "odd"\nurl = "{url}"\n')
    result = project.run("lock", prefix=[sys.executable, "-c", MEASURE], timeout=60)
    memory = int(result.err.split()[-1]) / 1024
    return result.status, result.seconds, 0 if SANITIZED else memory


def with_directory(body, change):
    """The wheel with `change` made to each entry of its central directory."""
    out = bytearray(body)
    at = body.find(b"PK\x01\x02")
    while at >= 0:
        name = body[at + 46 : at + 46 + struct.unpack_from("<H", body, at + 28)[0]].decode()
        change(out, at, name)
        at = body.find(b"PK\x01\x02", at + 4)
    return bytes(out)


@pytest.mark.parametrize("sidecar", [True, False])
def test_size_of_10_gb_is_a_claim(index, world, sidecar):
    """Nothing is made of that size; what the lock says of it, a build finds out."""
    file, digest = index.wheel("a", "1.0")
    if sidecar:
        world.server.content[f"/odd/files/{file}.metadata"] = Content(make_wheel("a", "1.0")[2])
    index.page("a", listed(file, digest, size=HUGE, **({"core-metadata": True} if sidecar else {})))
    status, seconds, memory = measured(index.project, "a", url=index.url)
    assert status in (0, 2) and seconds < 20 and memory < 200


def test_page_that_says_it_has_10_gb(index, world):
    index.page("a", link(*index.wheel("a", "1.0")))
    world.server.fault("/odd/simple/a/", "length", at=HUGE)
    error = index.refused("a", status=2)
    assert error["code"] == "too-large" and "/odd/simple/a/" in error["message"]
    assert len(world.server.requests("/odd/simple/a/")) == 1


@pytest.mark.parametrize("claim", [HUGE, 0xFFFFFFFF, 0x7FFFFFFF])
@pytest.mark.parametrize("field", [20, 24])  # APPNOTE 4.3.12: compressed size, size
def test_wheel_whose_directory_claims_a_huge_metadata(index, world, field, claim):
    file, _, body = "a-1.0-py3-none-any.whl", None, make_wheel("a", "1.0")[1]

    def lie(out, at, name):
        if name.endswith("/METADATA"):
            struct.pack_into("<I", out, at + field, min(claim, 0xFFFFFFFF))

    world.server.content[f"/odd/files/{file}"] = Content(with_directory(body, lie))
    index.page("a", f'<a href="../../files/{file}">x</a>')
    status, seconds, memory = measured(index.project, "a", url=index.url)
    assert status == 1 and seconds < 20 and memory < 200


def test_wheel_whose_metadata_inflates_to_much_more_than_it_says(index, world):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: a\nVersion: 1.0\n" + "x" * 300_000_000)

    def lie(out, at, _):
        struct.pack_into("<I", out, at + 24, 1000)

    world.server.content["/odd/files/a-1.0-py3-none-any.whl"] = Content(with_directory(buffer.getvalue(), lie))
    index.page("a", '<a href="../../files/a-1.0-py3-none-any.whl">x</a>')
    status, seconds, memory = measured(index.project, "a", url=index.url)
    assert status == 1 and seconds < 20 and memory < 200


def test_page_without_end(index, world):
    index.page("a", link(*index.wheel("a", "1.0")) * 1000)
    world.server.fault("/odd/simple/a/", "endless")
    error = index.refused("a", status=2)
    assert error["code"] == "too-large" and "/odd/simple/a/" in error["message"]


def test_wheel_without_end(index, world):
    file, digest = index.wheel("a", "1.0")
    size = len(world.server.content[f"/odd/files/{file}"].body)
    index.page("a", listed(file, digest, size=size))
    world.server.fault("/odd/files/", "endless")
    assert index.lock("a").status in (1, 2)
    assert index.project.run("lock").seconds < 20


def test_metadata_without_end(index, world):
    file, digest = index.wheel("a", "1.0")
    world.server.content[f"/odd/files/{file}.metadata"] = Content(b"Name: a\n" * 10_000)
    index.page("a", link(file, digest, "data-core-metadata=true"))
    world.server.fault(r"\.metadata$", "endless")
    assert index.refused("a", status=2)["code"] == "too-large"


def test_release_without_end(project, world):
    project.manifest()
    world.server.fault("/InRelease$", "endless")
    error = project.run("lock", "--json").failed(2).json()["error"]
    assert error["code"] == "bad-release" and "InRelease is larger" in error["message"]


def test_page_that_lists_the_files_of_another_project(index):
    index.page("a", link(*index.wheel("b", "9.0")) + link(*index.wheel("a-b", "9.0")) + link(*index.wheel("a", "1.0")))
    assert index.locked("a") == {"a": "1.0"}
    index.page("a", link(*index.wheel("b", "9.0")))
    index.project.lockfile.unlink()
    result = index.lock("a", "a").failed(1)
    assert "a" in result.json()["conflicts"][0]["message"]


def test_wheel_whose_metadata_names_another_project(index, world):
    body = make_wheel("b", "1.0")[1]
    world.server.content["/odd/files/a-1.0-py3-none-any.whl"] = Content(body)
    index.page("a", '<a href="../../files/a-1.0-py3-none-any.whl">x</a>')
    index.lock("a").failed(1)


def test_loops_of_dependencies(index):
    for n in range(20):
        index.page(f"p{n}", link(*index.wheel(f"p{n}", "1.0", requires=[f"p{(n + 1) % 20}", f"p{n}", f"p{(n * 7) % 20}>=1"])))
    assert len(index.locked("p0")) == 20


def test_loop_whose_ends_never_meet(index):
    """Each version of one wants the next of the other."""
    for name, other in (("a", "b"), ("b", "a")):
        index.page(name, "".join(link(*index.wheel(name, f"{n}.0", requires=[f"{other}=={n + 1}.0"])) for n in range(60)))
    result = index.lock("a")
    result.failed(1)
    assert result.seconds < 20


def test_fifty_thousand_links_take_memory_as_they_take_bytes(index):
    file, digest = index.wheel("a", "1.0")
    digests = [f"{n:064x}" for n in range(50_000)]
    links = "".join(link(f"a-0.{n}-py3-none-any.whl", digest, 'data-requires-python="&gt;=3.99"') for n, digest in enumerate(digests))
    index.page("a", links + link(file, digest))
    status, seconds, memory = measured(index.project, "a", url=index.url)
    assert status == 0 and seconds < 10
    assert memory < 50 + 12 * len(links) / (1 << 20), f"{memory} MiB for {len(links)} bytes"


@pytest.fixture
def elsewhere():
    """Another server, and the requests that came to it."""
    server = Server()
    yield server
    server.close()


def test_password_does_not_follow_to_another_server(index, world, elsewhere):
    secret = base64.b64encode(b"user:secret-word").decode()
    world.server.password = secret
    file, digest = index.wheel("a", "1.0")
    named, named_digest = index.wheel("b", "1.0")
    index.page("a", link(file, digest, "data-core-metadata=true"))
    elsewhere.content["/b/"] = Content(f'<a href="{elsewhere.url}/{named}#sha256={named_digest}">x</a>'.encode(), "text/html")
    for name in (file, named):
        elsewhere.content[f"/{name}"] = world.server.content[f"/odd/files/{name}"]
    elsewhere.content[f"/{file}.metadata"] = Content(make_wheel("a", "1.0")[2])
    world.server.fault("/odd/simple/b/", "redirect", to=f"{elsewhere.url}/b/")
    world.server.fault(rf"/odd/files/{file}\.metadata", "redirect", to=f"{elsewhere.url}/{file}.metadata")
    world.server.fault(f"/odd/files/{file}", "redirect", to=f"{elsewhere.url}/{file}")
    url = index.url.replace("://", "://user:secret-word@")
    result = index.lock("a", "b", url=url)
    result.succeeded()
    asked = {request.path for request in elsewhere.requests()}
    assert {"/b/", f"/{named}", f"/{file}.metadata"} <= asked
    assert not any("authorization" in request.headers for request in elsewhere.requests())
    kept = b"".join(path.read_bytes() for path in index.project.cache.rglob("*") if path.is_file())
    for text in (result.out, result.err, index.project.lockfile.read_text(), kept.decode(errors="replace")):
        assert "secret-word" not in text and secret not in text


def test_password_does_not_follow_a_wheel_by_ranges(index, world, elsewhere):
    world.server.password = base64.b64encode(b"user:secret-word").decode()
    file, digest = index.wheel("a", "1.0")
    index.page("a", link(file, digest))
    elsewhere.content[f"/{file}"] = world.server.content[f"/odd/files/{file}"]
    world.server.fault("/odd/files/", "redirect", to=f"{elsewhere.url}/{file}")
    index.lock("a", url=index.url.replace("://", "://user:secret-word@")).succeeded()
    asked = elsewhere.requests()
    assert asked and all(request.range and "authorization" not in request.headers for request in asked)


def test_password_that_a_page_gives_is_not_told(index, world):
    """Neither a link nor a redirect with a password in it is a place for it."""
    file, digest = index.wheel("a", "1.0")
    place = world.server.url.replace("://", "://reader:secret-word@")
    index.page("a", f'<a href="{place}/moved/{file}#sha256={digest}">x</a>')
    world.server.fault("/moved/", "redirect", to=f"{place}/odd/files/{file}")
    result = index.lock("a", arguments=["-v"])
    result.succeeded()
    world.server.fault("/odd/files/", "status", at=500)
    index.project.lockfile.unlink()
    failure = index.lock("a", arguments=["--cache-dir", str(index.project.folder / "other")])
    for text in (result.out, result.err, failure.out, failure.err, index.project.folder.joinpath("mlrepro.toml").read_text()):
        assert "secret-word" not in text


@pytest.mark.parametrize("pattern", [r"\.metadata$", r"/odd/files/a-1.0-py3-none-any.whl$"])
def test_file_that_redirects_in_a_circle(index, world, pattern):
    file, digest = index.wheel("a", "1.0")
    index.page("a", link(file, digest, "data-core-metadata=true"))
    world.server.content[f"/odd/files/{file}.metadata"] = Content(make_wheel("a", "1.0")[2])
    for path in (f"/odd/files/{file}", f"/odd/files/{file}.metadata"):
        world.server.fault(f"{path}$", "redirect", to=path)
    error = index.refused("a")
    assert error["code"] == "network" and "redirects" in error["message"]
    assert len(world.server.requests(pattern)) <= 11
