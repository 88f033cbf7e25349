"""Conflicts are told as one chain, no longer than it must be, with a change that was tried."""

import json


def conflicts(project):
    return project.run("lock", "--json").failed(1).json()["conflicts"]


def links(conflict):
    return {(link["from"], link["requirement"], link["to"]) for link in conflict["chain"]}


def test_two_requirements_and_the_nearest_change(project):
    project.manifest(["python3"], ["beta>=2", "gamma", "tool", "fast"])
    conflict = conflicts(project)[0]
    assert links(conflict) == {("mlrepro.toml", "beta>=2", "beta 2.0"), ("mlrepro.toml", "gamma", "gamma 1.0"),
                               ("gamma 1.0", "beta<1.5", "beta 1.0")}
    assert conflict["suggestion"] == "beta<2 instead of beta>=2 lets it resolve: beta 1.0, gamma 1.0"
    project.manifest(["python3"], ["beta<2", "gamma", "tool", "fast"])
    project.run("lock").succeeded()


def test_requires_python_goes_on_into_the_suite(project):
    project.manifest(["python3"], ["future>=2"])
    conflict = conflicts(project)[0]
    python = [link for link in conflict["chain"] if link["from"] == "future 2.0"]
    assert python[0]["requirement"] == "Python >=4" and python[0]["to"].startswith("python3 3.")
    assert ("mlrepro.toml", 'os.suite = "tiny"', python[0]["to"]) in links(conflict)
    assert conflict["suggestion"] == "future<2 instead of future>=2 lets it resolve: future 1.0"


def test_manylinux_goes_on_into_the_suites_libc(project, world):
    world.index.add("modern", "1.0", tag="cp311-cp311-manylinux_2_99_x86_64")
    world.index.publish()
    project.manifest(["python3"], ["modern"])
    conflict = conflicts(project)[0]
    glibc = [link for link in conflict["chain"] if link["requirement"] == "glibc 2.99 or newer"]
    assert glibc and glibc[0]["to"].startswith("libc6 2.")
    assert ("mlrepro.toml", 'os.suite = "tiny"', glibc[0]["to"]) in links(conflict)


def test_wheels_for_other_platforms_are_named(project, world):
    for tag in ("cp311-cp311-win_amd64", "cp311-cp311-macosx_11_0_arm64", "cp311-cp311-manylinux2014_aarch64"):
        world.index.add("foreign", "1.0", tag=tag)
    world.index.publish()
    project.manifest(["python3"], ["foreign"])
    assert "foreign 1.0 has wheels for Linux aarch64 or Windows or macOS alone" in conflicts(project)[0]["message"]


def test_constraint_and_date_and_yanked(project, world):
    world.index.add("young", "1.0")
    world.index.add("young", "2.0", uploaded="2026-01-01T00:00:00Z")
    world.index.add("pulled", "1.0", yanked="")
    world.index.publish()
    manifest = project.manifest(["python3"], ["beta>=2", "pulled", "young>=2"])
    text = manifest.read_text().replace("[python]\n", '[python]\nconstraints = ["beta<2"]\n')
    manifest.write_text('[environment]\nexclude-newer = "2025-06-01T00:00:00Z"\n' + text)
    result = project.run("lock", "--json", env={"PIP_INDEX_URL": world.index.json}).failed(1)
    told = {conflict["chain"][0]["requirement"]: conflict for conflict in result.json()["conflicts"]}
    assert "against the constraint beta<2" in told["beta>=2"]["message"]
    assert told["pulled"]["suggestion"] == "pulled==1.0 instead of pulled lets it resolve: pulled 1.0" \
        or "pulled==1.0" in told["pulled"]["suggestion"]
    young = told["young>=2"]
    assert "young 2.0 is of 2026-01-01, after exclude-newer" in young["message"]
    assert young["suggestion"].startswith("young<2 instead of young>=2")
    assert 'exclude-newer = "2026-01-01T00:00:00Z"' in young["suggestion"]


def test_a_typo_is_only_corrected_to_what_resolves(project):
    project.manifest(["python3"], ["tol", "tool"])
    conflict = conflicts(project)[0]
    assert conflict["message"] == 'the index has no project "tol"'
    assert conflict["suggestion"] == "tool instead of tol lets it resolve: tool 1.0"
    project.manifest(["python3"], ["qqqqqqqq", "tool"])
    assert conflicts(project)[0]["suggestion"] == "leaving out qqqqqqqq lets it resolve"


def test_os_changes_are_tried(project):
    project.manifest(["python3", "enemy", "greeting"])
    assert conflicts(project)[0]["suggestion"] == \
        'leaving out "enemy" lets it resolve; so does leaving out "greeting"'
    project.manifest(["python3", "greeting (>= 9)"])
    assert conflicts(project)[0]["suggestion"] == \
        '"greeting" instead of "greeting (>= 9)" lets it resolve: greeting 1.5-1'


def test_words_fit_eighty_columns(project):
    project.manifest(["python3"], ["beta>=2", "gamma", "delta", "future>=2", "qqqqqqqq"])
    out = project.run("lock").failed(1).out
    assert "hint: " in out and "conflict: " in out
    assert max(map(len, out.splitlines())) <= 80
    assert "\n\n" not in out


def test_a_refusal_says_the_same_every_time(project):
    project.manifest(["python3"], ["beta>=2", "gamma", "tool"])
    first = json.dumps(conflicts(project))
    assert json.dumps(conflicts(project)) == first
