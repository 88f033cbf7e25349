"""mlrepro init: a manifest from what a project already says."""

import tomllib

import jsonschema
import pytest
from world.program import schema

DOCKERFILE = """FROM python:3.11-slim-bookworm
RUN apt-get update && apt-get install -y --no-install-recommends \\
    greeting \\
    libgreeting=2.0-1 && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt 'gamma' hg+https://example.org/x
COPY . /app
ENV SEED=1
CMD ["python", "train.py"]
"""


def init(project, *arguments):
    document = project.run("init", "--json", *arguments).succeeded().json()
    text = (project.folder / "mlrepro.toml").read_text()
    assert document["content"] == text
    manifest = tomllib.loads(text)
    jsonschema.validate(manifest, schema("manifest"), jsonschema.Draft202012Validator)
    return manifest, document


def places(document):
    return {(entry["key"], entry["value"]): (entry.get("from"), entry.get("line")) for entry in document["taken"]}


@pytest.fixture
def dockerfile(project):
    project.write("Dockerfile", DOCKERFILE)
    project.write("requirements.txt", "alpha==2.0\n")
    project.write("train.py", "print('hello')\n")
    return project


def test_dockerfile(dockerfile):
    manifest, document = init(dockerfile)
    assert manifest["os"] == {"suite": "bookworm", "packages": ["python3", "greeting", "libgreeting=2.0-1"]}
    assert manifest["python"] == {"files": ["requirements.txt"], "requirements": ["gamma"]}
    assert manifest["run"] == {"command": ["python3", "train.py"], "workdir": "/app", "mounts": ["./:/app"],
                               "env": {"SEED": "1"}}
    taken = places(document)
    assert taken["os.suite", "bookworm"] == ("Dockerfile", 1)
    assert taken["os.packages", "libgreeting=2.0-1"] == ("Dockerfile", 4)
    assert taken["python.requirements", "gamma"] == ("Dockerfile", 7)
    left, = document["left_out"]
    assert (left["from"], left["line"]) == ("Dockerfile", 7) and "hg+https://example.org/x" in left["what"]
    assert "#   Dockerfile:7: hg+https://example.org/x" in document["content"]
    assert '# exclude-newer = "pins"' in document["content"]


def test_what_it_writes_can_be_locked(dockerfile):
    dockerfile.run("init").succeeded()
    path = dockerfile.folder / "mlrepro.toml"
    path.write_text(path.read_text().replace('"bookworm"', '"tiny"').replace('"gamma"', '"delta"'))
    dockerfile.run("lock").succeeded()
    dockerfile.run("lock", "--check").succeeded()
    names = {package["name"] for package in dockerfile.lock_document()["python"]["packages"]}
    assert names == {"alpha", "beta", "delta"}


def test_people_see_a_table_and_the_next_command(dockerfile):
    result = dockerfile.run("init").succeeded()
    assert result.out.splitlines()[0].split() == ["KEY", "VALUE", "FROM", "LINE"]
    assert "os.packages" in result.out and "not carried over: Dockerfile:7:" in result.out
    assert result.out.rstrip().endswith("next: mlrepro lock")


def test_a_manifest_is_not_replaced_without_force(dockerfile):
    dockerfile.write("mlrepro.toml", "# mine\n")
    result = dockerfile.run("init").failed(2)
    assert "--force" in result.err and (dockerfile.folder / "mlrepro.toml").read_text() == "# mine\n"
    assert dockerfile.run("init", "--json").failed(2).json()["error"]["code"] == "manifest-exists"
    init(dockerfile, "--force")


def test_requirements_file_is_named(project):
    project.write("requirements.txt", "alpha\nbeta<2\n")
    project.write("main.py", "")
    manifest, document = init(project, "--from", "requirements.txt")
    assert manifest["os"] == {"suite": "bookworm", "packages": ["python3"]}
    assert manifest["python"] == {"files": ["requirements.txt"]}
    assert manifest["run"]["command"] == ["python3", "main.py"]
    assert "exclude-newer" not in document["content"]


def test_requirements_that_cannot_be_carried_over_are_told(project):
    project.write("requirements.txt", "alpha==1.0  # old\n-r more/dev.txt\nbeta @ hg+https://me:secret@example.org/beta\n")
    project.write("more/dev.txt", "gamma; python_version >= '3'\n-e .\n\ngit+ssh://example.org/x\n-r ../requirements.txt\n")
    manifest, document = init(project)
    assert manifest["python"] == {"requirements": [
        "alpha==1.0", "gamma; python_version >= '3'", "./more", "git+ssh://example.org/x"]}
    left = {(entry["from"], entry["line"]) for entry in document["left_out"]}
    assert left == {("requirements.txt", 3)}
    assert "secret" not in document["content"] and "secret" not in str(document)


def test_addresses_and_trees_are_carried_over(project):
    """The file is named as it is; a command's requirements are listed, without what is secret."""
    project.write("requirements.txt", "alpha==1.0\n-e git+https://example.org/a.git@v1#egg=a\n./tree\n")
    manifest, document = init(project)
    assert manifest["python"] == {"files": ["requirements.txt"]} and document["left_out"] == []
    project.write("Dockerfile", "FROM python:3.11\nRUN pip install 'b @ git+https://me:secret@example.org/b@v2' "
                                "https://example.org/c-1.0-py3-none-any.whl /opt/tree\n")
    manifest, document = init(project, "--force", "--from", "Dockerfile")
    assert manifest["python"]["requirements"] == [
        "b @ git+https://example.org/b@v2", "c @ https://example.org/c-1.0-py3-none-any.whl"]
    assert ["netrc" in left["what"] or "/opt/tree" in left["what"] for left in document["left_out"]] == [True, True]
    assert "secret" not in document["content"] and "secret" not in str(document)


@pytest.mark.parametrize("python, suite", [(">=3.8", "bookworm"), (">=3.12", "trixie"), ("<3.10", "bullseye"), (None, "bookworm")])
def test_pyproject_chooses_the_suite(project, python, suite):
    line = f'requires-python = "{python}"\n' if python else ""
    project.write("pyproject.toml", f'[project]\nname = "p"\n{line}dependencies = ["alpha"]\n'
                                    '[dependency-groups]\ndev = ["beta"]\n')
    manifest, document = init(project, "--from", "pyproject.toml")
    assert manifest["os"]["suite"] == suite and manifest["python"] == {"pyproject": True}
    assert "groups" in document["left_out"][0]["what"]


def test_pyproject_without_a_list_says_so(project):
    project.write("pyproject.toml", '[project]\nname = "p"\ndynamic = ["dependencies"]\n')
    manifest, document = init(project)
    assert "python" not in manifest and "dynamic" in document["left_out"][0]["what"]
    project.write("pyproject.toml", '[tool.poetry.dependencies]\nnumpy = "^1"\n')
    assert "poetry" in init(project, "--force")[1]["left_out"][0]["what"]


def test_folder_prefers_what_says_most(project):
    project.write("requirements.txt", "alpha\n")
    project.write("pyproject.toml", "[tool.black]\nline-length = 100\n")
    manifest, _ = init(project)
    assert manifest["python"] == {"files": ["requirements.txt"]}
    project.write("Dockerfile", "FROM debian:11-slim\nRUN apt-get install -y git\n")
    manifest, document = init(project, "--force")
    assert manifest["os"] == {"suite": "bullseye", "packages": ["git"]} and "python" not in manifest
    assert "# recommends = true" in document["content"]


def test_empty_folder_gives_a_manifest_to_start_from(project):
    manifest, document = init(project)
    assert manifest == {"os": {"suite": "bookworm", "packages": ["python3"]}} and document["left_out"] == []


@pytest.mark.parametrize("base, suite, said", [
    ("python:3.10-bookworm", "bookworm", "Python 3.10: the python3 of bookworm is 3.11"),
    ("python:3.13", "trixie", None),
    ("python:3.11-alpine", "bookworm", "Alpine"),
    ("ubuntu:20.04", "bullseye", "Ubuntu"),
    ("registry.test:5000/library/debian:12.5", "bookworm", None),
    ("pytorch/pytorch:2.1.0-cuda12.1-cudnn8-runtime", "bookworm", "torch==2.1.0"),
    ("debian", "bookworm", "names no suite"),
])
def test_base_images(project, base, suite, said):
    project.write("Dockerfile", f"FROM {base}\nRUN pip install alpha\n")
    manifest, document = init(project)
    assert manifest["os"]["suite"] == suite
    whats = [entry["what"] for entry in document["left_out"]]
    assert [what for what in whats if said in what] if said else whats == []


def test_the_last_stage_counts_with_those_it_starts_from(project):
    project.write("Dockerfile", "ARG V=3.11\nFROM debian:12 AS tools\nRUN apt-get install -y gcc\n"
                                "FROM python:${V}-bookworm AS base\nARG A=2.0\nRUN pip install alpha==$A\n"
                                "FROM base\nRUN <<EOF\npip install beta\nEOF\nCOPY --from=tools /x /y\n")
    manifest, document = init(project)
    assert manifest["os"]["packages"] == ["python3"]
    assert manifest["python"]["requirements"] == ["alpha==2.0", "beta"]
    assert "--from=tools" in document["left_out"][0]["what"]


def test_other_folder_and_wrong_paths(project):
    project.write("docker/Dockerfile", "FROM python:3.11\nCOPY src /app/src\nRUN pip install -r /tmp/req.txt\n")
    project.write("docker/req.txt", "alpha\n")
    project.write("docker/src/x.py", "")
    manifest, _ = init(project, "--from", "docker/Dockerfile")
    assert manifest["python"] == {"files": ["docker/req.txt"]}
    assert manifest["run"]["mounts"] == ["./docker/src:/app/src"]
    for path in ("nowhere", "docker/src/x.py"):
        result = project.run("init", "--force", "--from", path).failed(2)
        assert "Dockerfile" in result.err
    assert "alpha" not in (project.folder / "mlrepro.toml").read_text()


def test_no_dockerfile_breaks_the_manifest(project):
    for number, text in enumerate(["", "RUN x\n", "FROM a\nRUN pip install 'x\"\n", "FROM a\nENV A=\"\\\"\" B='\\u0001\t'\n",
                                   "FROM a\nWORKDIR rel\nCOPY . .\nCMD []\n", "FROM a\nRUN " + "echo a && " * 5000 + "make\n",
                                   "FROM a\nCMD [\"\\u0000\", \"\\n\"]\nENV \"a b\"=c\n"]):
        project.write("Dockerfile", text)
        result = project.run("init", "--force", "--json")
        assert result.status in (0, 2), (number, result.out, result.err)
        if result.status == 0:
            init(project, "--force")


def test_indexes_and_constraints_of_listed_requirements(project):
    project.write("bounds.txt", "beta<2\n")
    project.write("requirements.txt", "-i https://user:secret@example.org/simple\n--extra-index-url=https://example.org/more\n"
                                      "-c bounds.txt\nalpha\nhg+https://example.org/x\n")
    manifest, document = init(project)
    assert manifest["python"]["requirements"] == ["alpha"] and manifest["python"]["constraints"] == ["beta<2"]
    assert manifest["python"]["index"] == [{"name": "extra-1", "url": "https://example.org/more"},
                                           {"name": "pypi", "url": "https://example.org/simple"}]
    assert "secret" not in (project.folder / "mlrepro.toml").read_text()
    project.write("requirements.txt", "--extra-index-url https://example.org/more\nalpha\nhg+https://example.org/x\n")
    manifest, document = init(project, "--force")
    assert "index" not in manifest["python"]
    assert any("--extra-index-url" in entry["what"] for entry in document["left_out"])
