"""An image as the base of a lock: its packages stay, others are added on top; nothing of it is trusted."""

import gzip
import json
import re
import shutil
import subprocess
import tarfile
import zlib

import pytest

from conftest import tiny
from world.oci_layout import Layout, sha256, tar_of
from world.program import Project
from world.server import Content


def manifest(project, packages, base=None, requirements=None, extra=""):
    project.manifest(packages, requirements, base=base or project.base, extra=extra)


def zstd(data):
    return subprocess.run(["zstd", "-q", "-c"], input=data, capture_output=True, check=True).stdout


def os_names(project):
    return [package["name"] for package in project.lock_document()["os"]["packages"]]


def test_lock_adds_only_what_the_base_lacks(on_base):
    manifest(on_base, ["greeting", "python3"])
    on_base.run("lock").succeeded()
    section = on_base.lock_document()["os"]
    assert [package["name"] for package in section["packages"]] == ["greeting", "libgreeting"]
    base = section["base"]
    assert base["reference"] == on_base.base and base["digest"] in on_base.base
    have = {package["name"]: package for package in base["packages"]}
    assert {"dpkg", "libc6", "python3"} <= set(have)
    assert have["python3"]["requested"] is True
    config = json.loads((on_base.folder / "base/blobs/sha256" / base["config_digest"].split(":")[1]).read_text())
    assert base["diff_ids"] == config["rootfs"]["diff_ids"]
    assert [package["name"] for package in base["packages"]] == sorted(have)


def test_what_is_installed_stays_though_the_archive_has_newer(on_base, world, tmp_path):
    tiny(tmp_path, world.archive, "python3-minimal", "99.0-1")
    world.archive.publish()
    manifest(on_base, ["greeting"])
    on_base.run("lock").succeeded()
    assert os_names(on_base) == ["greeting", "libgreeting"]


def test_what_is_installed_is_upgraded_where_a_package_needs_it(on_base, world, tmp_path):
    tiny(tmp_path, world.archive, "base-passwd", "99.0-1")
    tiny(tmp_path, world.archive, "needy", "1.0", depends="base-passwd (>= 99)")
    world.archive.publish()
    manifest(on_base, ["needy"])
    on_base.run("lock").succeeded()
    assert on_base.versions("os") == {"base-passwd": "99.0-1", "needy": "1.0"}


def test_wish_for_another_version_than_the_installed(on_base, world, tmp_path):
    tiny(tmp_path, world.archive, "base-passwd", "99.0-1")
    world.archive.publish()
    manifest(on_base, ["base-passwd"])
    on_base.run("lock").succeeded()
    assert os_names(on_base) == []
    manifest(on_base, ["base-passwd (>= 99)"])
    assert "base-passwd" in on_base.run("lock", "--check").failed(1).out
    on_base.run("lock").succeeded()
    assert on_base.versions("os") == {"base-passwd": "99.0-1"}


def test_what_the_base_forbids_is_a_conflict(on_base, world, tmp_path):
    tiny(tmp_path, world.archive, "rival", "1.0", conflicts="python3-minimal")
    world.archive.publish()
    manifest(on_base, ["rival"])
    conflict = on_base.run("lock", "--json").failed(1).json()
    assert "rival 1.0" in conflict["conflicts"][0]["message"]
    assert any("the base image" in link["from"] for link in conflict["conflicts"][0]["chain"])


def test_python_of_the_base_is_the_interpreter(on_base):
    manifest(on_base, [], requirements=["alpha"])
    on_base.run("lock").succeeded()
    document = on_base.lock_document()
    assert document["os"]["packages"] == []
    assert document["python"]["interpreter"]["package"].startswith("python3.")


def test_drift_when_the_base_changes_and_none_when_it_moves(on_base):
    manifest(on_base, ["greeting"])
    on_base.run("lock").succeeded()
    on_base.run("lock", "--check").succeeded()
    shutil.move(on_base.folder / "base", on_base.folder / "moved")
    manifest(on_base, ["greeting"], on_base.base.replace("./base", "./moved"))
    on_base.run("lock", "--check").succeeded()
    before = on_base.lockfile.read_bytes()
    on_base.run("lock").succeeded()
    assert on_base.lockfile.read_bytes() == before
    manifest(on_base, ["greeting"], "oci:./moved@sha256:" + "0" * 64)
    drift = on_base.run("lock", "--check", "--json").failed(1).json()["drift"]
    assert [entry["key"] for entry in drift] == ["os.base"]
    manifest(on_base, ["greeting"], "essential")
    assert on_base.run("lock", "--check", "--json").failed(1).json()["drift"][0]["key"] == "os.base"


def test_lock_is_the_same_offline_and_without_the_layout(on_base):
    manifest(on_base, ["greeting"])
    on_base.run("lock").succeeded()
    first = on_base.lockfile.read_bytes()
    on_base.lockfile.unlink()
    shutil.rmtree(on_base.folder / "base")
    on_base.run("--offline", "lock").succeeded()
    assert on_base.lockfile.read_bytes() == first


def test_lock_from_a_tar_of_the_layout(on_base, tmp_path):
    manifest(on_base, ["greeting"])
    on_base.run("lock").succeeded()
    other = Project(tmp_path / "other", on_base.world)
    shutil.make_archive(other.folder / "base", "tar", on_base.folder / "base")
    manifest(other, ["greeting"], on_base.base.replace("./base", "base.tar"))
    other.run("lock").succeeded()
    assert other.lock_document()["os"]["base"]["layers"] == on_base.lock_document()["os"]["base"]["layers"]


def test_why_and_tree_tell_of_the_base(on_base):
    manifest(on_base, ["greeting", "python3"])
    on_base.run("lock").succeeded()
    assert "in the base image" in on_base.run("why", "libc6").succeeded().out
    [found] = on_base.run("why", "python3", "--json").succeeded().json()["packages"]
    assert found["in_base"] and found["requested"]
    [found] = on_base.run("why", "libgreeting", "--json").succeeded().json()["packages"]
    assert not found["in_base"] and found["chains"][0]["origin"] == "os.packages"
    told = on_base.run("tree").succeeded().out
    assert "python3" in told and "more packages in the base image" in told
    on_base.run("tree", "--json").succeeded().json()


@pytest.mark.parametrize("text", ["oci:", "oci:./base", "oci:@sha256:" + "0" * 64, "oci:./base@sha256:12", "docker:x",
                                  "registry.example.org/library/debian:12", "debian@sha256:" + "0" * 64])
def test_base_that_names_no_image_by_digest(project, text):
    manifest(project, [], text)
    error = project.run("lock", "--json").failed(2).json()["error"]
    assert error["code"] == "bad-value" and "os.base" in error["message"] and "oci:" in error["hint"]


def test_base_that_is_not_there(project):
    manifest(project, [], "oci:./nowhere@sha256:" + "0" * 64)
    error = project.run("lock", "--json").failed(2).json()["error"]
    assert error["code"] == "no-base" and "nowhere" in error["message"]


def in_registry(project, repository="team/image"):
    """Serves the base as a registry does. Returns its name for os.base."""
    server = project.world.server
    digest = project.base.split("@")[1]
    for blob in (project.folder / "base/blobs/sha256").iterdir():
        kind = "manifests" if blob.name == digest.split(":")[1] else "blobs"
        server.content[f"/v2/{repository}/{kind}/sha256:{blob.name}"] = Content(blob.read_bytes())
    shutil.rmtree(project.folder / "base")
    return f"oci:{server.url.split('//')[1]}/{repository}@{digest}"


def test_base_in_a_registry(on_base, world):
    manifest(on_base, ["greeting"], in_registry(on_base))
    on_base.run("lock").succeeded()
    assert os_names(on_base) == ["greeting", "libgreeting"]
    asked = [request.headers["accept"] for request in world.server.requests("/v2/.*/manifests/")]
    assert len(asked) == 1 and "vnd.oci.image.manifest.v1+json" in asked[0]
    world.server.reset()
    on_base.lockfile.unlink()
    on_base.run("lock").succeeded()
    assert world.server.requests("/v2/") == []


def test_registry_that_wants_a_token(on_base, world):
    name = in_registry(on_base)
    world.server.content["/token"] = Content(b'{"token": "opensesame"}')
    challenge = f'Bearer realm="{world.server.url}/token",service="tests",scope="repository:team/image:pull"'
    world.server.fault("/v2/", "status", 401, times=1, headers={"WWW-Authenticate": challenge})
    manifest(on_base, ["greeting"], name)
    on_base.run("lock").succeeded()
    first, *others = world.server.requests("/v2/")
    assert "authorization" not in first.headers
    assert others[0].headers["authorization"] == "Bearer opensesame"
    [token] = world.server.requests("/token")
    assert "service=tests" in token.target and "scope=repository%3Ateam%2Fimage%3Apull" in token.target


@pytest.mark.parametrize("part", ["manifests", "blobs"])
def test_registry_that_gives_other_bytes(on_base, world, part):
    manifest(on_base, [], in_registry(on_base))
    world.server.fault(f"/v2/.*/{part}/", "flip", at=-1)
    assert on_base.run("lock", "--json").failed(2).json()["error"]["code"] == "hash-mismatch"
    world.server.faults.clear()
    on_base.run("lock").succeeded()


def test_registry_that_does_not_have_it(on_base, world):
    name = in_registry(on_base)
    manifest(on_base, [], name.replace("team/image", "team/other"))
    assert on_base.run("lock", "--json").failed(3).json()["error"]["code"] == "http-status"
    manifest(on_base, [], name)
    assert on_base.run("--offline", "lock", "--json").failed(3).json()["error"]["code"] == "offline"
    manifest(on_base, [], "oci:image@" + name.split("@")[1])
    assert on_base.run("lock", "--json").failed(2).json()["error"]["code"] == "no-base"


def refused(project, digest, command="lock"):
    manifest(project, [], f"oci:./made@{digest}")
    return project.run(command, "--json").failed(2).json()["error"]


def test_base_of_another_platform(project):
    layout = Layout(project.folder / "made")
    error = refused(project, layout.image([b"\0" * 1024], architecture="arm64"))
    assert error["code"] == "base-platform" and "linux/arm64" in error["message"]
    error = refused(project, layout.image([b"\0" * 1024], system="windows"))
    assert error["code"] == "base-platform" and "windows/amd64" in error["message"]


def test_base_without_dpkg_status(project):
    error = refused(project, Layout(project.folder / "made").image([b"\0" * 1024]))
    assert error["code"] == "no-dpkg-status" and re.search("/var/lib/dpkg/status", error["message"])


def test_index_gives_the_image_for_the_platform(on_base):
    layout = Layout.at(on_base.folder / "base")
    digest = on_base.base.split("@")[1]
    size = (layout.folder / "blobs/sha256" / digest.split(":")[1]).stat().st_size
    other = layout.image([b"\0" * 1024], architecture="arm64")
    entries = [{"mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": each, "size": length,
                "platform": {"architecture": architecture, "os": "linux"}}
               for each, length, architecture in ((other, 1, "arm64"), (digest, size, "amd64"))]
    index = layout.blob(json.dumps({"schemaVersion": 2, "manifests": entries}).encode())["digest"]
    manifest(on_base, ["greeting"], f"oci:./base@{index}")
    on_base.run("lock").succeeded()
    assert on_base.lock_document()["os"]["base"]["digest"] == digest


STATUS = b"""Package: dpkg
Status: install ok installed
Priority: required
Architecture: amd64
Version: 1.21

Package: gone
Status: deinstall ok config-files
Architecture: all
Version: 1

"""
SYSTEM = ("var/lib/dpkg/status", STATUS)


@pytest.mark.parametrize("pack", [lambda data: data, gzip.compress, zstd], ids=["plain", "gzip", "zstd"])
def test_layers_of_each_compression(project, pack):
    tar = tar_of(SYSTEM)
    made = Layout(project.folder / "made")
    manifest(project, [], f"oci:./made@{made.image([pack(tar)], [sha256(tar)])}")
    project.run("lock").succeeded()
    base = project.lock_document()["os"]["base"]
    assert base["packages"] == [{"name": "dpkg", "version": "1.21", "architecture": "amd64"}]
    assert base["diff_ids"] == ["sha256:" + sha256(tar)]


@pytest.mark.parametrize("above", [("var/lib/dpkg/.wh.status", b""), ("var/.wh.lib", b""), ("var/lib/.wh..wh..opq", b""),
                                   ("var/lib", {"type": tarfile.SYMTYPE, "linkname": "/etc"})])
def test_status_that_a_later_layer_does_away_with(project, above):
    error = refused(project, Layout(project.folder / "made").image([tar_of(SYSTEM), tar_of(above)]))
    assert error["code"] == "no-dpkg-status"


def test_status_of_the_latest_layer_counts(project):
    layers = [tar_of(SYSTEM), tar_of(("var/lib/.wh.dpkg", b""), (SYSTEM[0], STATUS.replace(b"1.21", b"1.22")))]
    manifest(project, [], f"oci:./made@{Layout(project.folder / 'made').image(layers)}")
    project.run("lock").succeeded()
    assert project.lock_document()["os"]["base"]["packages"][0]["version"] == "1.22"


HOSTILE = {
    "parent": ("../outside", b"x"), "within": ("etc/../../outside", b"x"), "absolute": ("/../outside", b"x"),
    "whiteout-of-nothing": ("etc/.wh.", b""), "whiteout-of-parent": ("etc/.wh...", b""),
    "whiteout-of-itself": ("etc/.wh..", b""), "whiteout-of-whiteout": ("etc/.wh..wh.name", b""),
    "device": ("etc/device", {"type": tarfile.CHRTYPE, "devmajor": 1, "devminor": 3}),
    "block": ("usr/block", {"type": tarfile.BLKTYPE}), "pipe": ("etc/pipe", {"type": tarfile.FIFOTYPE}),
    "link-to-itself": ("etc/name", {"type": tarfile.LNKTYPE, "linkname": "etc/name"}),
    "link-outside": ("etc/name", {"type": tarfile.LNKTYPE, "linkname": "../../etc/shadow"}),
    "long-name": ("x" * 300, b""),
}


@pytest.mark.parametrize("member", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_member_is_refused_by_name(project, member):
    error = refused(project, Layout(project.folder / "made").image([tar_of(SYSTEM), tar_of(member)]))
    named = [member[0], member[1]["linkname"]] if isinstance(member[1], dict) and "linkname" in member[1] else [member[0]]
    assert error["code"] in ("bad-layer", "bad-path")
    assert any(name.lstrip("/")[:200] in error["message"] for name in named), error["message"]
    assert not project.lockfile.exists()
    assert not (project.folder.parent / "outside").exists()


def test_name_that_is_there_twice_is_refused(project):
    layer = tar_of(SYSTEM, ("etc/name", b"1"), ("etc/name", b"2"))
    error = refused(project, Layout(project.folder / "made").image([layer]))
    assert error["code"] == "bad-layer" and "etc/name" in error["message"]


def test_layer_that_is_not_what_its_configuration_says(project):
    made = Layout(project.folder / "made")
    error = refused(project, made.image([tar_of(SYSTEM)], [sha256(b"another")]))
    assert error["code"] == "bad-layer" and sha256(tar_of(SYSTEM)) in error["message"]


@pytest.mark.parametrize("part", ["manifest", "config", "layer"])
@pytest.mark.parametrize("harm", ["flip", "shorten", "lengthen"])
def test_blob_that_is_not_what_it_is_named_after(project, part, harm):
    made = Layout(project.folder / "made")
    digest = made.image([tar_of(SYSTEM)])
    manifest_file = made.folder / "blobs/sha256" / digest.split(":")[1]
    names = json.loads(manifest_file.read_text())
    wanted = {"manifest": digest, "config": names["config"]["digest"], "layer": names["layers"][0]["digest"]}[part]
    file = made.folder / "blobs/sha256" / wanted.split(":")[1]
    data = file.read_bytes()
    file.write_bytes({"flip": data[:-1] + bytes([data[-1] ^ 1]), "shorten": data[:-1], "lengthen": data + b"\0"}[harm])
    assert refused(project, digest)["code"] == "hash-mismatch"


@pytest.mark.parametrize("size", [-1, 1.5, "7", 1 << 70])
def test_size_that_is_no_size(project, size):
    made = Layout(project.folder / "made")
    digest = made.image([tar_of(SYSTEM)])
    document = json.loads((made.folder / "blobs/sha256" / digest.split(":")[1]).read_text())
    document["layers"][0]["size"] = size
    assert refused(project, made.blob(json.dumps(document).encode())["digest"])["code"] == "bad-manifest"


def test_bomb_is_refused(project):
    tar = tar_of(SYSTEM, ("zeros", b"\0" * (1 << 20)))
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    block = b"\0" * (1 << 24)
    bomb = packer.compress(tar) + b"".join(packer.compress(block) for _ in range(44)) + packer.flush()
    error = refused(project, Layout(project.folder / "made").image([bomb], ["0" * 64]))
    assert error["code"] == "too-large"


def test_base_with_a_package_half_installed(project):
    broken = STATUS.replace(b"install ok installed", b"install ok half-installed")
    error = refused(project, Layout(project.folder / "made").image([tar_of((SYSTEM[0], broken))]))
    assert error["code"] == "bad-base" and "dpkg" in error["message"]


def test_base_without_dpkg_takes_no_packages(project):
    other = tar_of((SYSTEM[0], STATUS.replace(b"Package: dpkg", b"Package: other")))
    digest = Layout(project.folder / "made").image([other])
    manifest(project, ["libgreeting"], f"oci:./made@{digest}")
    assert project.run("lock", "--json").failed(2).json()["error"]["code"] == "no-dpkg"
