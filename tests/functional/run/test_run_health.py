"""[run.healthcheck]: asked while the command runs, told when it changes, and kept in the record."""

import json
import time

import pytest


def checked(project, command, code, **keys):
    project.manifest(["python3", "greeting"], ["alpha", "tool"], ["sh", "-c", code], ["output/**"])
    lines = "".join(f"{name.replace('_', '-')} = {json.dumps(value)}\n" for name, value in keys.items())
    with (project.folder / "mlrepro.toml").open("a") as manifest:
        manifest.write(f"[run.healthcheck]\ncommand = {json.dumps(command)}\n{lines}")


def health(project, run="latest"):
    return project.run("runs", "show", run, "--json").succeeded().json()["run"]["health"]


@pytest.mark.parametrize("runtime", ["crun", "runc"])
def test_state_follows_the_command_and_is_told(built, runtime):
    # Ready only after a while, then broken.
    code = "sleep 0.6; touch /tmp/ready; sleep 1.5; rm /tmp/ready; sleep 1.5"
    checked(built, "test -e /tmp/ready || { echo not ready; false; }", code, interval="100ms", retries=3, start_period="30s")
    result = built.run("run", "--runtime", runtime).succeeded()
    assert result.err.index("is healthy") < result.err.index("is unhealthy: exit status 1: not ready")
    told = health(built)
    assert told["state"] == "unhealthy" and told["checks"] > told["failures"] >= 3 and "not ready" in told["last"]
    assert "unhealthy" in built.run("runs", "show").out


@pytest.mark.parametrize("runtime", ["crun", "runc"])
@pytest.mark.parametrize("user", ["0", "1000"])
def test_check_has_the_place_of_the_command_and_no_more(built, runtime, user):
    # It writes where the command may, with its variables and privileges.
    checked(built, ["sh", "-c", "{ echo $MARK; id -u; grep -E 'CapBnd|CapEff|Seccomp:|NoNewPrivs' /proc/self/status; } > /app/output/new && "
                    "mv /app/output/new /app/output/seen"],
            "grep -E 'CapBnd|CapEff|Seccomp:|NoNewPrivs' /proc/self/status > output/own; sleep 1", interval="200ms")
    (built.folder / "output").chmod(0o777)
    built.run("run", "-e", "MARK=here", "--user", user, "--runtime", runtime).succeeded()
    mark, seen, *status = (built.folder / "output/seen").read_text().splitlines()
    assert (mark, seen) == ("here", user) and status == (built.folder / "output/own").read_text().splitlines()
    assert health(built)["state"] == "healthy"


def test_state_can_be_asked_for_meanwhile_and_a_slow_check_fails(built):
    checked(built, ["sleep", "20"], "sleep 2.5", interval="100ms", timeout="200ms", retries=1)
    process = built.start("run", "--name", "slow")
    end = time.monotonic() + 20
    while b"unhealthy" not in (line := process.stderr.readline()):
        assert line and time.monotonic() < end
    assert b"timeout" in line and health(built, "slow")["state"] == "unhealthy"
    process.communicate(timeout=20)
    assert process.returncode == 0


def test_run_that_ends_before_the_first_check_is_starting(built):
    checked(built, ["false"], "true")
    built.run("run").succeeded()
    assert health(built) == {"state": "starting", "checks": 0, "failures": 0, "last": ""}


def test_bubblewrap_cannot_and_says_so(built):
    checked(built, ["true"], "true")
    assert "health checks" in built.run("run", "--runtime", "bwrap").failed(125).err


@pytest.mark.parametrize("keys, word", [({"interval": "0s"}, "interval"), ({"timeout": "soon"}, "soon"), ({"retries": 0}, "retries"),
                                        ({"interval": "5"}, '"5"'), ({"start_period": "1d"}, "1d"), ({"test": "true"}, "test")])
def test_wrong_key_is_named_with_its_line(built, keys, word):
    checked(built, ["true"], "true", **keys)
    result = built.run("run").failed(125)
    assert word in result.err and "mlrepro.toml:" in result.err


def test_check_without_a_command_is_refused(built):
    checked(built, [], "true")
    assert "healthcheck.command" in built.run("run").failed(125).err
