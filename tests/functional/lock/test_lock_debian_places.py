"""Where a lock's packages come from: mirrors, archives, archives that keep every state; and the past of the OS."""

import json
import re
from pathlib import Path

import pytest
from world.debian_archive import StanzaArchive, sha256
from world.server import Content

DATE = "Sat, 01 Mar 2025 08:00:00 UTC"
STAMP, DAY_LATER = "20250301T080000Z", "20250302T080000Z"
POOL = "pool/tool_10_amd64.deb"
BODY = b"tool 10"  # what StanzaArchive gives the digest and size of


@pytest.fixture
def archive(world, tmp_path):
    archive = StanzaArchive(world.server, world.key, tmp_path)
    archive.package("tool", "10")
    archive.publish()
    return archive


def run(project, archive, *arguments, os="", environment=""):
    project.write("mlrepro.toml", f'{environment}[os]\nsuite = "stable"\npackages = ["tool"]\n{os}')
    return project.run(*arguments, env={"MLREPRO_APT_DIR": str(archive.sources(archive.suites))})


def fetched(project, archive, os=""):
    """Whether `verify`, which fetches what is missing, finds the package; and what it asked for, in order."""
    archive.server.log.clear()
    run(project, archive, "verify", os=os)
    digest = sha256(BODY)
    found = [path for path in project.cache.joinpath("store").rglob(digest)]
    for path in found:
        path.unlink()
    return bool(found), [path for path in archive.server.requested() if path.endswith(".deb")]


def test_places_are_asked_in_order(project, archive, tmp_path):
    url, content = archive.server.url, archive.server.content
    run(project, archive, "lock").succeeded()
    before = project.lockfile.read_bytes()
    mirrors = f'mirrors = ["{url}/near", "{url}/far/"]\nsnapshot = "{url}/past/{{archive}}/{{timestamp}}"\n'
    places = [f"/near/{POOL}", f"/far/{POOL}", f"/choice/{POOL}", f"/past/debian/{STAMP}/{POOL}",
              f"/past/debian/{DAY_LATER}/{POOL}"]
    assert fetched(project, archive, mirrors) == (False, places)
    for count in range(len(places), 0, -1):
        content[places[count - 1]] = Content(BODY)
        assert fetched(project, archive, mirrors) == (True, places[:count])
    # A mirror with other bytes is passed over.
    content[places[0]] = Content(b"tool 11")
    assert fetched(project, archive, mirrors) == (True, places[:2])
    # None of it is a reason to lock anew, nor part of a new lock.
    run(project, archive, "lock", "--check", os=mirrors).succeeded()
    project.lockfile.unlink()
    run(project, archive, "lock", os=mirrors).succeeded()
    assert project.lockfile.read_bytes() == before


@pytest.mark.parametrize("layout", ["pool", "flat"])
@pytest.mark.parametrize("form", ["{path}", "file:{path}", "file://{path}", "{relative}"])
def test_folder_as_mirror(project, archive, layout, form):
    run(project, archive, "lock").succeeded()
    folder = Path(project.folder.parent / "a mirror")
    target = folder / POOL if layout == "pool" else folder / Path(POOL).name
    target.parent.mkdir(parents=True)
    target.write_bytes(BODY)
    written = form.format(path=str(folder).replace(" ", "%20") if form.startswith("file:") else folder,
                          relative=f"../{folder.name}")
    assert fetched(project, archive, f'mirrors = "{written}"\n') == (True, [])


def test_security_updates_have_an_archive_of_states_of_their_own(project, archive):
    archive.package("tool", "11", "stable-security")
    archive.publish("stable-security", date="Sun, 02 Mar 2025 10:00:00 UTC")
    run(project, archive, "lock").succeeded()
    snapshot = f'snapshot = "{archive.server.url}/{{archive}}/{{suite}}/{{timestamp}}"\n'
    asked = fetched(project, archive, snapshot)[1]
    assert asked[1].startswith("/debian-security/stable-security/20250302T100000Z/")


@pytest.mark.parametrize("line", ['snapshot = "https://archive.example/"', 'snapshot = "https://archive.example/{date}/{timestamp}"',
                                  'mirrors = ["ftp://archive.example"]'])
def test_places_that_are_none(project, archive, line):
    error = run(project, archive, "lock", "--json", os=line + "\n").failed(2).json()["error"]
    assert error["code"] == "bad-value" and error["hint"]


@pytest.fixture
def past(archive):
    """The archive as it is today, and kept as it was on 1 March, long expired since."""
    server = archive.server
    old = StanzaArchive(server, archive.key, archive.folder / "old", f"past/debian/{STAMP}")
    old.package("tool", "9")
    old.publish(date="Fri, 28 Feb 2025 20:00:00 UTC", extra="Valid-Until: Fri, 07 Mar 2025 20:00:00 UTC\n")
    return f'snapshot = "{server.url}/past/{{archive}}/{{timestamp}}"\n'


CUT = '[environment]\nexclude-newer = "2025-03-01T08:00:00Z"\n'


def version(project):
    return project.versions("os")["tool"]


def test_exclude_newer_reads_the_archive_as_it_was(project, archive, past):
    run(project, archive, "lock", os=past).succeeded()
    assert version(project) == "10"
    # Older than the locked state, but asked for: no replay.
    result = run(project, archive, "lock", os=past, environment=CUT).succeeded()
    assert version(project) == "9"
    assert re.search(r"as of 2025-03-01T08:00:00Z.*Valid-Until", result.err)
    assert json.loads(project.lockfile.read_text())["os"]["releases"][0]["date"] == "2025-02-28T20:00:00Z"


def show_state_at(archive, stamp):
    """The state of STAMP is what the archive says it was at another time too."""
    content, top = archive.server.content, f"/past/debian/{STAMP}/"
    content.update({path.replace(STAMP, stamp): content[path] for path in list(content) if path.startswith(top)})


def test_valid_until_is_judged_as_of_then(project, archive, past):
    later = '[environment]\nexclude-newer = "2025-03-09T00:00:00Z"\n'
    show_state_at(archive, "20250309T000000Z")
    error = run(project, archive, "lock", "--json", os=past, environment=later).failed(2).json()["error"]
    assert error["code"] == "expired"


def test_state_later_than_asked_for(project, archive, past):
    early = '[environment]\nexclude-newer = "2025-02-01T00:00:00Z"\n'
    show_state_at(archive, "20250201T000000Z")
    error = run(project, archive, "lock", "--json", os=past, environment=early).failed(2).json()["error"]
    assert error["code"] == "too-new" and "2025-02-28T20:00:00Z" in error["message"]


def test_archive_without_a_past_is_said(project, archive):
    for cut in ("2025-03-01T08:00:00Z", "pins"):
        project.lockfile.unlink(missing_ok=True)
        result = run(project, archive, "lock", environment=f'[environment]\nexclude-newer = "{cut}"\n').succeeded()
        assert "warning" in result.err and "os.snapshot" in result.err
