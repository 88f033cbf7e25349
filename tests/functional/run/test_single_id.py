"""A user with no other id than his own: no image is built, but one that was built elsewhere is run, and owned as it should be."""

import json
import os
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

import pytest

from world.oci_layout import Layout, tar_of
from world.program import Project, program_path

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become another user")

USER = 61234  # in no /etc/subuid
TRAINING = "import os\nopen('output/model', 'w').write(f'trained by {os.getuid()}')\n"


@pytest.fixture(scope="module")
def place():
    """A folder that this user can reach, with the program in it."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        shutil.copy(program_path(), folder / "mlrepro")
        yield folder


class OwnId(Project):
    """A project of that user."""

    def __init__(self, place, world):
        folder = Path(tempfile.mkdtemp(dir=place))
        super().__init__(folder / "project", world)
        self.program = place / "mlrepro"
        self.environment["PIP_INDEX_URL"] = "http://127.0.0.1:1/"
        subprocess.run(["chown", "-R", f"{USER}:{USER}", folder], check=True)

    def start(self, *arguments, env=None, prefix=(), **options):
        command = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", *map(str, prefix), str(self.program),
                   *map(str, arguments)]
        return subprocess.Popen(command, cwd=self.folder, env={**self.environment, **(env or {})}, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)


@pytest.fixture(scope="module")
def bundle(place, filled_cache, tmp_path_factory):
    """A project with a run on record, whose image has files of other users."""
    folder = tmp_path_factory.mktemp("whole")
    project = Project(folder / "project", filled_cache.world)
    shutil.copytree(filled_cache.folder, project.folder, dirs_exist_ok=True)
    shutil.copytree(filled_cache.cache / "store", project.cache / "store")
    project.write("train.py", TRAINING)
    project.run("build").succeeded()
    project.run("run").succeeded()
    file = place / "project.bundle"
    project.run("bundle", "-o", file).succeeded()
    file.chmod(0o644)
    return project, file


@pytest.fixture
def opened(place, bundle, world):
    project = OwnId(place, world)
    answer = project.run("bundle", "--open", bundle[1], "--json").succeeded().json()
    assert answer["images"] == 1
    project.write("train.py", TRAINING)
    (project.folder / "output").mkdir(exist_ok=True)
    os.chown(project.folder / "output", USER, USER)
    return project


def owners(archive):
    """{path: (uid, gid)} of all layers of a docker archive."""
    found = {}
    with tarfile.open(archive) as outer:
        for name in json.load(outer.extractfile("manifest.json"))[0]["Layers"]:
            with tarfile.open(fileobj=outer.extractfile(name)) as layer:
                found |= {member.name: (member.uid, member.gid) for member in layer}
    return found


def test_a_run_works_and_what_it_writes_is_the_users(opened):
    opened.run("run").succeeded()
    model = opened.folder / "output/model"
    assert model.read_text() == "trained by 0" and model.stat().st_uid == USER
    document = opened.run("verify", "--run", "latest", "--replay", "--json").succeeded().json()
    assert document["verdict"] == "verified"


def test_who_owns_what_is_not_lost(opened, bundle, tmp_path):
    project, _ = bundle
    there, here = tmp_path / "there.tar", opened.folder / "here.tar"
    project.run("build", "--output", f"docker-archive:{there}").succeeded()
    opened.run("build", "--output", f"docker-archive:{here}").succeeded()
    assert here.read_bytes() == there.read_bytes()
    assert any(owner != (0, 0) for owner in owners(here).values())


def test_it_goes_on_in_a_bundle_of_that_user(opened, place, world):
    opened.run("bundle", "-o", "again.bundle").succeeded()
    other = OwnId(place, world)
    assert other.run("bundle", "--open", opened.folder / "again.bundle", "--json").succeeded().json()["images"] == 1


def test_store_check_looks_at_such_a_tree(opened):
    assert opened.run("store", "check", "--json").succeeded().json()["images"] == 1
    rootfs = next(opened.cache.glob("images/*/rootfs"))
    (rootfs / "etc/motd").write_text("altered\n")
    document = opened.run("store", "check", "--json").failed(1).json()
    assert "tree was changed" in document["damaged_images"][0]["detail"]


@pytest.mark.parametrize("text", ["x", "1 \0", "-1 0 etc/passwd\0", "1 4294967296 etc/passwd\0"])
def test_owners_that_were_altered_are_seen(opened, text):
    next(opened.cache.glob("images/*/owners")).write_text(text)
    document = opened.run("store", "check", "--json").failed(1).json()
    assert "owners" in document["damaged_images"][0]["detail"]


def test_another_user_cannot_be_had(opened):
    result = opened.run("run", "--user", "1000", "--", "true").failed(125)
    assert "--user 1000" in result.err and "subordinate ids" in result.err


def test_no_image_is_built(opened):
    shutil.rmtree(opened.cache / "images")
    for arguments, status in [(["build"], 3), (["run"], 125)]:
        result = opened.run(*arguments).failed(status)
        assert "/etc/subuid" in result.err and "bundle" in result.err
    assert not list(opened.cache.glob("images/*"))


def test_erofs_cannot_be_written(opened):
    result = opened.run("build", "--output", "erofs:image.erofs").failed(3)
    assert "squashfs" in result.err and not (opened.folder / "image.erofs").exists()


class OverBase:
    """A project over a base with a file of another user, of root and of that user: both have the same manifest and lock."""

    def __init__(self, place, layout, digest, world, index):
        base = Path(tempfile.mkdtemp(dir=place)) / "base"
        shutil.copytree(layout, base)
        base.parent.chmod(0o755)
        foreign = tar_of(("srv/foreign", {"uid": 33, "gid": 42, "mode": 0o640}))
        self.base = f"oci:{base}@{Layout.at(base).over(digest, foreign)}"
        self.roots, self.own = Project(Path(tempfile.mkdtemp(dir=place)) / "project", world), OwnId(place, world)
        self.roots.environment["PIP_INDEX_URL"] = self.own.environment["PIP_INDEX_URL"] = index

    def lock(self, packages, requirements):
        """By root, who can read apt's sources."""
        self.roots.manifest(packages, requirements, base=self.base)
        self.roots.run("lock").succeeded()
        for name in ("mlrepro.toml", "mlrepro.lock"):
            shutil.copy(self.roots.folder / name, self.own.folder / name)
            os.chown(self.own.folder / name, USER, USER)


@pytest.fixture
def over_base(place, base_layout, filled_cache, world):
    return OverBase(place, *base_layout, world, filled_cache.environment["PIP_INDEX_URL"])


def test_over_a_base_that_has_all_packages_an_image_is_built(over_base, tmp_path):
    over_base.lock([], ["alpha", "tool"])
    own, there = over_base.own, tmp_path / "there.tar"
    image = over_base.roots.run("build", "--json", "--output", f"docker-archive:{there}").succeeded().json()["image"]
    assert own.run("build", "--json", "--output", "docker-archive:here.tar").succeeded().json()["image"] == image
    assert (own.folder / "here.tar").read_bytes() == there.read_bytes()
    own.run("build", "--output", "squashfs:here.squashfs").succeeded()
    assert "33/42" in subprocess.run(["unsquashfs", "-lln", own.folder / "here.squashfs", "srv/foreign"], check=True,
                                     capture_output=True, text=True).stdout
    assert own.run("run", "--no-record", "--", "tool").succeeded().out == "tool runs\n"
    own.run("store", "check").succeeded()


def test_over_a_base_its_tree_is_taken_over_with_its_owners(over_base):
    over_base.lock([], ["alpha"])
    over_base.own.run("build").succeeded()
    over_base.lock([], ["beta"])
    second = over_base.own.run("build", "--json").succeeded().json()
    assert "take over" in second["phases"]
    assert over_base.roots.run("build", "--json").succeeded().json()["image"] == second["image"]
    assert over_base.own.run("build", "--no-cache", "--json").succeeded().json()["image"] == second["image"]


def test_over_a_base_that_lacks_a_package_none_is_built(over_base):
    over_base.lock(["greeting"], None)
    assert "/etc/subuid" in over_base.own.run("build").failed(3).err
