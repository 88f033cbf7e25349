"""Where a lock's Python requirements come from: the manifest, pyproject.toml, several indexes."""

import hashlib

import pytest
from world.python_index import PythonIndex, make_wheel
from world.server import Content

PYPROJECT = """
[project]
name = "app"
requires-python = ">=3.10"
dependencies = ["beta<2", 'alpha; sys_platform == "win32"']
[project.optional-dependencies]
quick = ["fast"]
[dependency-groups]
test = ["tool"]
dev = [{include-group = "test"}, "future"]
"""


def python_of(project, *arguments, **options):
    project.run("lock", *arguments, **options).succeeded()
    return {package["name"]: package for package in project.lock_document()["python"]["packages"]}


def python_manifest(project, keys, extra=""):
    project.write("mlrepro.toml", f'[os]\nsuite = "tiny"\npackages = ["python3"]\n[python]\n{keys}\n{extra}')


def test_pyproject_gives_dependencies_extras_and_groups(project):
    project.write("pyproject.toml", PYPROJECT)
    python_manifest(project, "pyproject = true")
    locked = python_of(project)
    assert set(locked) == {"beta"} and locked["beta"]["version"] == "1.5" and locked["beta"]["requested"]
    python_manifest(project, 'pyproject = true\nextras = ["Quick"]\ngroups = ["dev"]')
    assert set(python_of(project)) == {"beta", "fast", "future", "tool"}


def test_a_change_of_pyproject_is_drift(project):
    project.write("pyproject.toml", PYPROJECT)
    python_manifest(project, "pyproject = true")
    python_of(project)
    project.write("pyproject.toml", PYPROJECT.replace("beta<2", "beta<1.5"))
    drift, = project.run("lock", "--check", "--json").failed(1).json()["drift"]
    assert drift["key"] == "python.requirements" and "beta<1.5" in drift["detail"]


@pytest.mark.parametrize("keys, told", [
    ('pyproject = true\ngroups = ["tset"]', "test?"),
    ('pyproject = true\nextras = ["quik"]', "quick?"),
    ('pyproject = "other.toml"', "other.toml"),
    ('extras = ["quick"]', "pyproject = true"),
])
def test_what_pyproject_does_not_have_is_refused(project, keys, told):
    project.write("pyproject.toml", PYPROJECT)
    python_manifest(project, keys)
    assert told in project.run("lock").failed(2).err


def test_requires_python_is_held_against_the_interpreter(project):
    project.write("pyproject.toml", PYPROJECT.replace(">=3.10", ">=3.30"))
    python_manifest(project, "pyproject = true")
    conflict, = project.run("lock", "--json").failed(1).json()["conflicts"]
    assert "requires Python >=3.30" in conflict["message"] and conflict["chain"][0]["to"].startswith("python3.")


def test_an_override_stands_for_every_requirement_on_its_package(project):
    python_manifest(project, 'requirements = ["gamma", "delta"]')  # beta<1.5 against beta>=2
    project.run("lock").failed(1)
    python_manifest(project, 'requirements = ["gamma", "delta"]\noverrides = ["beta==1.5"]')
    locked = python_of(project)
    assert locked["beta"]["version"] == "1.5" and locked["beta"]["required_by"] == ["delta", "gamma"]
    assert locked["gamma"]["requires"] == ["beta==1.5"]


@pytest.fixture
def two_indexes(world):
    other = PythonIndex(world.server, "/other")
    other.add("beta", "9.0+ours")
    other.add("own", "1.0", requires=["beta"])
    other.publish()

    def tables(first="", second=""):
        return (f'[[python.index]]\nname = "main"\nurl = "{world.index.html}"\n{first}\n'
                f'[[python.index]]\nname = "ours"\nurl = "{other.html}"\n{second}\n')
    return tables


def test_the_first_index_that_has_a_package_is_the_one(project, two_indexes):
    python_manifest(project, 'requirements = ["own"]', two_indexes())
    locked = python_of(project)
    assert (locked["beta"]["version"], locked["beta"]["source"]) == ("2.0", "main")
    assert locked["own"]["source"] == "ours"


def test_a_package_comes_from_the_index_that_names_it(project, two_indexes):
    python_manifest(project, 'requirements = ["own"]', two_indexes(second='packages = ["BET*", "own"]'))
    locked = python_of(project)
    assert (locked["beta"]["version"], locked["beta"]["source"]) == ("9.0+ours", "ours")
    drift = project.write("mlrepro.toml", (project.folder / "mlrepro.toml").read_text().replace("BET*", "x"))
    assert drift and project.run("lock", "--check").failed(1)


def test_an_explicit_index_is_asked_for_its_packages_alone(project, world, two_indexes):
    python_manifest(project, 'requirements = ["own", "fast", "nowhere"]',
                    two_indexes(second='packages = ["own"]\nexplicit = true'))
    project.run("lock").failed(1)
    assert set(world.server.requested("^/other/html")) == {"/other/html/simple/own/"}


def test_an_explicit_index_without_packages_is_refused(project, two_indexes):
    python_manifest(project, 'requirements = ["own"]', two_indexes(second="explicit = true"))
    assert "names no packages" in project.run("lock").failed(2).err


def test_hashes_of_a_requirements_file_choose_the_files(project, world):
    python_manifest(project, 'files = ["requirements.txt"]')
    files = world.index.projects["beta"]
    digest = files["beta-1.5-py3-none-any.whl"]["sha256"]
    project.write("requirements.txt", f"beta --hash=sha256:{digest}\n")
    assert python_of(project)["beta"]["version"] == "1.5"
    project.write("requirements.txt", f"beta==2.0 --hash=sha256:{digest}\n")
    assert "hash" in project.run("lock").failed(1).out
    project.write("requirements.txt", f"beta --hash=sha256:{'0' * 64}\n")
    drift, = project.run("lock", "--check", "--json").failed(1).json()["drift"]
    assert drift["key"] == "python.hashes"


def test_a_file_has_to_be_allowed_by_every_line_with_hashes(project, world):
    python_manifest(project, 'files = ["requirements.txt", "more.txt"]')
    files = world.index.projects["beta"]
    older, newer = (f"--hash=sha256:{files[f'beta-{version}-py3-none-any.whl']['sha256']}" for version in ("1.5", "2.0"))
    project.write("requirements.txt", f"beta {older} {newer}\n")
    project.write("more.txt", f"beta {older}\n")
    assert python_of(project)["beta"]["version"] == "1.5"
    project.write("requirements.txt", f"beta {newer}\n")
    assert "requirements.txt:1 and more.txt:1 allow no file of beta" in project.run("lock").failed(2).err
    project.write("requirements.txt", f"beta; python_version < '3' {older}\nbeta; python_version >= '3' {newer}\n")
    project.write("more.txt", "")
    project.lockfile.unlink()
    assert python_of(project)["beta"]["version"] == "2.0"


def test_no_index_leaves_the_links_of_a_requirements_file(project, world):
    python_manifest(project, 'files = ["requirements.txt"]')
    file, body, _ = make_wheel("beta", "0.5")
    project.write("wheels/note", "")
    (project.folder / "wheels" / file).write_bytes(body)
    project.write("requirements.txt", "--no-index\n--find-links 'wheels'\nbeta\n")
    assert python_of(project)["beta"]["version"] == "0.5"
    assert not world.server.requested("/beta/")
    project.run("lock", "--check").succeeded()
    project.write("requirements.txt", "--find-links wheels\nbeta\n")
    drift, = project.run("lock", "--check", "--json").failed(1).json()["drift"]
    assert drift["key"] == "python.no-index"


def test_requirements_of_windows_shell_are_read(project):
    python_manifest(project, 'files = ["requirements.txt"]')
    (project.folder / "requirements.txt").write_bytes("beta==1.5\r\n".encode("utf-16"))
    assert python_of(project)["beta"]["version"] == "1.5"


def test_indexes_of_a_requirements_file_are_used(project, world, two_indexes):
    project.environment["PIP_INDEX_URL"] = f"{world.server.url}/nothing/simple"
    python_manifest(project, 'files = ["requirements.txt"]')
    project.write("requirements.txt", f"--index-url {world.index.html}\n"
                                      f"--extra-index-url {world.server.url}/other/html/simple\nown\nfast\n")
    locked = python_of(project)
    assert (locked["beta"]["version"], locked["beta"]["source"]) == ("9.0+ours", "extra-1")
    assert locked["fast"]["source"] == "pypi"
    assert "127.0.0.1" not in project.lockfile.read_text()


def test_exclude_newer_pins_takes_the_rest_from_the_pins_time(project, world):
    world.index.add("oldie", "1.0", uploaded="2023-01-01T00:00:00Z", requires=["partner"])
    world.index.add("partner", "1.0", uploaded="2022-06-01T00:00:00Z")
    world.index.add("partner", "2.0", uploaded="2025-06-01T00:00:00Z")
    world.index.publish()
    project.environment["PIP_INDEX_URL"] = world.index.json
    python_manifest(project, 'requirements = ["oldie==1.0"]')
    result = project.run("lock").succeeded()
    assert "partner 2.0 is from 2025-06-01" in result.err and 'exclude-newer = "pins"' in result.err
    python_manifest(project, 'requirements = ["oldie==1.0"]', '[environment]\nexclude-newer = "pins"\n')
    assert python_of(project)["partner"]["version"] == "1.0"
    assert project.lock_document()["inputs"]["exclude-newer"] == "pins"


def test_a_version_of_no_use_is_left_out_with_a_word(project, world):
    world.index.add("worn", "1.0")
    file = world.index.add("worn", "2.0", sidecar=False)
    world.server.content[f"/files/{file}"] = Content(b"no archive")
    world.index.projects["worn"][file].update(sha256=hashlib.sha256(b"no archive").hexdigest(), size=10)
    world.index.publish()
    python_manifest(project, 'requirements = ["worn"]')
    result = project.run("lock").succeeded()
    assert "1 version of worn left out" in result.err and "2.0: it is no zip archive" in result.err
    assert python_of(project)["worn"]["version"] == "1.0"
    python_manifest(project, 'requirements = ["worn==2.0"]')
    conflict, = project.run("lock", "--json").failed(1).json()["conflicts"]
    assert "worn 2.0 cannot be used: it is no zip archive" in conflict["message"]
