"""The small world that the tests are made in: one archive, one index, one server on loopback for the session."""

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from world.debian_archive import DebianArchive, SigningKey  # noqa: E402
from world.debian_package import InstalledPackages, pack  # noqa: E402
from world.program import Project, program_path  # noqa: E402
from world.python_index import PythonIndex  # noqa: E402
from world.server import Server  # noqa: E402

OTHER_WHEEL_TAGS = ["cp311-cp311-manylinux_2_99_x86_64", "cp311-cp311-win_amd64", "cp39-cp39-manylinux2014_x86_64"]


@dataclass
class World:
    server: Server
    archive: DebianArchive
    index: PythonIndex
    key: SigningKey


def tiny(folder, archive, name, version="1.0", files=None, scripts=None, **fields):
    """A package of a few bytes in the archive."""
    fields = {"Package": name, "Version": version, "Architecture": "all",
              **{key.replace("_", "-").title(): value for key, value in fields.items()}}
    deb = archive.pool / f"{name}_{version}_all.deb"
    work = Path(folder) / f"{name}-{version}"
    pack(work, deb, fields, files or {f"/usr/share/{name}/version": version + "\n"}, scripts)
    return archive.add(deb)


def fill_archive(folder, archive):
    for deb in InstalledPackages().pack_all(folder / "installed", archive.pool):
        archive.add(deb)
    tiny(folder, archive, "libgreeting", "2.0-1")
    tiny(folder, archive, "greeting", "1.5-1", depends="libgreeting (>= 2)", recommends="greeting-extras",
         scripts={"postinst": "#!/bin/sh\nset -e\ndate +%Z > /var/lib/greeting-zone\nuname -n > /var/lib/greeting-host\n"
                              "umask > /var/lib/greeting-umask\nchown 33:42 /var/lib/greeting-umask\n"})
    tiny(folder, archive, "greeting-extras", "0.1")
    tiny(folder, archive, "broken-needs", "1.0", depends="libgreeting (>= 3)")
    tiny(folder, archive, "enemy", "1.0", conflicts="greeting")
    archive.publish()


def fill_index(index):
    index.add("alpha", "1.0")
    index.add("alpha", "2.0", requires=["beta>=1", 'winonly; sys_platform == "win32"'])
    index.add("alpha", "2.1b1", requires=["beta>=1"])
    for version in ["1.0", "1.5", "2.0"]:
        index.add("beta", version)
    index.add("gamma", "1.0", requires=["beta<1.5"])
    index.add("delta", "1.0", requires=["beta>=2"], sidecar=False)
    index.add("future", "1.0", python=">=3.6")
    index.add("future", "2.0", python=">=4")
    index.add("Mixed.Case_Name", "1.0", requires=["alpha[more]>=1"])
    index.add("alpha-more", "1.0")
    index.add("fast", "1.0")
    for tag in OTHER_WHEEL_TAGS:
        index.add("fast", "2.0", tag=tag)
    index.add("tool", "1.0", files={"tool/__init__.py": "def main():\n    print('tool runs')\n"},
              entry_points="[console_scripts]\ntool = tool:main\n")
    index.publish()


@pytest.fixture(scope="session")
def world(tmp_path_factory):
    if not program_path().is_file():
        pytest.exit(f"{program_path()} is not there: tools/compile builds it", returncode=2)
    folder = tmp_path_factory.mktemp("world")
    server = Server()
    key = SigningKey(folder / "key")
    archive = DebianArchive(server, key, folder / "archive")
    index = PythonIndex(server)
    fill_archive(folder, archive)
    fill_index(index)
    yield World(server, archive, index, key)
    key.close()
    server.close()


@pytest.fixture(autouse=True)
def quiet_server(request):
    """Each test starts with an empty log and no faults, and leaves the indexes as it found them."""
    if "world" not in request.fixturenames:
        yield
        return
    world = request.getfixturevalue("world")
    world.server.reset()
    content, stanzas = dict(world.server.content), dict(world.archive.stanzas)
    projects = {name: dict(files) for name, files in world.index.projects.items()}
    yield
    world.server.content, world.archive.stanzas, world.index.projects = content, stanzas, projects


@pytest.fixture
def project(tmp_path, world):
    return Project(tmp_path / "project", world)


@pytest.fixture(scope="session")
def filled_cache(tmp_path_factory, world):
    """A cache that holds the image of one project: (cache, that project), never to be written to."""
    made = Project(tmp_path_factory.mktemp("filled") / "project", world)
    made.manifest(["python3", "greeting"], ["alpha", "tool"], ["python3", "train.py"], ["output/**"])
    made.run("lock").succeeded()
    made.run("build").succeeded()
    return made


@pytest.fixture
def own_cache(tmp_path, filled_cache):
    """What the filled cache holds, by hard links: others see nothing of what is added or replaced here."""
    cache = tmp_path / "cache"
    subprocess.run(["cp", "-al", filled_cache.cache, cache], check=True)
    return cache


@pytest.fixture
def warm_project(tmp_path, world, own_cache):
    """An empty project whose cache is filled."""
    return Project(tmp_path / "project", world, own_cache)


@pytest.fixture
def built(tmp_path, filled_cache, own_cache):
    """A project that is locked and built."""
    project = Project(tmp_path / "project", filled_cache.world, own_cache)
    shutil.copytree(filled_cache.folder, project.folder, dirs_exist_ok=True)
    filled_cache.world.server.reset()
    return project


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
