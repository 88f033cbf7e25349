"""Packages that come from no index: git, URLs, local paths."""

import hashlib
import io
import tarfile

import pytest
from world.git_server import GitServer, Repository, project_files
from world.python_index import make_wheel
from world.server import Content


def python_manifest(project, requirements=(), keys=""):
    listed = ", ".join(f"'{line}'" for line in requirements)
    project.write("mlrepro.toml", f'[python]\nversion = "3.11.2"\nrequirements = [{listed}]\n{keys}\n')


def packages_of(project, *arguments, **options):
    project.run("lock", *arguments, **options).succeeded()
    return {package["name"]: package for package in project.lock_document()["python"]["packages"]}


def members(project, package):
    with tarfile.open(fileobj=io.BytesIO(project.blob(package["file"]["sha256"]).read_bytes())) as tar:
        return {member.name: (member.mode, member.mtime, member.uid) for member in tar}


@pytest.fixture
def git(tmp_path):
    server = GitServer(tmp_path / "repositories")
    yield server
    server.close()


@pytest.fixture
def library(git):
    """main: 1.1, branch old: 1.0, annotated tag v1.0 and light tag light on 1.0; a subdirectory sub/inner."""
    repository = Repository(git.root / "library")
    repository.first = repository.commit(project_files("library", "1.0", **{
        "sub/inner/pyproject.toml": project_files("inner", "0.5")["pyproject.toml"]}))
    repository.git("branch", "old")
    repository.git("tag", "-a", "v1.0", "-m", "first")
    repository.git("tag", "light")
    repository.second = repository.commit(project_files("library", "1.1", ["beta<2"]))
    repository.publish()
    return repository


@pytest.mark.parametrize("revision, version", [
    ("", "1.1"), ("@main", "1.1"), ("@old", "1.0"), ("@v1.0", "1.0"), ("@light", "1.0"), ("@refs/heads/old", "1.0"),
    ("@FIRST", "1.0"), ("@SHORT", "1.0"),
])
def test_git_by_branch_tag_and_commit(project, git, library, revision, version):
    revision = revision.replace("FIRST", library.first).replace("SHORT", library.first[:9])
    python_manifest(project, [f"library @ git+{git.url}/library.git{revision}"])
    locked = packages_of(project)
    commit = library.second if version == "1.1" else library.first
    assert locked["library"]["version"] == version and locked["library"]["source"] == "git"
    assert locked["library"]["vcs"] == {"url": f"{git.url}/library.git", "commit": commit,
                                        "tree": library.git("rev-parse", f"{commit}^{{tree}}")}
    assert locked["library"]["file"]["name"] == f"library-{version}.tar" and locked["library"]["requested"]
    assert ("beta" in locked) == (version == "1.1")
    held = members(project, locked["library"])
    assert held["library/__init__.py"][0] == 0o644 and held["library"][0] == 0o755
    assert {(mtime, uid) for _, mtime, uid in held.values()} == {(315532800, 0)}


def test_git_names_without_a_name_before_them(project, git, library):
    python_manifest(project, [f"git+{git.url}/library.git@v1.0", f"git+{git.url}/library.git@v1.0#subdirectory=sub/inner&egg=inner"])
    locked = packages_of(project)
    assert locked["library"]["version"] == "1.0"
    assert locked["inner"]["version"] == "0.5" and locked["inner"]["subdirectory"] == "sub/inner"
    assert project.run("lock", "--check").succeeded()


def test_a_branch_stays_where_it_was_until_asked(project, git, library):
    python_manifest(project, [f"library @ git+{git.url}/library.git@main"])
    before = packages_of(project)["library"]["vcs"]["commit"]
    library.commit(project_files("library", "1.2"))
    library.publish()
    python_manifest(project, [f"library @ git+{git.url}/library.git@main", "gamma"])
    assert packages_of(project)["library"]["vcs"]["commit"] == before
    assert packages_of(project, "--upgrade-package", "library")["library"]["version"] == "1.2"


def test_git_revisions_that_are_not_there(project, git, library):
    python_manifest(project, [f"library @ git+{git.url}/library.git@v1.1"])
    error = project.run("lock").failed(2).err
    assert "no branch, tag or commit v1.1" in error and "v1.0" in error
    python_manifest(project, [f"library @ git+{git.url}/nothing.git"])
    assert "no git repository" in project.run("lock").failed(2).err
    python_manifest(project, [f"other @ git+{git.url}/library.git"])
    assert "is library, not other" in project.run("lock").failed(2).err
    python_manifest(project, [f"library @ git+{git.url}/library.git"])
    assert "--offline" in project.run("--offline", "lock").failed(3).err


def test_git_submodules_lie_in_the_tree(project, git):
    inner = Repository(git.root / "inner")
    inner.commit({"data.txt": "inner\n"})
    inner.publish()
    outer = Repository(git.root / "outer")
    outer.commit(project_files("outer", "1.0"))
    outer.git("submodule", "add", "-q", "../inner.git", "vendor/inner")
    outer.commit({})
    outer.publish()
    python_manifest(project, [f"git+{git.url}/outer.git"])
    held = members(project, packages_of(project)["outer"])
    assert "vendor/inner/data.txt" in held and not any(name.startswith(".git/") for name in held)


def test_git_credentials_reach_no_lock_and_no_message(project, git, library):
    git.password = "me:s3cret"
    python_manifest(project, [f"library @ git+http://me:s3cret@{git.host}/library.git@v1.0"])
    result = project.run("lock", "--json").succeeded()
    document = project.lockfile.read_text()
    assert "s3cret" not in document + result.out + result.err and "me:" not in document
    # Elsewhere the password is in the netrc.
    other = project.sibling("other")
    python_manifest(other, [f"library @ git+http://{git.host}/library.git@v1.0"])
    error = other.run("lock", "--upgrade").failed(3).err
    assert "without a name and password" in error
    netrc = project.folder.parent / "home" / ".netrc"
    netrc.write_text("machine 127.0.0.1 login me password s3cret\n")
    other.run("lock", "--upgrade").succeeded()
    netrc.unlink()
    assert "s3cret" not in "".join(path.read_text(errors="replace") for path in other.cache.rglob("*") if path.is_file())


def test_a_link_out_of_the_tree_is_refused(project, git):
    bad = Repository(git.root / "bad")
    (bad.folder / "link").symlink_to("../../../etc/passwd")
    bad.commit(project_files("bad", "1.0"))
    bad.publish()
    python_manifest(project, [f"git+{git.url}/bad.git"])
    assert "leads out of the source tree" in project.run("lock").failed(2).err


def serve_wheel(world, name="direct", version="1.0", **wheel):
    file, body, _ = make_wheel(name, version, **wheel)
    world.server.content[f"/direct/{file}"] = Content(body)
    return f"{world.server.url}/direct/{file}", hashlib.sha256(body).hexdigest()


def test_wheels_by_url(project, world):
    url, digest = serve_wheel(world, requires=["beta>=1", 'gamma; extra == "more"'], extras=["more"])
    python_manifest(project, [url])
    locked = packages_of(project)
    assert locked["direct"]["url"] == url and locked["direct"]["file"]["sha256"] == digest
    assert locked["direct"]["source"] == "url" and locked["beta"]["required_by"] == ["direct"]
    python_manifest(project, [f"direct[more] @ {url}#sha256={digest}"])
    assert set(packages_of(project)) == {"direct", "beta", "gamma"}
    python_manifest(project, [f"direct @ {url}#sha256={'0' * 64}"])
    assert "hash" in project.run("lock").failed(2).err or "SHA-256" in project.run("lock").failed(2).err


def test_what_others_require_of_a_direct_package_counts(project, world):
    url, _ = serve_wheel(world, name="beta", version="3.0")
    python_manifest(project, [f"beta @ {url}", "delta"])
    assert packages_of(project)["beta"]["version"] == "3.0"
    python_manifest(project, [f"beta @ {url}", "gamma"])
    conflict = project.run("lock", "--json").failed(1).json()["conflicts"][0]
    assert "beta<1.5" in conflict["message"]


def test_two_places_for_one_project_are_a_conflict(project, world):
    one, _ = serve_wheel(world, version="1.0")
    two, _ = serve_wheel(world, version="2.0")
    python_manifest(project, [f"direct @ {one}", f"direct @ {two}"])
    assert "two places" in project.run("lock", "--json").failed(1).json()["conflicts"][0]["message"]


def test_urls_in_metadata(project, world):
    far, _ = serve_wheel(world, name="far")
    near, _ = serve_wheel(world, name="near", requires=[f"far @ {far}"])
    python_manifest(project, [f"near @ {near}"])
    assert packages_of(project)["far"]["url"] == far
    world.index.add("sly", "1.0", requires=[f"far @ {far}"])
    world.index.publish()
    python_manifest(project, ["sly"])
    conflict = project.run("lock", "--json").failed(1).json()["conflicts"][0]
    assert "not followed" in conflict["message"]
    python_manifest(project, ["sly", f"far @ {far}"])
    assert set(packages_of(project)) == {"sly", "far"}


def test_local_folders(project):
    for path, text in project_files("mine", "0.1", ["beta"]).items():
        project.write(f"parts/mine/{path}", text)
    project.write("parts/mine/__pycache__/x.pyc", "junk")
    project.write("parts/requirements.txt", "-e ./mine\n")
    python_manifest(project, [], 'files = ["parts/requirements.txt"]')
    locked = packages_of(project)
    assert locked["mine"]["path"] == "parts/mine" and locked["mine"]["source"] == "path"
    assert locked["mine"]["file"]["name"] == "mine-0.1.tar" and "beta" in locked
    assert set(members(project, locked["mine"])) == {"pyproject.toml", "mine", "mine/__init__.py"}
    # What a build leaves behind is no change; what is written is one.
    project.write("parts/mine/build/lib/x.py", "junk")
    project.run("lock", "--check").succeeded()
    project.write("parts/mine/mine/__init__.py", "VERSION = 'changed'\n")
    drift = project.run("lock", "--check", "--json").failed(1).json()["drift"][0]
    assert "parts/mine is not what was locked" in drift["detail"]
    assert packages_of(project)["mine"]["file"]["sha256"] != locked["mine"]["file"]["sha256"]
    project.run("lock", "--check").succeeded()


def test_a_checkout_keeps_what_git_ignores_out(project):
    repository = Repository(project.folder / "mine")
    repository.commit({**project_files("mine", "0.1"), ".gitignore": "*.log\n"})
    (repository.folder / "a.log").write_text("noise")
    (repository.folder / "new.py").write_text("new")
    python_manifest(project, ["./mine"])
    assert set(members(project, packages_of(project)["mine"])) == {
        ".gitignore", "new.py", "pyproject.toml", "mine", "mine/__init__.py"}


def test_the_project_itself(project):
    project.write("pyproject.toml", project_files("app", "1.0", ["beta"])["pyproject.toml"])
    python_manifest(project, ["."])
    assert set(packages_of(project)) == {"app", "beta"}
    project.run("lock", "--check").succeeded()
    assert not project.run("lock", "--json").succeeded().json()["changed"]


def test_local_wheels_and_find_links(project, world):
    file, body, _ = make_wheel("direct", "1.0")
    (project.folder / "wheels").mkdir()
    (project.folder / "wheels" / file).write_bytes(body)
    python_manifest(project, [f"./wheels/{file}"])
    locked = packages_of(project)["direct"]
    assert locked["path"] == f"wheels/{file}" and locked["file"]["name"] == file
    python_manifest(project, ["direct"], 'find-links = ["wheels"]')
    locked = packages_of(project)["direct"]
    assert locked["source"] == "find-links" and "path" not in locked
    page = f'<a href="{file}#sha256={hashlib.sha256(body).hexdigest()}">{file}</a>'
    world.server.content["/links/"] = Content(page.encode(), "text/html")
    world.server.content[f"/links/{file}"] = Content(body)
    project.write("requirements.txt", f"--find-links {world.server.url}/links/\ndirect\n")
    python_manifest(project, [], 'files = ["requirements.txt"]')
    assert packages_of(project, "--upgrade")["direct"]["file"] == locked["file"]


def test_drift_of_places(project, git, library, world):
    python_manifest(project, [f"library @ git+{git.url}/library.git@v1.0"])
    packages_of(project)
    python_manifest(project, [f"library @ git+{git.url}/library.git@{library.first}"])
    project.run("lock", "--check").succeeded()
    for other in [f"library @ git+{git.url}/library.git@main", "library", "library @ ./library"]:
        python_manifest(project, [other])
        project.run("lock", "--check").failed(1)


def test_exports(project, git, library, world):
    url, digest = serve_wheel(world)
    for path, text in project_files("mine", "0.1").items():
        project.write(f"mine/{path}", text)
    python_manifest(project, [f"library @ git+{git.url}/library.git@v1.0", url, "./mine"])
    packages_of(project)
    text = project.run("export", "requirements").succeeded().out
    assert f"library @ git+{git.url}/library.git@{library.first}\n" in text
    assert f"direct @ {url} \\\n    --hash=sha256:{digest}" in text and "\n./mine\n" in text
    lock = project.run("export", "pylock").succeeded().out
    assert f'vcs = {{ type = "git", url = "{git.url}/library.git", commit-id = "{library.first}" }}' in lock
    assert f'archive = {{ url = "{url}", ' in lock and 'directory = { path = "mine" }' in lock


def test_another_machine_brings_all_again(project, git, library, world):
    url, _ = serve_wheel(world)
    for path, text in project_files("mine", "0.1").items():
        project.write(f"mine/{path}", text)
    python_manifest(project, [f"library @ git+{git.url}/library.git@main", url, "./mine"])
    locked = packages_of(project)
    library.commit(project_files("library", "2.0"))
    library.publish()
    other = project.sibling("other")
    checks = {check["name"]: check for check in other.run("verify", "--lock", "--json").json()["checks"]}
    assert checks["python-files"]["status"] == "pass" and checks["lock-manifest"]["status"] == "pass"
    for name in ["library", "direct", "mine"]:
        assert other.blob(locked[name]["file"]["sha256"]).is_file()
    third = project.sibling("third")
    third.write("mine/mine/__init__.py", "changed")
    checks = {check["name"]: check for check in third.run("verify", "--lock", "--json").json()["checks"]}
    assert "mine is not what was locked" in checks["lock-manifest"]["detail"]


def test_archives_of_sources_by_url(project, world):
    body = io.BytesIO()
    with tarfile.open(fileobj=body, mode="w:gz") as tar:
        for path, text in project_files("thing", "0.3", ["beta"]).items():
            member = tarfile.TarInfo(f"thing-0.3/inner/{path}")
            member.size = len(text)
            tar.addfile(member, io.BytesIO(text.encode()))
    world.server.content["/direct/thing-main.tar.gz"] = Content(body.getvalue())
    url = f"{world.server.url}/direct/thing-main.tar.gz"
    python_manifest(project, [f"{url}#subdirectory=inner"])
    locked = packages_of(project)
    assert locked["thing"]["version"] == "0.3" and locked["thing"]["subdirectory"] == "inner" and "beta" in locked
    assert locked["thing"]["file"]["name"] == "thing-main.tar.gz" and locked["thing"]["url"] == url
    # Other bytes under the same URL are noticed, not taken.
    world.server.content["/direct/thing-main.tar.gz"] = Content(b"other")
    other = project.sibling("other")
    python_manifest(other, [f"{url}#subdirectory=inner", "gamma"])
    assert "thing-main.tar.gz" in other.run("lock").failed(2).err


def tagged_files():
    """A project whose backend is in its tree and reads what git archive would have told, as setuptools_scm does."""
    backend = """
import re, zipfile
def version():
    text = open('.git_archival.txt').read()
    tag, distance, node = re.search(r'describe-name: v?(.*)-(\\d+)-(g[0-9a-f]+)', text).groups()
    return tag if distance == '0' else f'{tag}.post{distance}+{node}'
def prepare_metadata_for_build_wheel(folder, settings=None):
    import os
    name = f'tagged-{version()}.dist-info'
    os.makedirs(f'{folder}/{name}')
    open(f'{folder}/{name}/METADATA', 'w').write(f'Metadata-Version: 2.1\\nName: tagged\\nVersion: {version()}\\n')
    return name
def build_wheel(folder, settings=None, metadata=None):
    name = f'tagged-{version()}-py3-none-any.whl'
    with zipfile.ZipFile(f'{folder}/{name}', 'w') as wheel:
        info = f'tagged-{version()}.dist-info'
        wheel.writestr('tagged.py', f'VERSION = {version()!r}\\n')
        wheel.writestr(f'{info}/METADATA', f'Metadata-Version: 2.1\\nName: tagged\\nVersion: {version()}\\n')
        wheel.writestr(f'{info}/WHEEL', 'Wheel-Version: 1.0\\nGenerator: x\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n')
        wheel.writestr(f'{info}/RECORD', '')
    return name
"""
    return {"made.py": backend, ".git_archival.txt": "describe-name: $Format:%(describe:tags=true)$\n",
            "pyproject.toml": '[build-system]\nrequires = []\nbuild-backend = "made"\nbackend-path = ["."]\n'
                              '[project]\nname = "tagged"\ndynamic = ["version"]\n[tool.setuptools_scm]\n'}


@pytest.fixture
def tagged(git):
    repository = Repository(git.root / "tagged")
    repository.first = repository.commit(tagged_files())
    return repository


def tagged_manifest(project, line):
    project.write("mlrepro.toml", f'[os]\nsuite = "tiny"\npackages = ["python3"]\n[python]\nrequirements = ["{line}"]\n')


def test_tags_of_a_repository_make_the_version(project, git, tagged):
    url = f"tagged @ git+{git.url}/tagged.git"
    tagged.publish()
    tagged_manifest(project, url)
    package = packages_of(project)["tagged"]
    assert package["described"] == f"0.0-1-g{tagged.first[:9]}" and package["version"] == f"0.0.post1+g{tagged.first[:9]}"
    tagged.git("tag", "-a", "v1.2", "-m", "release")
    tagged.git("tag", "nightly")
    second = tagged.commit({"more.txt": "more\n"})
    third = tagged.commit({"more.txt": "more and more\n"})
    tagged.git("branch", "--force", "release", "v1.2")
    tagged.publish()
    # What is locked stays what it was, whatever was tagged since.
    tagged_manifest(project, url + "@main")
    assert tagged.first != second and packages_of(project, "--upgrade")["tagged"]["version"] == f"1.2.post2+g{third[:9]}"
    lock = project.lockfile.read_bytes()
    tagged.git("tag", "v9", third)
    tagged.publish()
    project.run("lock", "--check").succeeded()
    other = project.sibling("other")
    (other.folder / "mlrepro.toml").write_text((project.folder / "mlrepro.toml").read_text() + 'constraints = ["beta<2"]\n')
    assert packages_of(other)["tagged"]["version"] == f"1.2.post2+g{third[:9]}"
    assert project.lockfile.read_bytes() == lock
    # On the tag itself, and a tag without a digit is none.
    tagged_manifest(project, url + "@release")
    package = packages_of(project)["tagged"]
    assert (package["version"], package["described"]) == ("1.2", f"v1.2-0-g{tagged.first[:9]}")


def test_tags_of_a_local_checkout_make_the_version(project, git, tagged):
    tagged.git("tag", "v3.1")
    tagged_manifest(project, f"tagged @ file://{tagged.folder}")
    package = packages_of(project)["tagged"]
    assert (package["version"], package["described"]) == ("3.1", f"v3.1-0-g{tagged.first[:9]}")
    tagged.git("tag", "v4")
    project.run("lock", "--check").succeeded()


def test_a_project_that_reads_no_tags_has_none(project, git, library):
    python_manifest(project, [f"library @ git+{git.url}/library.git"])
    assert "described" not in packages_of(project)["library"]
    assert not any("tags" in line for line in git.log)
