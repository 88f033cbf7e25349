"""mlrepro shell and lab, and run on a real terminal."""

import fcntl
import json
import os
import pty
import select
import shutil
import signal
import struct
import subprocess
import termios
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from world.program import program_path, schema

needs_pasta = pytest.mark.skipif(not shutil.which("pasta") or not Path("/dev/net/tun").exists(), reason="needs pasta")


class OnTerminal:
    """The program on a terminal of its own."""

    def __init__(self, project, *words, size=(37, 91)):
        pid, self.terminal = pty.fork()
        if pid == 0:
            os.chdir(project.folder)
            os.execve(program_path(), ["mlrepro", *words], {**project.environment, "TERM": "dumb"})
        self.resize(*size)
        self.pid, self.seen = pid, ""

    def resize(self, rows, columns):
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def until(self, text, seconds=20):
        end = time.monotonic() + seconds
        while text not in self.seen:
            assert time.monotonic() < end, self.seen
            if select.select([self.terminal], [], [], 0.2)[0]:
                try:
                    self.seen += os.read(self.terminal, 4096).decode(errors="replace")
                except OSError:
                    break
        assert text in self.seen, self.seen
        return self.seen

    def type(self, text):
        os.write(self.terminal, text.encode())

    def status(self):
        try:
            while os.read(self.terminal, 4096):
                pass
        except OSError:
            pass
        os.close(self.terminal)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def names(project):
    return sorted(run["name"] for run in project.run("runs", "--json").succeeded().json()["runs"])


@pytest.mark.parametrize("runtime", ["crun", "runc"])
def test_shell_on_a_terminal(built, runtime):
    built.environment["MLREPRO_OCI_RUNTIME"] = runtime
    shell = OnTerminal(built, "shell", "-e", "GREETING=hello", "-w", "/tmp")
    # A prompt, so the shell reads from a terminal; what it types back is not what it printed.
    shell.until("# ")
    shell.type("echo $GREETING from $PWD $((40 + 2)); stty size; tty\n")
    shell.until("hello from /tmp 42")
    shell.until("37 91")
    shell.until("/dev/pts/")
    if runtime == "runc":  # crun 1.8 passes over a change now and then
        shell.resize(24, 133)
        shell.type("until stty size | grep '24 133'; do sleep 0.1; done\n")
        shell.until("24 133\r")
    shell.type("echo begun $((3 + 4)); sleep 60\n")
    shell.until("begun 7")
    time.sleep(0.5)
    # Control-C ends the sleep alone; what is typed at once would be thrown away with it.
    shell.type("\x03")
    time.sleep(0.5)
    shell.type("echo still $((1 + 1))\n")
    shell.until("still 2")
    shell.type("exit 7\n")
    assert shell.status() == 7
    assert names(built) == []


def test_shell_takes_a_script_where_there_is_no_terminal(built):
    command = [program_path(), "shell", "-v", "./output:/out"]
    done = subprocess.run(command, cwd=built.folder, env=built.environment, input=b"echo x > /out/a\necho $0\nexit 3\n",
                          capture_output=True, timeout=60)
    assert done.returncode == 3 and done.stdout.strip() in (b"bash", b"sh"), done
    assert (built.folder / "output/a").read_text() == "x\n"


def test_shell_that_cannot_start_is_125(project):
    assert "mlrepro.toml" in project.run("shell").failed(125).err


def test_run_on_a_terminal_ends_with_the_commands_status(built):
    run = OnTerminal(built, "run", "-it", "--name", "typed", "--", "sh", "-c", "read line; echo got $line; exit 5")
    run.type("some words\n")
    run.until("got some words")
    assert run.status() == 5
    assert names(built) == ["typed"]


def test_terminal_that_is_none_is_told(built):
    assert "terminal" in built.run("run", "-t", "--", "true").failed(125).err


def test_repeated_runs_are_recorded_one_by_one(built):
    code = ("import os, sys\nn = len(os.listdir('/out'))\nopen(f'/out/{n}', 'w').close()\nprint('run', n)\nsys.exit([0, 4, 5][n])")
    (built.folder / "marks").mkdir()
    result = built.run("run", "--repeat", "3", "--name", "seed", "-v", "./marks:/out", "--", "python3", "-c", code).failed(4)
    assert result.out == "run 0\nrun 1\nrun 2\n"
    assert names(built) == ["seed-1", "seed-2", "seed-3"]
    statuses = [built.run("runs", "show", f"seed-{n}", "--json").json()["run"]["exit_status"] for n in (1, 2, 3)]
    assert statuses == [0, 4, 5]


def test_repeats_without_a_name_have_names_of_their_own(built):
    built.run("run", "--repeat", "2", "--", "true").succeeded()
    assert len(set(names(built))) == 2


def test_repeat_is_refused_before_the_first_where_a_name_is_taken(built):
    built.run("run", "--name", "seed-2", "--", "true").succeeded()
    assert "seed-2" in built.run("run", "--repeat", "3", "--name", "seed", "--", "true").failed(125).err
    assert names(built) == ["seed-2"]
    assert "--repeat" in built.run("run", "--repeat", "0", "--", "true").failed(125).err


def test_signal_ends_the_row(built):
    code = "import signal, sys, time\nsignal.signal(signal.SIGTERM, lambda *_: sys.exit(9))\nprint('on', flush=True)\ntime.sleep(30)"
    process = built.start("run", "--repeat", "5", "--name", "row", "--", "python3", "-c", code)
    assert process.stdout.readline() == b"on\n"
    process.terminate()
    process.communicate(timeout=20)
    assert process.returncode == 9 and names(built) == ["row-1"]


SERVER = '''import argparse, http.server, os, urllib.parse
def main():
    parser = argparse.ArgumentParser()
    for option in ("--ip", "--port"):
        parser.add_argument(option, required=True)
    for option in ("--no-browser", "--allow-root"):
        parser.add_argument(option, action="store_true", required=True)
    given = parser.parse_args()
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked = urllib.parse.urlsplit(self.path)
            fits = urllib.parse.parse_qs(asked.query).get("token") == [os.environ["JUPYTER_TOKEN"]]
            self.send_response(200 if fits else 403)
            self.end_headers()
            self.wfile.write(f"{asked.path} {os.getcwd()}".encode())
        def log_message(self, *words):
            pass
    try:
        http.server.ThreadingHTTPServer((given.ip, int(given.port)), Handler).serve_forever()
    except KeyboardInterrupt:
        pass
'''


@pytest.fixture
def with_lab(warm_project, world):
    world.index.add("jupyterlab", "4.0", files={"jupyterlab/__init__.py": SERVER},
                    entry_points="[console_scripts]\njupyter-lab = jupyterlab:main\n")
    world.index.publish()
    project = warm_project
    project.manifest(["python3", "greeting"], ["jupyterlab"], ["true"])
    project.run("lock").succeeded()
    project.run("build").succeeded()
    return project


def answered(address):
    end = time.monotonic() + 20
    while True:
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, ""
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)


@needs_pasta
def test_lab_serves_at_the_address_that_it_prints(with_lab):
    process = with_lab.start("lab")
    address = process.stdout.readline().decode().strip()
    assert address.startswith("http://127.0.0.1:") and "/lab?token=" in address
    assert answered(address) == (200, "/lab /app")
    assert answered(address[:-1])[0] == 403
    assert "token=" + address.split("token=")[1] not in subprocess.run(["ps", "axww"], capture_output=True, text=True).stdout
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    assert process.returncode == 0
    with pytest.raises(OSError):
        urllib.request.urlopen(address, timeout=2)
    assert names(with_lab) == []
    # A document for programs, at a port of one's own choice.
    port = int(address.split(":")[2].split("/")[0])
    process = with_lab.start("lab", "--json", "--port", port)
    text = ""
    while not text.endswith("}\n"):
        text += process.stdout.readline().decode()
    document = json.loads(text)
    assert set(document) == set(schema("json/lab")["required"]) and document["address"].endswith(document["token"])
    assert f"127.0.0.1:{port}/" in document["address"] and document["token"] not in address
    assert answered(document["address"])[0] == 200
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)


def test_lab_without_jupyter_says_what_to_add(built):
    result = built.run("lab").failed(125)
    assert "jupyterlab" in result.err and "python.requirements" in result.err


def test_terminal_that_closes_ends_the_shell(built):
    shell = OnTerminal(built, "shell")
    shell.type("echo re''ady\n")
    shell.until("ready")
    os.close(shell.terminal)
    end = time.monotonic() + 20
    while os.waitpid(shell.pid, os.WNOHANG) == (0, 0):
        assert time.monotonic() < end
        time.sleep(0.1)
