"""The same module from a Debian package and from a wheel."""

from conftest import tiny


def test_a_module_that_comes_twice_is_named_with_both(project, world, tmp_path):
    tiny(tmp_path, world.archive, "python3-beta", "1.2-3")
    world.archive.publish()
    project.manifest(["python3", "python3-beta"], ["alpha"])
    result = project.run("lock", "--json").succeeded()
    warnings = result.json()["warnings"]
    assert [warning["packages"] for warning in warnings] == [["python3-beta 1.2-3", "beta 2.0"]]
    assert warnings[0]["code"] == "module-twice" and "imports the wheel's" in warnings[0]["message"]
    assert "python3-beta 1.2-3" in result.err and "beta 2.0" in result.err
    again = project.run("lock", "--json").succeeded()
    assert again.json()["warnings"] == warnings


def test_one_of_each_is_no_warning(project):
    project.manifest(["python3", "greeting"], ["beta"])
    assert project.run("lock", "--json").succeeded().json()["warnings"] == []
