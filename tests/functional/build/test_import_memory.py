"""What was seen to import is not imported again in the next set, unless something that it looked for is another there."""

import json

import pytest

from world.python_index import PythonIndex

# Each of them fails where the package extra-one is there, by a way of its own to look for it.
LOOKS = {
    "tries": "try:\n    import extra_one\nexcept ImportError:\n    pass\nelse:\n    raise RuntimeError('extra-one')\n",
    "finds": "import importlib.util\nif importlib.util.find_spec('extra_one'):\n    raise RuntimeError('extra-one')\n",
    "names": "import importlib.metadata as m\ntry:\n    m.version('Extra.One')\nexcept m.PackageNotFoundError:\n    pass\n"
             "else:\n    raise RuntimeError('extra-one')\n",
    "plugs": "import importlib.metadata as m\nif any('One' in d.metadata['Name'].title() for d in m.distributions()):\n"
             "    raise RuntimeError('extra-one')\n",
    "lists": "import os\nsite = os.path.dirname(os.path.dirname(__file__))\nif 'extra_one' in os.listdir(site):\n"
             "    raise RuntimeError('extra-one')\n",
    "globs": "import glob, os\nsite = os.path.dirname(os.path.dirname(__file__))\nif glob.glob(site + '/extra_*'):\n"
             "    raise RuntimeError('extra-one')\n",
    "opens": "import os\nsite = os.path.dirname(os.path.dirname(__file__))\ntry:\n    open(site + '/extra_one/__init__.py').close()\n"
             "except FileNotFoundError:\n    pass\nelse:\n    raise RuntimeError('extra-one')\n",
}
OTHERS = {
    "plain": "import json\n",
    "library": "import json\n",
    "startled": "import sys\nif hasattr(sys, 'started'):\n    raise RuntimeError('started')\n",
}


@pytest.fixture(scope="module")
def index(world):
    index = PythonIndex(world.server, "/import-memory")
    for name, text in {**LOOKS, **OTHERS}.items():
        index.add(name, "1.0", files={f"{name}/__init__.py": text})
    index.add("library", "2.0", files={"library/__init__.py": "import json  # 2\n"})
    # Nothing that the interpreter tells of leads from one to the other, as with a shared library's run path.
    index.add("leans", "1.0", requires=["library"], files={"leans/__init__.py": "import json\n"})
    index.add("extra-one", "1.0", files={"extra_one/__init__.py": ""})
    index.add("starts", "1.0", files={"starts.pth": "import sys; sys.started = True\n", "starts_it/__init__.py": ""})
    index.publish()
    return index


@pytest.fixture
def project(warm_project, index):
    warm_project.environment["PIP_INDEX_URL"] = index.json
    for note in (warm_project.cache / "kept").glob("import-*"):
        note.unlink()
    return warm_project


def build(project, *requirements, words=(), status=0, extra=""):
    project.manifest(["python3", "greeting"], list(requirements), extra=extra)
    project.run("lock").succeeded()
    result = project.run("build", "--json", *words)
    assert result.status == status, result.err
    answer = result.json()
    return {item["package"]: item for item in answer["imports"]}, "import" in answer["phases"]


def memories(project):
    """What the notes in the cache lead to."""
    digests = {note.name: note.read_text().strip() for note in (project.cache / "kept").glob("import-*")}
    return {name: json.loads((project.cache / "store/sha256" / digest[:2] / digest).read_text())
            for name, digest in digests.items()}


def test_what_looks_for_a_package_that_comes_is_imported_again(project):
    build(project, *LOOKS, "plain")
    outcomes, _ = build(project, *LOOKS, "plain", "extra-one", status=1)
    assert {name: item["error"] for name, item in outcomes.items() if not item["ok"]} == {
        name: "RuntimeError: extra-one" for name in LOOKS}


def test_what_did_not_change_is_not_imported_again_and_told_alike(project):
    first, asked = build(project, "plain", "library==1.0", "leans")
    before = memories(project)
    assert asked and len(before) == 3
    second, asked = build(project, "plain", "library==1.0", "leans", "extra-one")
    assert asked and {name: second[name] for name in first} == first
    after = memories(project)
    assert len(after) == 4 and {name: after[name] for name in before} == before
    third, asked = build(project, "plain", "leans", "library==1.0")
    assert third == first and not asked


def test_what_it_needs_is_another(project):
    build(project, "plain", "library==1.0", "leans")
    before = memories(project)
    build(project, "plain", "library==2.0", "leans")
    after = memories(project)
    assert len(after) == 4
    # Of leans, whose own files are the same.
    assert [after[name]["looked-at"] == before[name]["looked-at"] for name in before].count(False) == 1


def test_what_runs_at_the_start_of_the_interpreter_counts_for_all(project):
    build(project, "plain", "startled")
    outcomes, _ = build(project, "plain", "startled", "starts", status=1)
    assert outcomes["startled"]["error"] == "RuntimeError: started"


def test_other_variables_and_other_ways_to_build_ask_anew(project):
    build(project, "plain", "startled")
    before = memories(project)
    build(project, "plain", "startled", "extra-one", extra='[run]\nenv = { COLOUR = "red" }\n')
    assert len(memories(project)) == len(before) + 3
    for words in (["--no-cache"], ["--twice"]):
        before = memories(project)
        _, asked = build(project, "plain", "tries", words=words)
        assert asked and memories(project) == before
        for note in (project.cache / "images").glob("*/imports"):
            note.unlink()


@pytest.mark.parametrize("damage", [b"", b"{}", b'{"looked-at": 1, "seen": 2, "imports": 3}', b"\0" * 50])
def test_damaged_memories_are_made_again(project, damage):
    first, _ = build(project, "plain")
    (note,) = (project.cache / "kept").glob("import-*")
    digest = note.read_text().strip()
    blob = project.cache / "store/sha256" / digest[:2] / digest
    blob.unlink()
    blob.write_bytes(damage)
    second, asked = build(project, "plain", "extra-one")
    assert asked and second["plain"]["ok"]
