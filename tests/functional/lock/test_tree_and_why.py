"""mlrepro tree and why: the locked graph, told without network."""

import pytest


@pytest.fixture
def locked(project, world):
    project.manifest(["python3", "greeting"], ["Mixed.Case_Name", "tool"])
    project.run("lock").succeeded()
    world.server.log.clear()
    yield project
    assert world.server.log == []


def test_tree_draws_what_needs_what(locked):
    lines = locked.run("tree", "--python").succeeded().out.splitlines()
    assert lines == [
        "mixed-case-name 1.0",
        "└── alpha 2.0  [alpha[more]>=1]",
        "    └── beta 2.0  [beta>=1]",
        "tool 1.0",
    ]


def test_tree_of_the_os_has_requested_then_essential_roots(locked):
    lines = locked.run("tree", "--os", "--depth", "0").succeeded().out.splitlines()
    assert lines[0] == "greeting 1.5-1"
    assert any(line.startswith("dpkg ") and line.endswith(" (essential)") for line in lines[2:])
    assert not any("libgreeting" in line for line in lines)


def test_inverted_tree_goes_up(locked):
    assert locked.run("tree", "--invert", "Beta").succeeded().out.splitlines() == [
        "beta 2.0 (not requested)",
        "└── alpha 2.0  [beta>=1]",
        "    └── mixed-case-name 1.0  [alpha[more]>=1]",
    ]


def test_tree_as_a_document_is_the_whole_graph(locked):
    document = locked.run("tree", "--json").succeeded().json()
    lock = locked.lock_document()
    packages = {(package["ecosystem"], package["name"]): package for package in document["packages"]}
    assert len(packages) == len(lock["os"]["packages"]) + len(lock["python"]["packages"])
    assert packages["os", "greeting"]["requires"] == [{"name": "libgreeting", "requirement": "libgreeting"}]
    assert packages["os", "libgreeting"]["required_by"] == [{"name": "greeting", "requirement": "libgreeting"}]
    assert {"ecosystem": "python", "name": "tool"} in document["roots"]


def test_why_tells_the_chain(locked):
    assert locked.run("why", "beta").succeeded().out.splitlines() == [
        "beta 2.0 (python)",
        "  python.requirements → mixed-case-name 1.0 → alpha 2.0 [alpha[more]>=1] → beta 2.0 [beta>=1]",
    ]
    document = locked.run("why", "libgreeting", "--json").succeeded().json()
    chain, = document["packages"][0]["chains"]
    assert chain["origin"] == "os.packages"
    assert [step["name"] for step in chain["steps"]] == ["greeting", "libgreeting"]


@pytest.mark.parametrize("words", [("why", "aplha"), ("tree", "--invert", "aplha")])
def test_a_name_that_is_not_locked_is_refused_with_the_nearest(locked, words):
    result = locked.run(*words).failed(2)
    assert "no package aplha" in result.err and "alpha?" in result.err


def test_without_a_lock_both_say_what_to_do(project):
    project.manifest(["python3"])
    for words in (("why", "python3"), ("tree",)):
        assert "mlrepro lock" in project.run(*words).failed(2).err


def test_what_requested_packages_cost(locked):
    lock = locked.lock_document()
    sizes = {package["name"]: package["size"] for package in lock["os"]["packages"]}
    files = {package["name"]: package["file"]["size"] for package in lock["python"]["packages"]}
    document = locked.run("why", "--size", "--json").succeeded().json()
    assert document["measure"] == "files" and document["total"] == sum(sizes.values()) + sum(files.values())
    costs = {package["name"]: package for package in document["packages"]}
    assert set(costs) == {"python3", "greeting", "mixed-case-name", "tool"}
    both = sizes["greeting"] + sizes["libgreeting"]
    assert [costs["greeting"][key] for key in ("own", "with_needs", "alone")] == [sizes["greeting"], both, both]
    assert costs["mixed-case-name"]["alone"] == files["mixed-case-name"] + files["alpha"] + files["beta"]
    assert [package["alone"] for package in document["packages"]] == sorted(
        (package["alone"] for package in document["packages"]), reverse=True)
    lines = locked.run("why", "--size", "Alpha").succeeded().out.splitlines()
    assert len(lines) == 3 and lines[1].startswith("alpha 2.0") and "to fetch" in lines[2]


def test_without_a_name_only_sizes_are_told(locked):
    assert "NAME is required" in locked.run("why").failed(2).err
