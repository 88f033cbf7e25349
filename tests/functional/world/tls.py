"""A certificate authority of our own, servers with its certificates, and a proxy between."""

import base64
import http.client
import select
import socket
import ssl
import subprocess
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import urlsplit

from .loopback import Loopback


class Authority:
    """`file`: its certificate in PEM."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True)
        self.file = self.folder / "authority.pem"
        self._openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "authority.key", "-out", self.file.name,
                      "-days", "36500", "-subj", "/CN=authority of these tests", "-addext", "basicConstraints=critical,CA:TRUE",
                      "-addext", "keyUsage=critical,keyCertSign,cRLSign")

    def _openssl(self, *arguments):
        subprocess.run(["openssl", *arguments], cwd=self.folder, check=True, capture_output=True)

    def context(self, name="server", address="IP:127.0.0.1", days="36500"):
        """For a server with a certificate for that address."""
        (self.folder / f"{name}.ext").write_text(f"subjectAltName={address}\nextendedKeyUsage=serverAuth\n")
        self._openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj",
                      f"/CN={name}")
        self._openssl("x509", "-req", "-in", f"{name}.csr", "-CA", self.file.name, "-CAkey", "authority.key", "-days", days,
                      "-CAcreateserial", "-extfile", f"{name}.ext", "-out", f"{name}.pem")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.folder / f"{name}.pem", self.folder / f"{name}.key")
        return context


class Proxy(Loopback):
    """Forwards requests with a whole URL and makes tunnels, on loopback; `log` has what it was asked for.

    `password`: "name:password" that it wants. Every host that ends in .test is this machine.
    """

    def __init__(self, password=None):
        self.password = password
        self.log = []
        super().__init__(_handler_of(self))


def _place(host):
    return "127.0.0.1" if host.endswith(".test") else host


def _handler_of(proxy):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_):
            pass

        def _refused(self):
            proxy.log.append(f"{self.command} {self.path}")
            wanted = proxy.password and "Basic " + base64.b64encode(proxy.password.encode()).decode()
            if not wanted or self.headers.get("Proxy-Authorization") == wanted:
                return False
            self.send_response(407)
            self.send_header("Proxy-Authenticate", 'Basic realm="proxy"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return True

        def do_GET(self):
            if self._refused():
                return
            parts = urlsplit(self.path)
            further = http.client.HTTPConnection(_place(parts.hostname), parts.port or 80)
            headers = {name: value for name, value in self.headers.items()
                       if not name.lower().startswith("proxy-") and name.lower() != "connection"}
            further.request("GET", parts.path + ("?" + parts.query if parts.query else ""), headers=headers)
            answer = further.getresponse()
            body = answer.read()
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in ("transfer-encoding", "content-length", "connection", "date", "server"):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            further.close()

        def do_CONNECT(self):
            if self._refused():
                return
            host, _, port = self.path.rpartition(":")
            with socket.create_connection((_place(host), int(port))) as further:
                self.send_response(200)
                self.end_headers()
                pair = {self.connection: further, further: self.connection}
                self.connection.setblocking(True)
                while True:
                    ready, _, _ = select.select(list(pair), [], [], 20)
                    if not ready:
                        break
                    piece = ready[0].recv(65536)
                    if not piece:
                        break
                    pair[ready[0]].sendall(piece)
            self.close_connection = True

    return Handler
