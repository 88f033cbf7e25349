"""Pages of indexes as servers really write them, and servers that mislead."""

import pytest

from world.handmade_index import Index
from world.program import Project
from world.python_index import JSON_TYPE
from world.server import Content


@pytest.fixture
def index(world, tmp_path):
    return Index(world, Project(tmp_path / "project", world))


def json_page(*files, version="1.0"):
    return {"meta": {"api-version": version}, "name": "a", "files": list(files)}


def json_file(index, name="a", version="1.0", **more):
    file, digest = index.wheel(name, version)
    return {"filename": file, "url": f"../../files/{file}", "hashes": {"sha256": digest}, **more}


@pytest.mark.parametrize("page", [
    '<!-- <a href="../../files/a-9.0-py3-none-any.whl">a-9.0-py3-none-any.whl</a> --><a href="../../files/{file}#sha256={digest}">x</a>',
    '<A HREF=../../files/{file}#sha256={digest}>a</A>',
    "<a\n  rel='internal'\n  href = '../../files/{file}#sha256={digest}'\n>a</a>",
    '<base href="/odd/files/"><a href="{file}#sha256={digest}">a</a>',
    '<html><head><base href="../../"></head><body><a href="files/{file}#sha256={digest}">a</a>',
    '<a href="../../files/{file}#sha256={digest}" data-requires-python="&gt;=3.6&#44;&#x3c;4">a</a>',
    '<a href="../../files/{file}?x=1&amp;y=2#md5=0&amp;sha256={digest}">a</a>',
    '<title><a href="../../files/a-9.0-py3-none-any.whl">no link</a></title><a href="../../files/{file}#sha256={digest}">a</a>',
    '<script>var x = "<a href=../../files/a-9.0-py3-none-any.whl>";</script><a href="../../files/{file}#sha256={digest}">a</a>',
    '<meta name="pypi:repository-version" content="1.9"><a href="../../files/{file}#sha256={digest}">a</a>',
    '<a href="mailto:a@example.org">mail</a><a>no target</a><a href="#top">top</a><a href="../../files/{file}#sha256={digest}">a</a>',
    '<a href="javascript:alert(1)">a-9.0-py3-none-any.whl</a><a href="../../files/{file}#sha256={digest}" data-yanked=x data-unknown>a</a>'
    '<a href="../../files/{file}#sha256={digest}">a</a>',
    '\ufeff<!DOCTYPE html>\r\n<a href="../../files/{file}#sha256={digest}">a</a>\r\n',
])
def test_html_as_servers_write_it(index, page):
    file, digest = index.wheel("a", "1.0")
    index.page("a", page.format(file=file, digest=digest))
    assert index.locked("a") == {"a": "1.0"}


@pytest.mark.parametrize("version", ["1.0", "1.1", "1.3", "1.99"])
def test_json_of_every_version_1(index, version):
    index.page("a", json_page(json_file(index), version=version))
    assert index.locked("a") == {"a": "1.0"}


def test_json_with_fields_of_tomorrow(index):
    index.page("a", {**json_page(json_file(index, provenance=None, size=None, yanked=False, **{
        "upload-time": None, "gpg-sig": None, "core-metadata": False, "requires-python": None, "x": [1, {"y": {}}]})),
        "versions": ["1.0"], "project-status": {"status": "archived"}, "alternate-locations": []})
    assert index.locked("a") == {"a": "1.0"}


def test_json_without_meta(index):
    page = json_page(json_file(index))
    del page["meta"]
    index.page("a", page)
    assert index.locked("a") == {"a": "1.0"}


def test_json_of_version_2_is_refused(index):
    index.page("a", json_page(json_file(index), version="2.0"))
    assert index.refused("a", status=2)["code"] == "bad-index"


def test_html_of_version_2_is_refused(index):
    index.page("a", '<meta name="pypi:repository-version" content="2.0"><a href="a-1.0-py3-none-any.whl">a</a>')
    assert index.refused("a", status=2)["code"] == "bad-index"


def test_json_of_something_else_is_refused(index):
    index.page("a", {"detail": "not here"})
    assert index.refused("a", status=2)["code"] == "bad-index"


def test_login_page_is_no_empty_project(index):
    index.page("a", '<html><body><h1>Sign in</h1><form action="/login"><input name="user"></form></body></html>')
    error = index.refused("a")
    assert error["code"] == "not-an-index" and "login" in error["message"]


@pytest.mark.parametrize("status", [401, 403])
def test_refused_page_names_credentials(index, world, status):
    world.server.fault("/odd/simple/a/", "status", status)
    error = index.refused("a")
    assert str(status) in error["message"] and "netrc" in error["hint"]


@pytest.mark.parametrize("status", [404, 410])
def test_project_that_is_gone_is_a_conflict(index, world, status):
    world.server.fault("/odd/simple/a/", "status", status)
    index.lock("a").failed(1)


def test_redirected_page_gives_links_from_where_it_is(index, world):
    file, digest = index.wheel("a", "1.0")
    world.server.content["/elsewhere/deep/a/"] = Content(f'<a href="{file}#sha256={digest}">a</a>'.encode(), "text/html")
    world.server.content[f"/elsewhere/deep/a/{file}"] = world.server.content[f"/odd/files/{file}"]
    world.server.fault("/odd/simple/a/", "redirect", to="/elsewhere/deep/a/")
    assert index.locked("a") == {"a": "1.0"}


def test_redirected_file(index, world):
    file, digest = index.wheel("a", "1.0")
    index.page("a", f'<a href="/moved/{file}#sha256={digest}">a</a>')
    world.server.fault("/moved/", "redirect", to=f"/odd/files/{file}")
    assert index.locked("a") == {"a": "1.0"}


def test_listed_file_that_is_not_there_is_left_out(index, world):
    file, digest = index.wheel("a", "1.0")
    index.page("a", f'<a href="../../files/{file}#sha256={digest}">a</a><a href="../../files/a-2.0-py3-none-any.whl#sha256={"0" * 64}">a</a>')
    assert index.locked("a") == {"a": "1.0"}


def test_server_without_ranges_sends_each_wheel_once(index, world):
    file, digest = index.wheel("a", "1.0")
    index.page("a", f'<a href="../../files/{file}#sha256={digest}">a</a>')
    world.server.fault("/odd/files/", "no-range")
    assert index.locked("a") == {"a": "1.0"}
    assert len(world.server.requests(f"/odd/files/{file}$")) == 1


def test_fifty_thousand_links(index):
    file, digest = index.wheel("a", "1.0")
    links = "".join(f'<a href="../../files/a-0.{n}-cp27-none-win32.whl#sha256={digest}">a-0.{n}</a>\n' for n in range(50_000))
    index.page("a", links + f'<a href="../../files/{file}#sha256={digest}">a</a>')
    result = index.lock("a")
    result.succeeded()
    assert result.seconds < 20


def test_a_hundred_thousand_requirements(index):
    wanted = [f"b{n}; extra == 'x{n}'" for n in range(100_000)]
    file, digest = index.wheel("a", "1.0", requires=wanted)
    index.page("a", f'<a href="../../files/{file}#sha256={digest}">a</a>')
    assert index.locked("a") == {"a": "1.0"}


def test_extras_that_ask_for_each_other_without_end(index):
    wanted = [f"a[x{(n + 1) % 500},x{(n * 7) % 500}]; extra == 'x{n}'" for n in range(500)]
    file, digest = index.wheel("a", "1.0", requires=wanted)
    index.page("a", f'<a href="../../files/{file}#sha256={digest}">a</a>')
    assert index.locked("a[x0]") == {"a": "1.0"}


def test_long_chain_from_the_cache(index):
    """What is answered from the cache does not pile up on the stack."""
    for n in range(600):
        file, digest = index.wheel(f"p{n}", "1.0", requires=[f"p{n + 1}"] if n < 599 else [])
        index.page(f"p{n}", f'<a href="../../files/{file}#sha256={digest}">p</a>')
    assert len(index.locked("p0")) == 600
    index.project.lockfile.unlink()
    assert len(index.locked("p0", arguments=["--offline"])) == 600


def test_pages_are_kept_for_offline_and_asked_for_with_validators(index, world):
    index.page("a", json_page(json_file(index)))
    assert index.locked("a") == {"a": "1.0"}
    index.project.lockfile.unlink()
    world.server.reset()
    assert index.locked("a", arguments=["--offline"]) == {"a": "1.0"}
    assert not world.server.requests()
    index.project.lockfile.unlink()
    assert index.locked("a") == {"a": "1.0"}
    assert [request.same for request in world.server.requests("/odd/simple/a/")] == [True]
    index.page("a", json_page(json_file(index), json_file(index, version="2.0")))
    index.project.lockfile.unlink()
    assert index.locked("a") == {"a": "2.0"}


def test_offline_without_the_page_says_so(index):
    assert index.refused("a", arguments=["--offline"])["code"] == "offline"


def test_damaged_cache_is_asked_for_again(index, world):
    index.page("a", json_page(json_file(index)))
    index.locked("a")
    for path in (index.project.cache / "metadata").rglob("*"):
        if path.is_file():
            index.project.flip(path)
    index.project.lockfile.unlink()
    assert index.locked("a") == {"a": "1.0"}


def test_credentials_of_the_index_go_to_its_files_and_nowhere_else(index, world):
    world.server.password = "dXNlcjpzZWNyZXQtd29yZA=="
    file, digest = index.wheel("a", "1.0")
    index.page("a", f'<a href="{world.server.url}/odd/files/{file}#sha256={digest}">a</a>')
    url = index.url.replace("://", "://user:secret-word@")
    result = index.lock("a", url=url)
    result.succeeded()
    kept = b"".join(path.read_bytes() for path in index.project.cache.rglob("*") if path.is_file())
    for text in (result.out, result.err, index.project.lockfile.read_text(), kept.decode(errors="replace")):
        assert "secret-word" not in text


def test_long_directory_of_a_wheel_comes_in_pieces(project, world):
    files = {f"many/{'x' * 180}{number}.py": "" for number in range(6000)}
    world.index.add("many", "1.0", sidecar=False, files=files)
    world.index.publish()
    project.manifest(["python3"], ["many"])
    project.run("lock").succeeded()
    asked = [request.range.removeprefix("bytes=").split("-") for request in world.server.requests(r"/many-1.*whl$")]
    sizes = [int(last) - int(first) + 1 for first, last in asked if first]
    assert len(sizes) >= 2 and max(sizes) == 1 << 20


def test_wheels_with_long_directories_are_read_in_one_request_after_the_first(index, world):
    files = {f"a/module_{number:04}.py": "" for number in range(500)}
    releases = [index.wheel("a", version, requires=requires, files=files)
                for version, requires in [("1.0", []), ("2.0", ["gone"])]]
    index.page("a", "".join(f'<a href="../../files/{file}#sha256={digest}">a</a>' for file, digest in releases))
    assert index.locked("a") == {"a": "1.0"}
    newest, older = (len(world.server.requests(f"/odd/files/{file}")) for file, _ in reversed(releases))
    assert newest > 1 and older == 1
