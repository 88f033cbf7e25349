"""Git repositories: made with git, served over http by git's own http-backend on loopback."""

import base64
import os
import subprocess
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import urlsplit

from .loopback import Loopback

IDENTITY = {"GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.org", "GIT_COMMITTER_NAME": "A",
            "GIT_COMMITTER_EMAIL": "a@example.org", "GIT_AUTHOR_DATE": "2025-03-01T08:00:00Z",
            "GIT_COMMITTER_DATE": "2025-03-01T08:00:00Z", "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null"}


def project_files(name, version, requires=(), **extra):
    """A source that says all of itself (PEP 621)."""
    listed = ", ".join(f'"{line}"' for line in requires)
    module = name.replace("-", "_")
    return {"pyproject.toml": '[build-system]\nrequires = []\nbuild-backend = "made"\nbackend-path = ["."]\n'
                              f'[project]\nname = "{name}"\nversion = "{version}"\ndependencies = [{listed}]\n',
            f"{module}/__init__.py": f"VERSION = '{version}'\n", **extra}


class Repository:
    """A work tree at `folder`, its bare copy at `folder`.git brought up to date by publish()."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True)
        self.git("init", "-q", "-b", "main")

    def git(self, *arguments):
        done = subprocess.run(["git", "-c", "protocol.file.allow=always", *arguments], cwd=self.folder, check=True,
                              capture_output=True, text=True, env={**os.environ, **IDENTITY})
        return done.stdout.strip()

    def commit(self, files, message="work"):
        for path, text in files.items():
            target = self.folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text)
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")

    def publish(self):
        bare = self.folder.parent / f"{self.folder.name}.git"
        if not bare.exists():
            self.git("clone", "-q", "--bare", ".", str(bare))
        self.git("push", "-q", "--force", "--prune", str(bare), "+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")
        return bare


class GitServer(Loopback):
    """Serves the bare repositories below `root`. `password`: "user:password" that requests must bring. `context`: of https."""

    def __init__(self, root, context=None):
        self.root = Path(root)
        self.password = None
        self.log = []
        super().__init__(_handler_of(self), context)


def _handler_of(server):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            self._answer(b"")

        def do_POST(self):
            if self.headers.get("Transfer-Encoding", "") == "chunked":
                body = b""
                while size := int(self.rfile.readline().strip(), 16):
                    body += self.rfile.read(size)
                    self.rfile.readline()
                self.rfile.readline()
            else:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self._answer(body)

        def _answer(self, body):
            parts = urlsplit(self.path)
            server.log.append(self.path)
            if server.password:
                wanted = "Basic " + base64.b64encode(server.password.encode()).decode()
                if self.headers.get("Authorization") != wanted:
                    return self._send(401, [("WWW-Authenticate", 'Basic realm="git"')], b"who are you")
            environment = {"PATH": os.environ["PATH"], "GIT_PROJECT_ROOT": str(server.root), "GIT_HTTP_EXPORT_ALL": "1",
                           "PATH_INFO": parts.path, "QUERY_STRING": parts.query, "REQUEST_METHOD": self.command,
                           "CONTENT_TYPE": self.headers.get("Content-Type", ""), "CONTENT_LENGTH": str(len(body)),
                           "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
                           "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory",
                           "GIT_CONFIG_VALUE_0": "*", "HOME": "/nonexistent"}
            done = subprocess.run(["git", "http-backend"], input=body, capture_output=True, env=environment, check=False)
            head, _, content = done.stdout.partition(b"\r\n\r\n")
            headers = [tuple(line.split(": ", 1)) for line in head.decode().split("\r\n") if ": " in line]
            status = next((int(value.split()[0]) for name, value in headers if name == "Status"), 200)
            self._send(status, [pair for pair in headers if pair[0] != "Status"], content)

        def _send(self, status, headers, content):
            self.send_response(status)
            for name, value in headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *arguments):
            pass

    return Handler
