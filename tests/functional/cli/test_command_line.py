"""What a person or a script types, and what they are told when it is wrong."""

import json
import re
import subprocess

import pytest

COMMANDS = ["init", "lock", "tree", "why", "build", "run", "verify", "export", "runs", "store"]


def test_help_names_every_command(project):
    text = project.run("--help").succeeded().out
    for command in COMMANDS:
        assert re.search(rf"^  {command} ", text, re.MULTILINE), text


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_help_with_its_options(project, command):
    text = project.run(command, "--help").succeeded().out
    assert "--json" in text
    assert "Usage" in text or "usage" in text


def test_version_is_one_line(project):
    assert re.fullmatch(r"mlrepro \d+\.\d+\.\d+\n", project.run("--version").succeeded().out)


def test_wrong_option_suggests_the_right_one(project):
    result = project.run("lock", "--upgrad").failed(2)
    assert "--upgrad" in result.err and "did you mean --upgrade?" in result.err
    assert result.out == ""


def test_wrong_command_suggests_the_right_one(project):
    result = project.run("verfy").failed(2)
    assert "verfy" in result.err and "verify" in result.err


def test_global_options_may_stand_before_and_after_the_command(project):
    project.manifest()
    for arguments in (["-C", project.folder, "lock", "--check"], ["lock", "--check", "-C", project.folder]):
        result = project.run(*arguments, cwd="/").failed(2)
        assert "mlrepro lock" in result.err  # it found the manifest and misses the lock


def test_no_manifest_says_so(project):
    result = project.run("lock", "--json").failed(2)
    assert result.json()["error"]["code"] == "no-manifest"


def test_error_as_json_is_exactly_one_document(project):
    result = project.run("lock", "--json", "--upgrad").failed(2)
    document = json.loads(result.out)
    assert document["kind"] == "error" and document["version"] == 1
    result.json()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_name_the_commands(project, shell):
    script = project.run("completion", shell).succeeded().out
    for command in COMMANDS:
        assert command in script
    if shell == "bash":
        subprocess.run(["bash", "-n"], input=script, text=True, check=True)


def test_bash_completion_completes(project):
    script = project.run("completion", "bash").succeeded().out
    words = script + '\nCOMP_WORDS=(mlrepro ver); COMP_CWORD=1\n' \
        '$(complete -p mlrepro | sed "s/.*-F \\([^ ]*\\).*/\\1/") mlrepro ver mlrepro\necho "${COMPREPLY[@]}"\n'
    answer = subprocess.run(["bash", "--norc"], input=words, text=True, capture_output=True, check=True)
    assert "verify" in answer.stdout, answer.stdout + answer.stderr


def test_color_only_where_wanted(project):
    project.manifest()
    project.run("lock").succeeded()
    assert "\033[" not in project.run("lock").out
    assert "\033[" in project.run("--color", "always", "lock").out
    assert "\033[" not in project.run("--color", "never", "lock").out


def test_no_color_is_honoured_on_a_terminal(project):
    project.manifest()
    project.run("lock").succeeded()
    command = f"{project.start('--version').args[0]} lock"
    shown = {}
    for value in ("", "1"):
        environment = {**project.environment, "TERM": "xterm", "NO_COLOR": value}
        answer = subprocess.run(["script", "-qec", command, "/dev/null"], cwd=project.folder, env=environment,
                                capture_output=True, stdin=subprocess.DEVNULL, check=True)
        shown[value] = answer.stdout
    assert b"\033[3" in shown[""]
    assert b"\033[3" not in shown["1"]


def test_stdout_is_the_answer_and_stderr_the_progress(project):
    project.manifest()
    result = project.run("--progress", "none", "-q", "lock").succeeded()
    assert result.err == ""
    assert "lock id sha256:" in result.out


@pytest.mark.parametrize("arguments", [["lock", "--color", "blue"], ["build", "--output", "ova:x"], ["runs", "shwo"],
                                       ["lock", "surplus"], ["run", "--network", "some", "--", "true"]])
def test_wrong_usage_is_exit_2_and_for_run_125(project, arguments):
    project.manifest()
    result = project.run(*arguments)
    assert result.status == (125 if arguments[0] == "run" else 2), result.err
    assert "error" in result.err
