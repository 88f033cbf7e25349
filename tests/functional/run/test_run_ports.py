"""run -p: a private network that only the published ports lead into, and nothing of it left at the end."""

import json
import shutil
import signal
import socket
import time
import urllib.request
from pathlib import Path

import pytest

needs_pasta = pytest.mark.skipif(not shutil.which("pasta") or not Path("/dev/net/tun").exists(), reason="needs pasta")
SERVES = "import http.server; http.server.test(http.server.SimpleHTTPRequestHandler, port=8000, bind='0.0.0.0')"


def free_port(kind=socket.SOCK_STREAM):
    with socket.socket(socket.AF_INET, kind) as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def fetched(port, path="/etc/hostname"):
    end = time.monotonic() + 15
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
                return answer.read().decode()
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)


def refused(port):
    with socket.socket() as s:
        return s.connect_ex(("127.0.0.1", port)) != 0


def processes_of(project):
    """Those whose command line names the project's cache: the runtime, pasta, and ours."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = entry.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if str(project.cache) in words:
            found.append(words)
    return found


def closed(port):
    """Soon: a process that ends has lost its name before its sockets."""
    end = time.monotonic() + 10
    while not refused(port) and time.monotonic() < end:
        time.sleep(0.05)
    return refused(port)


def ended(project):
    end = time.monotonic() + 10
    while processes_of(project) and time.monotonic() < end:
        time.sleep(0.05)
    return processes_of(project) == []


@needs_pasta
@pytest.mark.parametrize("runtime", ["crun", "runc"])
def test_server_inside_is_reached_through_its_port_alone(built, runtime):
    port = free_port()
    process = built.start("run", "--name", "served", "-p", f"127.0.0.1:{port}:8000", "-w", "/", "--", "python3", "-c", SERVES,
                          env={"MLREPRO_OCI_RUNTIME": runtime})
    assert fetched(port) == "mlrepro\n"
    assert refused(8000)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    assert process.returncode == 0
    assert refused(port) and processes_of(built) == []
    record = built.run("runs", "show", "served", "--json").json()["run"]
    assert record["network"] == "private" and record["ports"] == [f"127.0.0.1:{port}:8000"]


@needs_pasta
def test_port_alone_is_given_a_free_one_that_is_told(built):
    process = built.start("run", "-p", "8000", "-w", "/", "--", "python3", "-c", SERVES)
    line = process.stderr.readline().decode()
    assert "port 8000 of the run is 127.0.0.1:" in line
    assert fetched(int(line.rsplit(":", 1)[1])) == "mlrepro\n"
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)


@needs_pasta
def test_udp_and_several_ports(built):
    # The same number on both sides: older releases of pasta lose the answers otherwise.
    ports = [free_port(socket.SOCK_DGRAM), free_port()]
    code = ("import socket, time\ns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
            f"s.bind(('0.0.0.0', {ports[0]}))\nprint('ready', flush=True)\n"
            "words, sender = s.recvfrom(100)\ns.sendto(words.upper(), sender)\ntime.sleep(1)")
    process = built.start("run", "-p", f"{ports[0]}:{ports[0]}/udp", "-p", f"{ports[1]}:80/tcp", "--", "python3", "-c", code)
    assert process.stdout.readline() == b"ready\n"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(5)
        s.sendto(b"asked", ("127.0.0.1", ports[0]))
        assert s.recv(100) == b"ASKED"
    process.communicate(timeout=20)
    assert process.returncode == 0


@needs_pasta
def test_loopback_of_the_machine_is_not_reached(built, world):
    code = ("import json, socket\nroute = next(l.split() for l in open('/proc/net/route') if l.split()[1] == '00000000')\n"
            "gateway = socket.inet_ntoa(bytes.fromhex(route[2])[::-1])\nports = []\n"
            f"for host in ('127.0.0.1', gateway):\n  s = socket.socket(); s.settimeout(2)\n"
            f"  ports.append(s.connect_ex((host, {world.server.url.rsplit(':', 1)[1]})))\nprint(json.dumps(ports))")
    result = built.run("run", "-p", f"127.0.0.1:{free_port()}:80", "--", "python3", "-c", code).succeeded()
    assert 0 not in json.loads(result.out)


@needs_pasta
def test_replay_publishes_again_also_where_the_port_is_taken(built):
    port = free_port()
    built.run("run", "-p", f"127.0.0.1:{port}:8000", "--", "sh", "-c", "wc -l < /proc/net/route > /app/output/n").succeeded()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        built.run("verify", "--run", "latest", "--replay").succeeded()


@pytest.fixture
def without_pasta(tmp_path):
    """The environment of a machine that has slirp4netns and no pasta."""
    if not shutil.which("slirp4netns") or not Path("/dev/net/tun").exists():
        pytest.skip("needs slirp4netns")
    programs = tmp_path / "programs"
    programs.mkdir()
    for program in ("crun", "runc", "slirp4netns"):
        if shutil.which(program):
            (programs / program).symlink_to(shutil.which(program))
    return {"PATH": str(programs)}


def test_without_pasta_slirp4netns_makes_the_network(built, without_pasta, world):
    port = free_port()
    process = built.start("run", "-p", f"127.0.0.1:{port}:8000", "-w", "/", "--", "python3", "-c", SERVES, env=without_pasta)
    assert fetched(port) == "mlrepro\n" and "10.0.2.3" in fetched(port, "/etc/resolv.conf")
    assert refused(8000)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    assert process.returncode == 0 and refused(port) and processes_of(built) == []
    code = ("import json, socket\nports = []\nfor host in ('127.0.0.1', '10.0.2.2'):\n  s = socket.socket(); s.settimeout(2)\n"
            f"  ports.append(s.connect_ex((host, {world.server.url.rsplit(':', 1)[1]})))\nprint(json.dumps(ports))")
    result = built.run("run", "-p", f"127.0.0.1:{port}:80", "--", "python3", "-c", code, env=without_pasta).succeeded()
    assert 0 not in json.loads(result.out)
    assert "IPv4" in built.run("run", "-p", f"[::1]:{port}:80", "--", "true", env=without_pasta).failed(125).err


def test_killed_run_with_slirp4netns_leaves_no_process_and_no_port(built, without_pasta):
    port = free_port()
    process = built.start("run", "-p", f"127.0.0.1:{port}:8000", "-w", "/", "--", "python3", "-c", SERVES, env=without_pasta)
    assert fetched(port) == "mlrepro\n"
    process.kill()
    process.communicate()
    assert ended(built) and closed(port)


@needs_pasta
def test_killed_run_leaves_no_process_and_no_port(built):
    port = free_port()
    # As first process of its namespace it does not notice SIGTERM.
    process = built.start("run", "-p", f"127.0.0.1:{port}:8000", "-w", "/", "--", "python3", "-c", SERVES)
    assert fetched(port) == "mlrepro\n"
    process.kill()
    process.communicate()
    assert ended(built) and closed(port)


@pytest.mark.parametrize("runtime", ["crun", "runc"])
def test_killed_run_ends_a_command_that_ignores_signals(built, runtime):
    process = built.start("run", "--", "sh", "-c", "trap '' TERM INT HUP; echo begun; while :; do sleep 1; done",
                          env={"MLREPRO_OCI_RUNTIME": runtime})
    assert process.stdout.readline() == b"begun\n"
    process.kill()
    process.communicate()
    assert ended(built)


@pytest.mark.parametrize("ports, word", [
    (["a"], '"a"'), (["0:80"], '"0"'), (["80:70000"], "70000"), ([":80"], "-p :80"), (["80:80/sctp"], "sctp"),
    (["300.0.0.1:80:80"], "300.0.0.1"), (["::1:80:80"], "::1"), (["[::1]:80"], "[::1]"), (["192.0.2.77:8080:80"], "192.0.2.77"),
])
def test_wrong_ports_are_125_and_named(filled_cache, ports, word):
    options = [item for port in ports for item in ("-p", port)]
    assert word in filled_cache.run("run", "--no-record", *options, "--", "true").failed(125).err


def test_port_that_is_taken_is_125_and_named(filled_cache):
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        s.listen(1)
        port = s.getsockname()[1]
        result = filled_cache.run("run", "--no-record", "-p", f"127.0.0.1:{port}:80", "--", "true").failed(125)
    assert f"127.0.0.1:{port}" in result.err and "in use" in result.err


def test_without_pasta_its_package_is_named(filled_cache, tmp_path):
    for name in ("crun", "runc"):
        if shutil.which(name):
            (tmp_path / name).symlink_to(shutil.which(name))
    result = filled_cache.run("run", "--no-record", "-p", f"{free_port()}:80", "--", "true", env={"PATH": str(tmp_path)}).failed(125)
    assert "pasta" in result.err and "passt" in result.err


def test_published_ports_need_a_network_of_ones_own(filled_cache):
    result = filled_cache.run("run", "--no-record", "--network", "none", "-p", "80:80", "--", "true").failed(125)
    assert "--network none" in result.err
    result = filled_cache.run("run", "--no-record", "--network", "host", "-p", "80:80", "--", "true").succeeded()
    assert "discarded" in result.err


def test_names_of_ones_own_machine_are_known(filled_cache):
    code = "import socket; print(socket.gethostbyname('localhost'), socket.gethostname(), open('/etc/hostname').read())"
    result = filled_cache.run("run", "--no-record", "--", "python3", "-c", code).succeeded()
    assert result.out.split() == ["127.0.0.1", "mlrepro", "mlrepro"]
