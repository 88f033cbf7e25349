"""Two processes with one project: nothing of either is lost."""

import json


def finish(processes):
    ended = []
    for process in processes:
        out, err = process.communicate(timeout=120)
        ended.append((process.returncode, out.decode(), err.decode()))
    return ended


def records(project):
    return project.run("runs", "list", "--json").succeeded().json()["runs"]


def test_both_runs_are_recorded_with_what_each_printed(built):
    words = [f"run-{number}" for number in range(4)]
    ended = finish([built.start("run", "--name", word, "--", "sh", "-c", f"sleep 0.5; echo {word}") for word in words])
    assert [(status, out) for status, out, _ in ended] == [(0, f"{word}\n") for word in words], ended
    assert sorted(run["name"] for run in records(built)) == words
    for word in words:
        record = built.run("runs", "show", word, "--json").succeeded().json()["run"]
        assert record["exit_status"] == 0 and record["log"] == f"{word}\n"


def test_one_name_is_given_once(built):
    ended = finish([built.start("run", "--name", "same", "--", "sh", "-c", "sleep 0.5") for _ in range(2)])
    assert sorted(status for status, _, _ in ended) == [0, 125], ended
    assert [run["name"] for run in records(built)] == ["same"]


def test_runs_and_verify_read_while_a_run_goes_on(built):
    built.write("train.py", "import time\nprint('begun', flush=True)\ntime.sleep(3)\nopen('output/w', 'w').write('w')\n")
    process = built.start("run", "--name", "long")
    assert process.stdout.readline() == b"begun\n"
    assert [(run["name"], run["exit_status"]) for run in records(built)] == [("long", None)]
    built.run("verify", "--lock", "--json").succeeded()
    assert finish([process])[0][0] == 0
    assert records(built)[0]["exit_status"] == 0
    assert json.loads(built.run("verify", "--json").succeeded().out)["verdict"] == "verified"
