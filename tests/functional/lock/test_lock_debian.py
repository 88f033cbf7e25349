"""Which Debian packages a lock holds, beside apt's own choice from the same archive."""

import json

import pytest
from world.apt import Apt, is_here
from world.debian_archive import StanzaArchive

BACKPORTS = "NotAutomatic: yes\nButAutomaticUpgrades: yes\n"
EXPERIMENTAL = "NotAutomatic: yes\n"

pytestmark = pytest.mark.skipif(not is_here(), reason="apt is the oracle")


@pytest.fixture
def archive(world, tmp_path):
    return StanzaArchive(world.server, world.key, tmp_path)


def lock(project, archive, packages, extra="", before="", status=0):
    """{name: version} of the lock; the first conflict's message where it is `status` 1."""
    project.write("mlrepro.toml", f'{before}[os]\nsuite = "stable"\npackages = {json.dumps(packages)}\n{extra}')
    result = project.run("lock", "--json", env={"MLREPRO_APT_DIR": str(archive.sources(["stable"]))})
    if status == 1:
        return result.failed(1).json()["conflicts"][0]
    result.succeeded()
    return project.versions("os")


def apt(archive, tmp_path, *wishes, **options):
    sources = archive.sources(archive.suites).joinpath("sources.list.d/tests.sources").read_text()
    return Apt(tmp_path / "apt-root", sources, **options).choice(*wishes)


@pytest.fixture
def with_backports(archive):
    archive.package("tool", "1.0", depends="libtool-one (>= 1)")
    archive.package("libtool-one", "1.0")
    archive.package("plain", "1.0")
    archive.package("tool", "2.0", "stable-backports", depends="libtool-one (>= 2), fresh")
    archive.package("libtool-one", "2.0", "stable-backports")
    archive.package("plain", "2.0", "stable-backports")
    archive.package("fresh", "0.1", "stable-backports")
    archive.package("tool", "3.0", "experimental", depends="libtool-one (>= 3)")
    archive.package("libtool-one", "3.0", "experimental")
    archive.package("newest", "9", "experimental")
    archive.publish("stable")
    archive.publish("stable-backports", extra=BACKPORTS)
    archive.publish("experimental", extra=EXPERIMENTAL)
    return archive


SUITES = 'suites = ["stable-backports", "experimental"]\n'


@pytest.mark.parametrize("wishes", [
    ["tool"], ["plain", "tool"], ["fresh"], ["newest"], ["tool/stable-backports"], ["tool/experimental"],
    ["tool/stable-backports", "plain"], ["plain=2.0"], ["plain/stable-backports-suite", "tool"],
    ["libtool-one/experimental", "tool"], ["tool/stable"],
], ids=" ".join)
def test_candidates_are_apts(project, with_backports, tmp_path, wishes):
    expected = apt(with_backports, tmp_path, *wishes)
    assert expected is not None
    assert lock(project, with_backports, wishes, SUITES) == expected


def test_version_from_backports_brings_what_it_needs(project, with_backports):
    """apt gives up here: it takes the dependencies of NAME=VERSION from the default release alone."""
    for wish, version in {"tool=2.0": "2.0", "tool (>= 1.5)": "2.0", "tool (<< 3)": "1.0", "tool (>= 3)": "3.0"}.items():
        project.lockfile.unlink(missing_ok=True)
        found = lock(project, with_backports, [wish], SUITES)
        assert found["tool"] == found["libtool-one"] == version


def test_suite_that_is_not_among_the_sources(project, with_backports):
    conflict = lock(project, with_backports, ["tool/stable-backports"], status=1)
    assert "no tool from stable-backports" in conflict["message"] and "tool 1.0" in conflict["suggestion"]


PINS = [
    ("backports-first", '[[os.pin]]\npackage = "*"\nrelease = "stable-backports"\npriority = 600\n',
     "Package: *\nPin: release n=stable-backports\nPin-Priority: 600\n"),
    ("equal-so-newest", '[[os.pin]]\npackage = "*"\nrelease = "a=stable-backports-suite"\npriority = 500\n',
     "Package: *\nPin: release a=stable-backports-suite\nPin-Priority: 500\n"),
    ("one-package", '[[os.pin]]\npackage = ["libtool-*", "nothing"]\nrelease = "o=Tests,n=stable-backports"\npriority = 700\n',
     "Package: libtool-* nothing\nPin: release o=Tests,n=stable-backports\nPin-Priority: 700\n"),
    ("by-version", '[[os.pin]]\npackage = "plain"\nversion = "2*"\npriority = 501\n',
     "Package: plain\nPin: version 2*\nPin-Priority: 501\n"),
    ("specific-before-general", '[[os.pin]]\npackage = "*"\nrelease = "experimental"\npriority = 900\n'
     '[[os.pin]]\npackage = "tool"\nrelease = "experimental"\npriority = 50\n',
     "Package: *\nPin: release n=experimental\nPin-Priority: 900\n\n"
     "Package: tool\nPin: release n=experimental\nPin-Priority: 50\n"),
    ("first-general-counts", '[[os.pin]]\npackage = "*"\nrelease = "experimental"\npriority = 50\n'
     '[[os.pin]]\npackage = "*"\nrelease = "experimental"\npriority = 900\n',
     "Package: *\nPin: release n=experimental\nPin-Priority: 50\n\n"
     "Package: *\nPin: release n=experimental\nPin-Priority: 900\n"),
    ("forbidden-release", '[[os.pin]]\npackage = "*"\nrelease = "stable"\npriority = -1\n',
     "Package: *\nPin: release n=stable\nPin-Priority: -1\n"),
]


@pytest.mark.parametrize("pins, preferences", [entry[1:] for entry in PINS], ids=[entry[0] for entry in PINS])
def test_pins_are_apts_preferences(project, with_backports, tmp_path, pins, preferences):
    wishes = ["tool", "plain"]
    expected = apt(with_backports, tmp_path, *wishes, preferences=preferences)
    assert expected is not None
    assert lock(project, with_backports, wishes, SUITES + pins) == expected
    assert project.lock_document()["inputs"]["os"]["pins"]
    project.run("lock", "--check").succeeded()


def test_forbidden_and_excluded_packages_are_told(project, with_backports):
    pin = '[[os.pin]]\npackage = "plain"\nrelease = "*"\npriority = -1\n'
    assert "a pin forbids plain" in lock(project, with_backports, ["plain"], pin, status=1)["message"]
    conflict = lock(project, with_backports, ["tool"], 'exclude = ["libtool-one"]\n', status=1)
    assert "libtool-one" in conflict["message"] and "os.exclude" in conflict["message"]


def test_exclusion_takes_the_other_alternative(project, archive, tmp_path):
    archive.package("app", depends="first | second", recommends="third")
    for name in ("first", "second", "third"):
        archive.package(name)
    archive.publish()
    assert set(lock(project, archive, ["app"])) == {"app", "first"}
    assert set(lock(project, archive, ["app"], 'exclude = ["first", "third"]\nrecommends = true\n')) == {"app", "second"}
    assert apt(archive, tmp_path, "app", "first-", "third-", recommends=True) == {"app": "1", "second": "1"}


def test_recommends_of_some_packages(project, archive):
    for name in ("one", "two"):
        archive.package(name, recommends=f"{name}-extra, none-such")
        archive.package(f"{name}-extra", recommends="deep")
    archive.package("deep")
    archive.publish()
    assert set(lock(project, archive, ["one", "two"], 'recommends = ["one"]\n')) == {"one", "one-extra", "two"}
    assert set(lock(project, archive, ["one", "two"], "recommends = true\n")) == {
        "one", "one-extra", "two", "two-extra", "deep"}


def test_extra_archive_stands_beside_the_machines(project, world, archive, tmp_path):
    from world.debian_archive import SigningKey

    archive.package("tool", "1")
    archive.publish()
    key = SigningKey(tmp_path / "vendor-key", "Vendor")
    vendor = StanzaArchive(world.server, key, tmp_path, "vendor")
    vendor.package("driver", "5", "special", depends="tool")
    vendor.publish("special", origin="Vendor")
    key.close()
    index = f'[[os.index]]\nurl = "{vendor.url}"\nsuites = ["special"]\nsigned-by = "{key.public}"\n'
    assert lock(project, archive, ["driver"], index + "extra = true\n") == {"driver": "5", "tool": "1"}
    signers = {release["source"]: release["signed_by"] for release in project.lock_document()["os"]["releases"]}
    assert signers == {"tests stable": [world.key.fingerprint], "vendor special": [key.fingerprint]}
    # Each archive's keys are its own: the machine's do not sign for the vendor.
    project.write("mlrepro.toml", (project.folder / "mlrepro.toml").read_text().replace(str(key.public),
                                                                                      str(world.key.public)))
    project.lockfile.unlink()
    result = project.run("lock", "--json", env={"MLREPRO_APT_DIR": str(archive.sources(["stable"]))}).failed(2)
    assert result.json()["error"]["code"] == "signature"
    assert "needs tool" in lock(project, archive, ["driver"], index, status=1)["message"]
