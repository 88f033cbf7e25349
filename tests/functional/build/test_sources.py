"""Source distributions, from the index to the image: chosen, their metadata known or built, their builds locked, built
into wheels with the locked build packages alone."""

import json
import shutil
from pathlib import Path

import pytest

from world.program import Project
from world.python_index import PythonIndex
from world.python_source import IN_TREE, add_backend, add_file, add_sdist, make_sdist, project_files


@pytest.fixture(scope="module")
def index(world):
    index = PythonIndex(world.server, "/sources")
    add_backend(index)
    add_sdist(index, "static", "1.0", requires=["beta>=1"], static=True)
    add_sdist(index, "told", "1.0", requires=["beta<2"])
    add_sdist(index, "intree", "1.0", build=IN_TREE, kind="zip")
    add_sdist(index, "asks", "1.0", more={"build-requires.txt": "helper>=1\n", "make.py":
              "import helper\nfiles[name + '/made.py'] = 'WITH = ' + repr(helper.VERSION) + '\\n'\n"})
    add_sdist(index, "mixed", "2.0", static=True)
    index.add("mixed", "1.0")
    add_sdist(index, "both", "1.0", static=True)
    index.add("both", "1.0")
    index.add("helper", "1.0")
    index.add("helper", "2.0")
    for version in ["1.0", "1.5", "2.0"]:
        index.add("beta", version)
    add_sdist(index, "caller", "1.0", static=True, more={"make.py":
              "import socket\nsocket.create_connection(('127.0.0.1', %d), 5)\n" % int(world.server.url.rsplit(":", 1)[1])})
    add_sdist(index, "compiled", "1.0", static=True, more={"make.py":
              "import subprocess\nsubprocess.run(['gcc', '--version'], check=True)\n"})
    for name, program in [("wants-cc", "gcc"), ("wants-pg", "pg_config")]:
        add_sdist(index, name, "1.0", more={"ask.py": f"import subprocess\nsubprocess.run(['{program}', '--version'], check=True)\n"})
    add_sdist(index, "deep", "1.0", requires=["told", "asks"])
    add_sdist(index, "confused", "2.0", static=True)
    body = make_sdist("confused", "2.0", project_files("other", "2.0", static=True))[1]
    add_file(index, "confused", "confused-2.0.tar.gz", body)
    add_file(index, "confused", "confused-3.0.tar.gz", b"no archive at all")
    index.add("confused", "1.0")
    needs = '[build-system]\nrequires = ["tinybackend", "%s"]\nbuild-backend = "tinybackend"\n'
    add_sdist(index, "hen", "1.0", static=True, build=needs % "egg")
    add_sdist(index, "egg", "1.0", static=True, build=needs % "hen")
    add_sdist(index, "tool", "1.0", static=True)
    add_sdist(index, "nested", "1.0", static=True, build=needs % "tool", more={"make.py": "import tool\n"})
    index.publish()
    return index


@pytest.fixture
def project(tmp_path, world, index, warm_cache):
    project = Project(tmp_path / "project", world, warm_cache)
    project.environment["PIP_INDEX_URL"] = index.json
    return project


@pytest.fixture(scope="module")
def warm_cache(tmp_path_factory):
    """One cache for this file: the operating system is configured once."""
    return tmp_path_factory.mktemp("cache") / "cache"


def packages(project):
    return {package["name"]: package for package in project.lock_document()["python"]["packages"]}


def builds(project):
    return {build["name"]: build for build in project.lock_document()["python"].get("builds", [])}


def rootfs(project):
    project.run("build", "--output", "rootfs:root").succeeded()
    return project.folder / "root"


def test_static_metadata_and_a_wheel_in_the_image(project, index):
    project.manifest(["python3"], ["static"])
    project.run("lock").succeeded()
    locked = packages(project)
    assert locked["static"]["file"]["name"] == "static-1.0.tar.gz"
    assert locked["static"]["requires"] == ["beta>=1"] and locked["beta"]["version"] == "2.0"
    build = builds(project)["static"]
    assert build["backend"] == "tinybackend" and build["requires"] == ["tinybackend"]
    assert [package["name"] for package in build["packages"]] == ["tinybackend"]
    root = rootfs(project)
    site = root / "opt/env/lib/python3.11/site-packages"
    assert (site / "static/__init__.py").read_text() == "VERSION = '1.0'\n"
    assert not list(root.rglob("tinybackend*"))
    wheels = project.lock_document()["image"]["wheels"]
    assert [wheel["name"] for wheel in wheels] == ["static-1.0-py3-none-any.whl"]


def test_two_builds_give_the_same_bytes(project):
    project.manifest(["python3"], ["static", "intree"])
    project.run("lock").succeeded()
    project.run("build").succeeded()
    first = project.lockfile.read_text()
    project.run("build", "--no-cache").succeeded()
    assert project.lockfile.read_text() == first
    project.run("verify").succeeded()


def test_metadata_is_built_where_nothing_tells_it(project):
    project.manifest(["python3"], ["told"])
    project.run("lock").succeeded()
    locked = packages(project)
    assert locked["told"]["requires"] == ["beta<2"] and locked["beta"]["version"] == "1.5"
    again = project.lockfile.read_text()
    project.lockfile.unlink()
    project.run("lock").succeeded()
    assert project.lockfile.read_text() == again


def test_the_same_question_is_answered_without_its_sources(project):
    project.manifest(["python3"], ["asks", "told"])
    project.run("lock").succeeded()
    first = project.lockfile.read_bytes()
    project.blob(packages(project)["told"]["file"]["sha256"]).unlink()
    project.blob(builds(project)["asks"]["source"]).unlink()
    project.lockfile.unlink()
    project.run("lock", "--offline").succeeded()
    assert project.lockfile.read_bytes() == first


def test_page_of_a_build_package_counts(project, index):
    project.manifest(["python3"], ["asks"])
    project.run("lock").succeeded()
    file = index.add("helper", "3.0")
    index.publish()
    try:
        project.lockfile.unlink()
        project.run("lock").succeeded()
        assert [package["version"] for package in builds(project)["asks"]["packages"]] == ["3.0", "1.0"]
    finally:
        index.remove("helper", file)
        index.publish()


def test_several_are_built_for_their_metadata(project):
    project.manifest(["python3"], ["deep", "intree", "told"])
    project.run("lock").succeeded()
    assert {name: each["version"] for name, each in packages(project).items()} == {
        "asks": "1.0", "beta": "1.5", "deep": "1.0", "intree": "1.0", "told": "1.0"}
    assert {package["name"] for package in builds(project)["asks"]["packages"]} == {"helper", "tinybackend"}


def test_what_each_that_fails_misses_is_told_at_once(project):
    project.manifest(["python3"], ["wants-cc", "wants-pg", "told"])
    result = project.run("lock").failed(2)
    assert "cannot build wants-cc 1.0" in result.err and "gcc and python3-dev" in result.err
    assert "wants-pg 1.0 cannot be built either" in result.err and "libpq-dev" in result.err
    assert not project.lockfile.exists()


def test_backend_of_the_source_itself(project):
    project.manifest(["python3"], ["intree"])
    project.run("lock").succeeded()
    build = builds(project)["intree"]
    assert build["backend_path"] == ["build_tools"] and build["packages"] == []
    assert packages(project)["intree"]["file"]["name"].endswith(".zip")
    assert (rootfs(project) / "opt/env/lib/python3.11/site-packages/intree/a.py").exists()


def test_what_the_backend_asks_for_is_locked(project):
    project.manifest(["python3"], ["asks"])
    project.run("lock").succeeded()
    build = builds(project)["asks"]
    assert build["requires"] == ["helper>=1", "tinybackend"]
    assert {package["name"]: package["version"] for package in build["packages"]} == {"helper": "2.0", "tinybackend": "1.0"}
    assert "helper" not in packages(project)
    root = rootfs(project)
    assert (root / "opt/env/lib/python3.11/site-packages/asks/made.py").read_text() == "WITH = '2.0'\n"
    assert not list((root / "opt/env").rglob("helper*"))


def test_build_pins_are_kept(project, index):
    project.manifest(["python3"], ["asks"])
    project.run("lock").succeeded()
    file = index.add("helper", "3.0")
    index.publish()
    try:
        project.manifest(["python3"], ["asks", "beta"])
        project.run("lock").succeeded()
        assert [package["version"] for package in builds(project)["asks"]["packages"]] == ["2.0", "1.0"]
        project.run("lock", "--upgrade").succeeded()
        assert [package["version"] for package in builds(project)["asks"]["packages"]] == ["3.0", "1.0"]
    finally:
        index.remove("helper", file)
        index.publish()


def test_sources_among_build_packages(project):
    project.manifest(["python3"], ["nested"])
    project.run("lock").succeeded()
    assert set(builds(project)) == {"nested", "tool"} and set(packages(project)) == {"nested"}
    assert not list((rootfs(project) / "opt/env/lib").rglob("tool"))


def test_builds_that_need_each_other_are_refused(project):
    project.manifest(["python3"], ["hen"])
    result = project.run("lock").failed(2)
    assert "hen 1.0 needs egg 1.0 needs hen 1.0" in result.err


@pytest.mark.parametrize("key, names, expected", [
    ("no-build", ["mixed"], {"mixed": "mixed-1.0-py3-none-any.whl", "both": "both-1.0-py3-none-any.whl"}),
    ("no-build", [":all:"], {"mixed": "mixed-1.0-py3-none-any.whl", "both": "both-1.0-py3-none-any.whl"}),
    ("no-binary", ["both"], {"mixed": "mixed-2.0.tar.gz", "both": "both-1.0.tar.gz"}),
    (None, [], {"mixed": "mixed-2.0.tar.gz", "both": "both-1.0-py3-none-any.whl"}),
])
def test_what_may_be_built(project, key, names, expected):
    line = f"{key} = {json.dumps(names)}\n" if key else ""
    project.manifest(["python3"], ["mixed", "both"], extra=line)
    project.run("lock").succeeded()
    assert {name: package["file"]["name"] for name, package in packages(project).items()} == expected


def test_options_of_requirements_files(project):
    project.write("requirements.txt", "--only-binary :all:\n--no-binary both\nmixed\nboth\n")
    project.manifest(["python3"], [], extra='files = ["requirements.txt"]\n')
    project.run("lock").succeeded()
    assert {name: package["file"]["name"] for name, package in packages(project).items()} == {
        "mixed": "mixed-1.0-py3-none-any.whl", "both": "both-1.0.tar.gz"}


def test_only_a_source_and_no_building(project):
    project.manifest(["python3"], ["static"], extra='no-build = ["static"]\n')
    result = project.run("lock").failed(1)
    assert "source" in result.out + result.err and "no-build" in result.out + result.err


def test_broken_sources_are_passed_over(project):
    project.manifest(["python3"], ["confused"])
    result = project.run("lock").succeeded()
    assert packages(project)["confused"]["version"] == "1.0"
    assert "2 versions of confused left out" in result.err


def test_no_network_in_the_build(project):
    project.manifest(["python3"], ["caller"])
    project.run("lock").succeeded()
    result = project.run("build").failed(2)
    assert "cannot build caller 1.0" in result.err and "Connection refused" in result.err
    assert "image" not in project.lock_document()


def test_a_missing_compiler_is_named(project):
    project.manifest(["python3"], ["compiled"])
    project.run("lock").succeeded()
    result = project.run("build").failed(2)
    assert "gcc and python3-dev" in result.err and "os.packages" in result.err


def test_without_an_operating_system(project):
    project.write("mlrepro.toml", '[python]\nversion = "3.11"\nrequirements = ["static"]\n')
    project.run("lock").succeeded()
    assert builds(project)["static"]["requires"] == ["tinybackend"]
    project.write("mlrepro.toml", '[python]\nversion = "3.11"\nrequirements = ["told"]\n')
    result = project.run("lock").failed(1)
    assert "[os]" in result.out + result.err


def test_another_machine_builds_from_the_lock(project, tmp_path):
    project.manifest(["python3"], ["asks"])
    project.run("lock").succeeded()
    first = project.run("build", "--json").succeeded().json()
    lock = project.lock_document()
    del lock["image"]
    other = project.sibling("elsewhere", tmp_path / "other-cache")
    shutil.rmtree(other.folder / "root", ignore_errors=True)
    other.environment["PIP_INDEX_URL"] = project.environment["PIP_INDEX_URL"]
    second = other.run("build", "--json").succeeded().json()
    assert second["image"]["digest"] == first["image"]["digest"]


def test_exports(project):
    project.manifest(["python3"], ["static"])
    project.run("lock").succeeded()
    digest = packages(project)["static"]["file"]["sha256"]
    text = project.run("export", "requirements").succeeded().out
    assert f"static==1.0 \\\n    --hash=sha256:{digest}" in text
    text = project.run("export", "pylock").succeeded().out
    assert "sdist = { name = \"static-1.0.tar.gz\"" in text and digest in text


def test_what_may_be_built_is_judged_by_what_is_locked(project):
    project.manifest(["python3"], ["static"])
    project.run("lock").succeeded()
    project.manifest(["python3"], ["static"], extra='no-build = ["beta"]\n')
    project.run("lock", "--check").succeeded()
    project.manifest(["python3"], ["static"], extra='no-build = [":all:"]\n')
    result = project.run("lock", "--check").failed(1)
    assert "the lock has static-1.0.tar.gz" in result.out
    project.manifest(["python3"], ["static"], extra='no-binary = ["static"]\n')
    project.run("lock", "--check").succeeded()
    project.manifest(["python3"], ["static"], extra='no-binary = ["beta"]\n')
    result = project.run("lock", "--check").failed(1)
    assert "the lock has beta-2.0-py3-none-any.whl" in result.out


def test_a_wheel_of_other_bytes_is_named(project):
    project.manifest(["python3"], ["static"])
    project.run("lock").succeeded()
    project.run("build").succeeded()
    document = project.lock_document()
    digest = document["image"]["wheels"][0]["sha256"]
    project.lockfile.write_text(project.lockfile.read_text().replace(digest, "0" * 64))
    result = project.run("build", "--no-cache").failed(2)
    assert "static-1.0-py3-none-any.whl" in result.err
    result = project.run("verify", "--image").failed(1)
    assert "static-1.0-py3-none-any.whl" in result.out


def test_verify_hashes_build_packages_and_fetches_what_is_lost(project):
    project.manifest(["python3"], ["static"])
    project.run("lock").succeeded()
    package = builds(project)["static"]["packages"][0]
    blob = project.blob(package["file"]["sha256"])
    blob.unlink()
    result = project.run("verify", "--lock").succeeded()
    assert "3 files hashed" in result.out and blob.exists()


def setuptools_wheel():
    return next(iter(sorted(Path("/usr/share/python-wheels").glob("setuptools-*.whl"))), None)


@pytest.mark.skipif(setuptools_wheel() is None, reason="this machine has no wheel of setuptools")
def test_setup_py_by_setuptools(project, index):
    """What setup.py says alone is built for; setuptools 66 asks for wheel itself (PEP 517, dynamic requirements)."""
    wheel = setuptools_wheel()
    add_file(index, "setuptools", wheel.name, wheel.read_bytes())
    site = Path("/usr/lib/python3/dist-packages/wheel")
    if not site.is_dir():
        pytest.skip("this machine has no wheel package to serve")
    files = {f"wheel/{path.relative_to(site)}": path.read_text() for path in site.rglob("*.py")}
    index.add("wheel", "0.38.4", files=files, entry_points="[distutils.commands]\nbdist_wheel = wheel.bdist_wheel:bdist_wheel\n")
    setup = "from setuptools import setup\nsetup(name='old', version='1.0', py_modules=['old'], install_requires=['beta<2'])\n"
    add_file(index, "old", *make_sdist("old", "1.0", {"setup.py": setup, "old.py": "AGE = 1\n",
                                                      "PKG-INFO": "Metadata-Version: 1.0\nName: old\nVersion: 1.0\n"}))
    index.publish()
    project.manifest(["python3"], ["old"])
    project.run("lock").succeeded()
    build = builds(project)["old"]
    assert build["backend"] == "setuptools.build_meta:__legacy__"
    assert build["requires"] == ["setuptools>=40.8.0", "wheel"]
    assert packages(project)["beta"]["version"] == "1.5"
    root = rootfs(project)
    assert (root / "opt/env/lib/python3.11/site-packages/old.py").read_text() == "AGE = 1\n"
