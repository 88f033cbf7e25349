"""What an archive says of itself: signatures, dates, forms of its indexes, and a mirror that changes meanwhile."""

import datetime
import re
import shutil
import subprocess

import pytest
from world.clock import clock_at, needs_faketime
from world.debian_archive import DATE, SigningKey, StanzaArchive
from world.server import Content

INRELEASE = "/choice/dists/stable/InRelease"


@pytest.fixture
def archive(world, tmp_path):
    archive = StanzaArchive(world.server, world.key, tmp_path)
    archive.package("tool")
    archive.publish()
    return archive


def lock(project, archive, *arguments):
    project.write("mlrepro.toml", '[os]\nsuite = "stable"\npackages = ["tool"]\n')
    return project.run("lock", "--json", *arguments, env={"MLREPRO_APT_DIR": str(archive.sources(["stable"]))})


def refused(project, archive, code, *words, arguments=()):
    error = lock(project, archive, *arguments).failed(2).json()["error"]
    assert error["code"] == code, error
    for word in words:
        assert re.search(word, error["message"]), (word, error["message"])
    assert error["hint"]
    assert archive.server.url not in error["message"] or code != "signature"


def sign_with(archive, key, *options, text=None):
    """The same text signed in another way."""
    command = ["gpg", "--homedir", str(key.home), "--batch", "--quiet", "--passphrase", "", "--pinentry-mode",
               "loopback", *options, "--clearsign"]
    body = subprocess.run(command, input=(text or archive.release).encode(), capture_output=True, check=True).stdout
    archive.server.content[INRELEASE] = Content(body)
    return body


@pytest.mark.parametrize("change", [
    lambda body: b"Suite: evil\n" + body, lambda body: body + b"Suite: evil\n",
    lambda body: body.replace(b"-----BEGIN PGP SIGNATURE-----", b"evil\n-----BEGIN PGP SIGNATURE-----", 1),
    lambda body: body.replace(b"Hash: SHA512\n", b"Hash: SHA512\nSuite: evil\n", 1),
    lambda body: body + body, lambda body: body.split(b"-----BEGIN PGP SIGNATURE-----")[0],
    lambda body: body.replace(b"-----BEGIN PGP SIGNED MESSAGE-----", b"", 1),
], ids=["before", "after", "inside", "header", "twice", "no-signature", "no-frame"])
def test_text_around_the_signature(project, archive, change):
    content = archive.server.content
    content[INRELEASE] = Content(change(content[INRELEASE].body))
    refused(project, archive, "signature", "InRelease of stable has no good signature")


@pytest.mark.parametrize("digest", ["SHA1", "MD5", "RIPEMD160"])
def test_weak_digest(project, archive, digest):
    try:
        sign_with(archive, archive.key, "--allow-weak-digest-algos", "--digest-algo", digest)
    except subprocess.CalledProcessError:
        pytest.skip(f"this gpg does not sign with {digest}")
    refused(project, archive, "signature", "(?i)" + digest.replace("RIPEMD160", "RIPEMD"))


def test_wrong_key(project, archive, tmp_path):
    stranger = SigningKey(tmp_path / "stranger", "A stranger")
    sign_with(archive, stranger, "--digest-algo", "SHA512")
    stranger.close()
    refused(project, archive, "signature", stranger.fingerprint[-16:])


def test_expired_key(project, world, tmp_path):
    key = SigningKey(tmp_path / "short", "Short-lived")
    at = "20250101T000000"
    key._gpg("--faked-system-time", at + "!", "--quick-generate-key", "Old <old@example.org>", "rsa2048", "sign",
             "2025-03-02")
    old = [line.split(":")[9] for line in key._gpg("--with-colons", "--list-keys").decode().splitlines()
           if line.startswith("fpr:")][-1]
    key.public.write_bytes(key._gpg("--export", old))
    archive = StanzaArchive(world.server, key, tmp_path)
    archive.package("tool")
    archive.publish()
    sign_with(archive, key, "--faked-system-time", "20250201T000000!", "--local-user", old, "--digest-algo", "SHA512")
    key.close()
    refused(project, archive, "signature", "expired")


def test_dates(project, archive):
    archive.publish(extra="Valid-Until: Sun, 02 Mar 2025 08:00:00 UTC\n")
    refused(project, archive, "expired", "2025-03-02T08:00:00Z")
    ahead = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=3)
    archive.publish(date=ahead.strftime("%a, %d %b %Y %H:%M:%S UTC"))
    refused(project, archive, "not-yet-valid", "in the future")


def test_older_state_than_the_locked_one_is_a_replay(project, archive):
    archive.publish(date="Sat, 08 Mar 2025 08:00:00 UTC")
    lock(project, archive).succeeded()
    before = project.lockfile.read_bytes()
    archive.publish(date=DATE)
    refused(project, archive, "replayed", "2025-03-01T08:00:00Z", "2025-03-08T08:00:00Z", arguments=["--upgrade"])
    assert project.lockfile.read_bytes() == before
    lock(project, archive).succeeded()  # a lock that satisfies its manifest asks nobody
    project.lockfile.unlink()
    lock(project, archive).succeeded()


@pytest.mark.parametrize("form", ["xz", "gz", "zst", ""])
@pytest.mark.parametrize("by_hash", [True, False])
def test_each_form_of_index(project, archive, form, by_hash):
    if form == "zst" and not shutil.which("zstd"):
        pytest.skip("zstd makes the archive")
    archive.server.content = {path: body for path, body in archive.server.content.items() if "/choice/" not in path}
    archive.publish(forms=(form,), by_hash=by_hash, by_name=not by_hash)
    lock(project, archive).succeeded()
    release = project.lock_document()["os"]["releases"][0]
    assert release["indexes"][0]["path"] == "main/binary-amd64/Packages" + (f".{form}" if form else "")
    assert [package["name"] for package in project.lock_document()["os"]["packages"]] == ["tool"]


def moved_on(archive, by_hash):
    """The mirror as it is after an update of which only the InRelease is still the old one."""
    old = archive.server.content[INRELEASE]
    archive.package("newcomer")
    archive.publish(by_hash=by_hash)
    new, archive.server.content[INRELEASE] = archive.server.content[INRELEASE], old
    return new


def test_by_hash_survives_an_update_in_the_middle(project, archive):
    moved_on(archive, by_hash=True)
    lock(project, archive).succeeded()


def test_update_in_the_middle_without_by_hash_is_read_again(project, world, tmp_path):
    archive = StanzaArchive(world.server, world.key, tmp_path)
    archive.package("tool")
    archive.publish(by_hash=False)
    new = moved_on(archive, by_hash=False)
    error = lock(project, archive).failed(2).json()["error"]
    assert error["code"] == "hash-mismatch" and "try again" in error["hint"]
    asked = [request.path for request in world.server.log if request.path == INRELEASE]
    assert len(asked) == 2
    world.server.content[INRELEASE] = new
    lock(project, archive).succeeded()


def two_mirrors(archive):
    """apt's sources name a second place of the same archive first."""
    server = archive.server
    for path in [path for path in server.content if path.startswith("/choice/")]:
        server.content[path.replace("/choice/", "/second/", 1)] = server.content[path]
    folder = archive.sources(["stable"])
    sources = folder / "sources.list.d/tests.sources"
    sources.write_text(sources.read_text().replace(f"URIs: {archive.url}", f"URIs: {server.url}/second {archive.url}"))
    return {"MLREPRO_APT_DIR": str(folder)}


@pytest.mark.parametrize("lacks", ["status", "cut", "flip", "gone"])
@pytest.mark.parametrize("what", ["InRelease", "Packages"])
def test_next_mirror_of_the_same_source_is_asked(project, archive, what, lacks):
    if what == "InRelease" and lacks == "flip":
        pytest.skip("a bad signature is no reason to ask another")
    project.write("mlrepro.toml", '[os]\nsuite = "stable"\npackages = ["tool"]\n')
    environment = two_mirrors(archive)
    project.run("lock", env=environment).succeeded()
    expected = project.lockfile.read_bytes()
    project.lockfile.unlink()
    shutil.rmtree(project.cache)
    pattern = "/second/.*InRelease" if what == "InRelease" else "/second/.*/(by-hash|Packages)"
    if lacks == "gone":
        archive.server.content = {path: body for path, body in archive.server.content.items()
                                  if not re.search(pattern, path)}
    else:
        archive.server.fault(pattern, lacks, at=500 if lacks == "status" else 10)
    project.run("lock", env=environment).succeeded()
    assert project.lockfile.read_bytes() == expected


@needs_faketime
def test_clock_that_was_reset_is_named(project, archive):
    project.write("mlrepro.toml", '[os]\nsuite = "stable"\npackages = ["tool"]\n')
    environment = {"MLREPRO_APT_DIR": str(archive.sources(["stable"])), **clock_at("1980-01-01 00:00:00")}
    error = project.run("lock", "--json", env=environment).failed(2).json()["error"]
    assert "clock" in error["hint"] and "1980-01-01" in error["hint"]
