"""build over a base image: its layers stay as they are, what is added lies over them."""

import gzip
import io
import json
import shutil
import tarfile
from pathlib import Path

import pytest

from conftest import tiny
from world.hostile_package import HOSTILE_MEMBERS, hostile_deb, members_at
from world.oci_layout import Layout, listing, sha256, tar_of


def built(project, packages, requirements=None, **options):
    """Locks and builds. Returns what `build --json` says."""
    project.manifest(packages, requirements, base=project.base, **options)
    project.run("lock").succeeded()
    return project.run("build", "--json").succeeded().json()


def extended(project, *members, environment=None, pack=lambda data: data):
    """The project's base with one more layer."""
    layout = Layout.at(project.folder / "base")
    digest = layout.over(project.base.split("@")[1], tar_of(*members), environment, pack)
    project.base = f"oci:./base@{digest}"


def layout_of(project):
    """The built image as an OCI layout: (layout, digest)."""
    image = project.run("build", "--json", "--output", "oci:image").succeeded().json()["image"]
    return Layout.at(project.folder / "image"), image["digest"]


def rootfs(project):
    [folder] = [path.parent for path in project.cache.glob("images/*/complete")]
    return folder / "rootfs"


def test_layers_of_the_base_stay_and_give_the_tree_with_what_is_added(on_base, tmp_path):
    answer = built(on_base, ["greeting"])
    layout, digest = layout_of(on_base)
    document = layout.json(digest)
    base = Layout.at(on_base.folder / "base").json(on_base.base.split("@")[1])
    assert document["layers"][:-1] == base["layers"]
    assert document["annotations"]["org.opencontainers.image.base.digest"] == on_base.base.split("@")[1]
    config = layout.json(document["config"]["digest"])
    assert config["rootfs"]["diff_ids"] == answer["image"]["diff_ids"]
    assert len(config["history"]) == len(document["layers"])
    unpacked = listing(layout.unpack(digest, tmp_path / "unpacked"))
    assert unpacked == listing(rootfs(on_base))
    assert {"usr/share/greeting/version", "var/lib/greeting-zone"} <= set(unpacked)
    with tarfile.open(fileobj=io.BytesIO(layout.read(document["layers"][-1]["digest"]))) as tar:
        added = tar.getnames()
    assert "usr/share/greeting/version" in added and not any("python3" in name for name in added)


def test_what_is_added_runs(on_base):
    built(on_base, ["greeting"])
    out = on_base.run("run", "--no-record", "--", "dpkg-query", "-W", "-f", "${Package} ${Status}\n").succeeded().out
    assert "greeting install ok installed" in out and "python3 install ok installed" in out
    assert on_base.run("run", "--no-record", "--", "cat", "/var/lib/greeting-zone").succeeded().out == "UTC\n"


def test_environment_of_python(on_base):
    built(on_base, [], ["alpha", "tool"])
    out = on_base.run("run", "--no-record", "--", "python3", "-c", "import alpha, sys; print(sys.prefix)").succeeded().out
    assert out == "/opt/env\n"
    assert on_base.run("run", "--no-record", "--", "tool").succeeded().out == "tool runs\n"


def test_same_digest_twice_and_from_another_cache(on_base):
    first = built(on_base, ["greeting"], ["alpha"])
    again = on_base.run("build", "--twice", "--json").succeeded().json()
    assert again["reproducible"] and again["image"] == first["image"] and "order of unpacking" not in again["perturbed"]
    other = on_base.sibling("other", on_base.cache.parent / "other-cache")
    assert other.run("build", "--json", env={"TZ": "Asia/Tokyo"}).succeeded().json()["image"] == first["image"]


def test_operating_system_is_taken_over_when_python_changes(on_base):
    built(on_base, ["greeting"], ["alpha"])
    second = built(on_base, ["greeting"], ["beta"])
    assert "take over" in second["phases"] and "install over base" not in second["phases"]
    assert on_base.run("build", "--no-cache", "--json").succeeded().json()["image"] == second["image"]


def test_environment_of_the_base_is_hidden_by_one_of_the_lock_and_stays_without(on_base, tmp_path):
    built(on_base, ["greeting"], ["alpha"])
    shutil.rmtree(on_base.folder / "base")
    layout, digest = layout_of(on_base)
    layout.folder.rename(on_base.folder / "base")
    on_base.base = f"oci:./base@{digest}"
    built(on_base, [])
    run = ["run", "--no-record", "--", "python3", "-c"]
    on_base.run(*run, "import alpha").succeeded()
    built(on_base, [], ["gamma"])
    assert "No module named 'alpha'" in on_base.run(*run, "import gamma, alpha").failed(1).err
    layout, digest = layout_of(on_base)
    found = listing(layout.unpack(digest, tmp_path / "unpacked"))
    assert not any("alpha" in path for path in found)
    assert found == listing(on_base.cache / "images" / digest.split(":")[1] / "rootfs")
    [path] = [line for line in layout.environment(digest) if line.startswith("PATH=")]
    assert path.count("/opt/env/bin") == 1


def test_what_the_base_has_stays_as_it_came(on_base):
    extended(on_base, ("var/log/old.log", b"of the base\n"), ("etc/machine-id", b"0123456789abcdef0123456789abcdef\n"),
             ("etc/hostname", b"base\n"), ("var/cache/apt/pkgcache.bin", b"kept"), ("run/kept", b"kept"), pack=gzip.compress)
    built(on_base, ["greeting"])
    tree = rootfs(on_base)
    assert (tree / "var/log/old.log").read_text() == "of the base\n"
    assert (tree / "etc/machine-id").read_text().startswith("0123")
    assert (tree / "etc/hostname").read_text() == "base\n"
    assert (tree / "run/kept").is_file()
    assert int((tree / "var/log/old.log").stat().st_mtime) == 0
    assert not (tree / "var/log/dpkg.log").exists()


def test_upgrade_takes_away_what_the_new_version_lacks(on_base, world, tmp_path):
    tiny(tmp_path, world.archive, "shrinking", "1.0", {"/usr/share/shrinking/old": "1\n", "/usr/share/gone/file": "1\n"})
    world.archive.publish()
    built(on_base, ["shrinking"])
    shutil.rmtree(on_base.folder / "base")
    layout, digest = layout_of(on_base)
    layout.folder.rename(on_base.folder / "base")
    on_base.base = f"oci:./base@{digest}"
    tiny(tmp_path, world.archive, "shrinking", "2.0", {"/usr/share/shrinking/new": "2\n"})
    world.archive.publish()
    built(on_base, ["shrinking (>= 2)"])
    layout, digest = layout_of(on_base)
    unpacked = layout.unpack(digest, tmp_path / "unpacked")
    assert (unpacked / "usr/share/shrinking/new").is_file()
    assert not (unpacked / "usr/share/shrinking/old").exists() and not (unpacked / "usr/share/gone").exists()
    assert listing(unpacked) == listing(on_base.cache / "images" / digest.split(":")[1] / "rootfs")


def test_package_that_pre_depends_on_another_new_one(on_base, world, tmp_path):
    tiny(tmp_path, world.archive, "early", "1.0", scripts={"postinst": "#!/bin/sh\ntouch /var/lib/early-is-configured\n"})
    tiny(tmp_path, world.archive, "late", "1.0", pre_depends="early",
         scripts={"preinst": "#!/bin/sh\ntest -e /var/lib/early-is-configured\n"})
    world.archive.publish()
    built(on_base, ["late"])
    assert (rootfs(on_base) / "usr/share/late/version").is_file()


def test_failing_script_is_told_with_its_words(on_base, world, tmp_path):
    tiny(tmp_path, world.archive, "failing", "1.0", scripts={"postinst": "#!/bin/sh\necho out of luck\nexit 7\n"})
    world.archive.publish()
    on_base.manifest(["failing"], base=on_base.base)
    on_base.run("lock").succeeded()
    error = on_base.run("build", "--json").failed(2).json()["error"]
    assert error["code"] == "configure-failed" and "failing" in error["message"] and "out of luck" in error["message"]
    assert not list(on_base.cache.glob("images/*/complete")) and not list(on_base.cache.glob("images/.building-*"))


def test_scripts_cannot_write_to_the_store(on_base, world, tmp_path):
    tiny(tmp_path, world.archive, "nosy", "1.0",
         scripts={"preinst": "#!/bin/sh\nfor file in /mlrepro-archives/*; do echo harm >> $file; done\n"})
    world.archive.publish()
    on_base.manifest(["nosy"], base=on_base.base)
    on_base.run("lock").succeeded()
    on_base.run("build")
    on_base.run("store", "check").succeeded()


def test_environment_of_the_base_reaches_the_image_and_runs(on_base):
    extended(on_base, ("etc/more", b"more"), environment=["CUDA_HOME=/usr/local/cuda", "PATH=/usr/local/cuda/bin:/usr/bin:/bin"])
    built(on_base, [], ["alpha"])
    layout, digest = layout_of(on_base)
    environment = layout.environment(digest)
    assert "CUDA_HOME=/usr/local/cuda" in environment
    seen = on_base.run("run", "--no-record", "--", "/usr/bin/env").succeeded().out.splitlines()
    assert "CUDA_HOME=/usr/local/cuda" in seen
    [path] = [line for line in environment if line.startswith("PATH=")]
    assert path.startswith("PATH=/opt/env/bin:") and path in seen


def test_every_output(on_base):
    extended(on_base, ("etc/packed", b"packed" * 1000), pack=gzip.compress)
    answer = built(on_base, ["greeting"], ["alpha"])
    on_base.run("build", "--output", "docker-archive:image.tar", "--output", "rootfs:tree", "--output", "oci-archive:oci.tar",
                "--output", "squashfs:image.squashfs").succeeded()
    with tarfile.open(on_base.folder / "image.tar") as tar:
        [listed] = json.load(tar.extractfile("manifest.json"))
        layers = [sha256(tar.extractfile(name).read()) for name in listed["Layers"]]
    assert ["sha256:" + each for each in layers] == answer["image"]["diff_ids"]
    assert (on_base.folder / "tree/etc/packed").read_bytes() == b"packed" * 1000
    with tarfile.open(on_base.folder / "oci.tar") as tar:
        for member in tar.getmembers():
            if member.name.startswith("blobs/sha256/"):
                assert sha256(tar.extractfile(member).read()) == member.name.rsplit("/", 1)[1]
    assert (on_base.folder / "image.squashfs").read_bytes()[:4] == b"hsqs"


@pytest.mark.parametrize("victim", ["rootfs/usr/share/greeting/version", "rootfs/usr/bin/dpkg", "os.tar"])
def test_damage_is_found_and_healed(on_base, victim):
    first = built(on_base, ["greeting"])
    folder = rootfs(on_base).parent
    on_base.flip(folder / victim)
    answer = on_base.run("store", "check", "--json")
    assert answer.status == 1 and first["image"]["digest"].split(":")[1] in answer.out
    assert on_base.run("build", "--json").succeeded().json()["image"] == first["image"]


def test_collecting_garbage_keeps_the_base(on_base):
    built(on_base, ["greeting"])
    shutil.rmtree(on_base.folder / "base")
    on_base.run("store", "gc").succeeded()
    on_base.run("build", "--no-cache", "--output", "oci:image").succeeded()


def test_bundle_of_an_image_over_a_base(on_base, tmp_path):
    first = built(on_base, ["greeting"], ["alpha"])
    file = tmp_path / "project.bundle"
    on_base.run("bundle", "-o", file).succeeded()
    other = type(on_base)(tmp_path / "opened", on_base.world, tmp_path / "opened-cache")
    other.environment["PIP_INDEX_URL"] = "http://127.0.0.1:1/"
    other.run("--offline", "bundle", "--open", file).succeeded()
    reused = other.run("--offline", "build", "--json", "--output", "oci:image").succeeded().json()
    assert reused["reused"] and reused["image"] == first["image"]
    other.run("store", "check").succeeded()
    other.run("--offline", "run", "--no-record", "--", "python3", "-c", "import alpha").succeeded()
    assert other.run("--offline", "build", "--no-cache", "--json").succeeded().json()["image"] == first["image"]


@pytest.mark.parametrize("name", HOSTILE_MEMBERS)
def test_hostile_package_is_refused_by_its_member(on_base, world, tmp_path, name):
    outside = tmp_path / "outside"
    outside.mkdir()
    members = members_at(name, outside)
    hostile_deb(world, tmp_path, members)
    on_base.manifest(["hostile"], base=on_base.base)
    on_base.run("lock").succeeded()
    error = on_base.run("build", "--json").failed(2).json()["error"]
    assert error["code"] == "bad-deb" and "hostile 1.0" in error["message"]
    named = [text.removeprefix("./") for entry, _ in members for text in (entry.name, entry.linkname) if text]
    assert any(text in error["message"] for text in named), error["message"]
    assert list(outside.iterdir()) == []


HOSTILE_LAYERS = {
    "through-a-link": [("usr/share/out", {"type": tarfile.SYMTYPE, "linkname": "/tmp"}), ("usr/share/out/file", b"x")],
    "through-a-link-to-a-parent": [("usr/share/up", {"type": tarfile.SYMTYPE, "linkname": "../../../../.."}),
                                   ("usr/share/up/outside", b"x")],
    "below-a-file": [("usr/share/plain", b"x"), ("usr/share/plain/below", b"x")],
    "link-to-a-folder": [("usr/share/linked", {"type": tarfile.LNKTYPE, "linkname": "etc"})],
    "link-to-nothing": [("usr/share/linked", {"type": tarfile.LNKTYPE, "linkname": "usr/share/nowhere"})],
    "link-through-a-link": [("usr/share/out", {"type": tarfile.SYMTYPE, "linkname": "/etc"}),
                            ("usr/share/linked", {"type": tarfile.LNKTYPE, "linkname": "usr/share/out/shadow"})],
    "etc-is-a-link": [(".wh.etc", b""), ("etc", {"type": tarfile.SYMTYPE, "linkname": "/tmp"})],
    "var-is-a-file": [(".wh.var", b""), ("var", b"x")],
}


@pytest.mark.parametrize("members", HOSTILE_LAYERS.values(), ids=HOSTILE_LAYERS.keys())
def test_hostile_layer_writes_nothing_outside(on_base, members):
    extended(on_base, *members)
    on_base.manifest(["greeting"], base=on_base.base)
    locked = on_base.run("lock", "--json")
    error = (on_base.run("build", "--json") if locked.status == 0 else locked).failed(2).json()["error"]
    assert error["code"] in ("bad-layer", "bad-path", "bad-base", "no-dpkg-status")
    assert members[-1][0] in error["message"] or error["code"] == "no-dpkg-status", error["message"]
    assert not any(Path("/tmp", name).exists() for name in ("file", "outside")) and not Path("/outside").exists()
    assert not list(on_base.cache.glob("images/*/complete"))
