"""pylock.toml (PEP 751) as what a manifest asks for."""

import hashlib
import json
import tomllib

import pytest
from world.git_server import Repository, project_files
from world.python_index import PythonIndex, make_wheel

LOCK = '[python]\nversion = "3.11"\nfiles = ["pylock.toml"]\n'


@pytest.fixture
def index(world, project, request):
    index = PythonIndex(world.server, f"/pylock-{request.node.name}")
    index.add("app", "1.0", requires=["lib>=1", 'winonly; sys_platform == "win32"'])
    for version in ("1.0", "1.1"):
        index.add("lib", version)
    index.publish()
    project.environment["PIP_INDEX_URL"] = index.html
    return index


def exported(project):
    project.write("mlrepro.toml", '[python]\nversion = "3.11"\nrequirements = ["app"]\nconstraints = ["lib<1.1"]\n')
    project.run("lock").succeeded()
    text = project.run("export", "pylock").succeeded().out
    project.lockfile.unlink()
    project.write("pylock.toml", text)
    return text


def test_what_was_exported_is_locked_again(project, index):
    exported(project)
    project.write("mlrepro.toml", LOCK)
    project.run("lock").succeeded()
    assert project.versions("python") == {"app": "1.0", "lib": "1.0"}
    assert all(package["requested"] for package in project.lock_document()["python"]["packages"])
    project.run("lock", "--check").succeeded()
    again = tomllib.loads(project.run("export", "pylock").succeeded().out)
    assert again["packages"] == tomllib.loads((project.folder / "pylock.toml").read_text())["packages"]


def test_only_the_files_that_it_names_are_taken(project, index):
    text = exported(project)
    digest = next(line for line in text.splitlines() if "lib-1.0" in line).split('sha256 = "')[1][:64]
    project.write("pylock.toml", text.replace(digest, "0" * 64))
    project.write("mlrepro.toml", LOCK)
    conflict = project.run("lock", "--json").failed(1).json()["conflicts"][0]
    assert "lib" in conflict["message"]


def test_what_it_is_for_is_held_against_the_target(project, index):
    text = exported(project)
    for version, words in (("3.12", "pylock.toml was made for other environments"), ("3.11.4", None)):
        project.write("mlrepro.toml", LOCK.replace("3.11", version))
        result = project.run("lock", "--json")
        if words:
            conflict = result.failed(1).json()["conflicts"][0]
            assert conflict["message"].startswith(words) and conflict["chain"][0]["from"] == "pylock.toml"
        else:
            result.succeeded()
    without = "\n".join(line for line in text.splitlines() if not line.startswith("environments"))
    project.write("pylock.toml", without)
    project.write("mlrepro.toml", LOCK.replace("3.11", "3.12"))
    assert "requires Python ==3.11.*" in project.run("lock", "--json").failed(1).json()["conflicts"][0]["message"]


def test_markers_extras_and_groups_choose(project, index):
    text = exported(project)
    head, app, lib = text.split("\n[[packages]]\n")
    project.write("pylock.toml", f"{head}\nextras = ['full']\n\n[[packages]]\nmarker = \"'full' in extras\"\n{app}"
                  f"\n[[packages]]\nmarker = \"sys_platform == 'linux'\"\n{lib}")
    project.write("mlrepro.toml", LOCK)
    project.run("lock").succeeded()
    assert project.versions("python") == {"lib": "1.0"}
    project.write("mlrepro.toml", LOCK + 'extras = ["full"]\n')
    project.run("lock").succeeded()
    assert project.versions("python") == {"app": "1.0", "lib": "1.0"}
    project.write("mlrepro.toml", LOCK + 'extras = ["fall"]\n')
    assert 'did you mean full' in project.run("lock").failed(2).err


def test_versions_of_the_format(project, index):
    text = exported(project)
    project.write("mlrepro.toml", LOCK)
    project.write("pylock.toml", text.replace('"1.0"', '"1.9"', 1))
    assert "lock-version 1.9" in project.run("lock").succeeded().err
    project.write("pylock.toml", text.replace('"1.0"', '"2.0"', 1))
    assert project.run("lock", "--json").failed(2).json()["error"]["code"] == "lock-version"
    project.write("pylock.toml", "lock-version = \n")
    project.run("lock").failed(2)


def test_a_change_of_it_is_drift(project, index):
    text = exported(project)
    project.write("mlrepro.toml", LOCK)
    project.run("lock").succeeded()
    project.write("pylock.toml", text.replace("# mlrepro", "# another"))
    project.run("lock", "--check").succeeded()
    project.write("pylock.toml", text.replace('version = "1.0"', 'version = "1.1"'))
    drift = project.run("lock", "--check", "--json").failed(1).json()["drift"]
    assert "python.requirements" in json.dumps(drift)


def test_init_takes_it(project, index):
    exported(project)
    (project.folder / "mlrepro.toml").unlink()
    project.run("init", "--from", "pylock.toml").succeeded()
    manifest = tomllib.loads((project.folder / "mlrepro.toml").read_text())
    assert manifest["python"]["files"] == ["pylock.toml"]


def pylock(project, *packages):
    project.write("locks/pylock.toml", 'lock-version = "1.0"\ncreated-by = "hand"\n' + "".join(
        f"[[packages]]\n{text}\n" for text in packages))
    project.write("mlrepro.toml", LOCK.replace("pylock.toml", "locks/pylock.toml"))


def test_paths_start_at_the_file(project, index, world):
    """A repository, a folder, an archive and a wheel beside the file, which lies below the manifest's folder."""
    repository = Repository(project.folder / "locks/the repo")
    first = repository.commit(project_files("cloned", "1.0"))
    repository.commit(project_files("cloned", "1.1"))
    for path, text in project_files("tree", "2.0").items():
        project.write(f"locks/a tree/{path}", text)
    digests = {}
    for folder, name in (("archives", "packed"), ("wheels", "lone")):
        file, body, _ = make_wheel(name, "3.0")
        project.write(f"{folder}/{file}", "").write_bytes(body)
        digests[name] = hashlib.sha256(body).hexdigest()
    pylock(project, f'name = "cloned"\nvcs = {{ type = "git", path = "the repo", commit-id = "{first}" }}',
           'name = "tree"\ndirectory = { path = "a tree" }',
           'name = "packed"\narchive = { path = "../archives/packed-3.0-py3-none-any.whl", '
           f'hashes = {{ sha256 = "{digests["packed"]}" }} }}',
           'name = "lone"\nwheels = [{ path = "../wheels/lone-3.0-py3-none-any.whl", '
           f'hashes = {{ sha256 = "{digests["lone"]}" }} }}]')
    project.run("lock").succeeded()
    assert project.versions("python") == {"cloned": "1.0", "tree": "2.0", "packed": "3.0", "lone": "3.0"}
    assert str(project.folder) not in project.lockfile.read_text()
    locked = {package["name"]: package for package in project.lock_document()["python"]["packages"]}
    assert locked["cloned"]["vcs"]["url"] == "file:locks/the%20repo" and locked["tree"]["path"] == "locks/a tree"
    project.run("lock", "--check").succeeded()
    # The same project elsewhere, with nothing in its cache, gives the same lock.
    other = project.sibling("elsewhere")
    other.lockfile.unlink()
    other.run("lock").succeeded()
    assert other.lockfile.read_bytes() == project.lockfile.read_bytes()
    exported = tomllib.loads(project.run("export", "pylock", "-o", "locks/pylock.again.toml").succeeded().out
                             and (project.folder / "locks/pylock.again.toml").read_text())
    places = {package["name"]: package for package in exported["packages"]}
    assert places["cloned"]["vcs"]["path"] == "the repo" and places["tree"]["directory"]["path"] == "a tree"
    assert places["packed"]["archive"]["path"] == "../archives/packed-3.0-py3-none-any.whl"
    text = project.run("export", "requirements").succeeded().out
    assert f"cloned @ git+file://{str(project.folder).replace(' ', '%20')}/locks/the%20repo@{first}" in text


@pytest.mark.parametrize("package, message", [
    ('name = "a"\nvcs = { type = "git", path = "nowhere", commit-id = "' + "0" * 40 + '" }', "no git repository"),
    ('name = "a"\nvcs = { type = "git", commit-id = "' + "0" * 40 + '" }', "packages[0].vcs.path is missing"),
    ('name = "a"\nvcs = { type = "hg", path = "x", commit-id = "1" }', "git alone can be locked"),
    ('name = "a"\ndirectory = { path = "nowhere" }', "there is no ./locks/nowhere"),
    ('name = "a"\narchive = { path = "nowhere.zip", hashes = { sha256 = "' + "0" * 64 + '" } }', "there is no ./locks/nowhere.zip"),
    ('name = "a"\narchive = { path = "nowhere.zip" }', "hashes is missing"),
])
def test_a_path_that_leads_nowhere_is_told(project, index, package, message):
    pylock(project, package)
    result = project.run("lock").failed(2)
    assert message in result.err, result.err
