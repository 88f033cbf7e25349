"""An image as the base: its packages stay, the lock's are added on top, its layers are kept as they are."""

import hashlib
import json
import re
import shutil

import pytest

from conftest import tiny
from world.program import Project


def sha256(data):
    return hashlib.sha256(data).hexdigest()


@pytest.fixture(scope="session")
def base_layout(tmp_path_factory, filled_cache):
    """An OCI layout of dpkg and python3, made by the program itself: (folder, digest)."""
    project = filled_cache.sibling("for-base", filled_cache.cache.parent / "for-base-cache")
    shutil.copytree(filled_cache.cache / "store", project.cache / "store")
    project.lockfile.unlink()
    project.manifest(["python3"])
    project.run("lock").succeeded()
    layout = tmp_path_factory.mktemp("base") / "layout"
    image = project.run("build", "--json", "--output", f"oci:{layout}").succeeded().json()["image"]
    return layout, image["digest"]


@pytest.fixture
def on_base(project, base_layout):
    """A project whose manifest may name the base as "oci:./base@..."."""
    layout, digest = base_layout
    shutil.copytree(layout, project.folder / "base")
    project.base = f"oci:./base@{digest}"
    return project


def manifest(project, packages, base=None, requirements=None, extra=""):
    text = f'[os]\nsuite = "tiny"\nbase = "{base or project.base}"\npackages = {json.dumps(packages)}\n'
    if requirements is not None:
        text += f"[python]\nrequirements = {json.dumps(requirements)}\n"
    project.write("mlrepro.toml", text + extra)


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


@pytest.mark.parametrize("text", ["oci:", "oci:./base", "oci:@sha256:" + "0" * 64, "oci:./base@sha256:12", "docker:x"])
def test_base_that_names_no_image_by_digest(project, text):
    manifest(project, [], text)
    error = project.run("lock", "--json").failed(2).json()["error"]
    assert error["code"] == "bad-value" and "os.base" in error["message"]


def test_base_that_is_not_there(project):
    manifest(project, [], "oci:./nowhere@sha256:" + "0" * 64)
    error = project.run("lock", "--json").failed(2).json()["error"]
    assert error["code"] == "no-base" and "nowhere" in error["message"]


class Layout:
    """An OCI layout whose parts a test writes."""

    def __init__(self, folder):
        self.folder = folder
        (folder / "blobs/sha256").mkdir(parents=True)

    def blob(self, data):
        (self.folder / "blobs/sha256" / sha256(data)).write_bytes(data)
        return {"digest": "sha256:" + sha256(data), "size": len(data)}

    def image(self, layers, diff_ids=None, architecture="amd64", system="linux", kinds=None):
        """`layers`: bytes of each blob. Returns the digest of the manifest."""
        diff_ids = diff_ids or [sha256(layer) for layer in layers]
        config = {"architecture": architecture, "os": system, "config": {},
                  "rootfs": {"type": "layers", "diff_ids": ["sha256:" + each for each in diff_ids]}}
        kinds = kinds or ["application/vnd.oci.image.layer.v1.tar"] * len(layers)
        manifest = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
                    "config": {"mediaType": "application/vnd.oci.image.config.v1+json",
                               **self.blob(json.dumps(config).encode())},
                    "layers": [{"mediaType": kind, **self.blob(layer)} for kind, layer in zip(kinds, layers)]}
        return self.blob(json.dumps(manifest).encode())["digest"]


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
    layout = Layout.__new__(Layout)
    layout.folder = on_base.folder / "base"
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
