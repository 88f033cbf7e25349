"""A web server on loopback: ranges, validators, a log of requests, and faults on demand. It is a proxy too: a request for
any host's URL is answered from the same content."""

import gzip
import hashlib
import re
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from urllib.parse import urlsplit

from .loopback import Loopback

MODIFIED = "Sat, 01 Mar 2025 08:00:00 GMT"


@dataclass(frozen=True)
class Content:
    body: bytes
    type: str = "application/octet-stream"


@dataclass
class Request:
    method: str
    path: str
    range: str | None
    target: str  # as it came: a whole URL where a proxy is asked
    headers: dict = field(default_factory=dict)  # names in lower case
    sent: int = 0  # bytes of the body that went out
    same: bool = False  # answered with 304: what the asker has stands


@dataclass
class Fault:
    """What befalls requests whose path matches `pattern`: the first `times` of them, or all.

    "flip" changes the byte `at`; "cut" ends the connection after `at` bytes of the body; "short" serves only `at`
    bytes, as if that were all; "length" announces `at` bytes more than there are (less, if negative); "status" answers
    with that status; "slow" waits `at` ms first; "gzip" compresses with Content-Encoding, "gzip-cut" and serves only
    `at` bytes of that, "gzip-more" and appends `at` bytes to it, each in chunks where `to` is "chunked"; "endless" goes
    on with the body again and again in chunks; "drip" sends a byte (or so many as `to` says) each `at` ms; "redirect" to `to`; "no-range" sends
    the whole whatever was asked for; "wrong-range" sends a part that begins `at` bytes later than asked for.
    """

    pattern: str
    kind: str
    at: int = 0
    times: int | None = None
    to: str = ""
    headers: dict = field(default_factory=dict)  # further ones of the answer

    def applies(self, path):
        if self.times == 0 or not re.search(self.pattern, path):
            return False
        if self.times is not None:
            self.times -= 1
        return True


class Server(Loopback):
    """Serves `content` (path -> Content) until closed. `log` and `faults` may be read and set at any time.

    `validators`: which of "etag", "modified" the answers carry. `password`: "user:password" in base64 that requests
    must bring as basic authorization. `encoded`: path -> Content-Encoding of a body that is served as it is. `rate`: how
    many requests it takes in a second; to more it says 429, and to come back in a second. `context`: of an https server.
    """

    def __init__(self, context=None):
        self.content = {}
        self.log = []
        self.faults = []
        self.validators = ("etag", "modified")
        self.password = None
        self.encoded = {}
        self.rate = None
        self._second, self._taken = 0, 0
        self._lock = threading.Lock()
        super().__init__(_handler_of(self), context)

    def reset(self):
        with self._lock:
            self.log.clear()
            self.faults.clear()
            self.validators = ("etag", "modified")
            self.password = None
            self.encoded = {}
            self.rate = None

    def is_busy(self):
        with self._lock:
            second = int(time.monotonic())
            self._taken = self._taken + 1 if second == self._second else 1
            self._second = second
            return self.rate is not None and self._taken > self.rate

    def requests(self, pattern=""):
        with self._lock:
            return [request for request in self.log if re.search(pattern, request.path)]

    def requested(self, pattern=""):
        return [request.path for request in self.requests(pattern)]

    def fault(self, pattern, kind, at=0, times=None, to="", headers=None):
        with self._lock:
            self.faults.append(Fault(pattern, kind, at, times, to, headers or {}))

    def take_fault(self, path):
        with self._lock:
            return next((fault for fault in self.faults if fault.applies(path)), Fault("", "none"))

    def note(self, request):
        with self._lock:
            self.log.append(request)


def _range_of(header, size):
    """(first, last) of a single byte range, or None where it is absent or cannot be met."""
    match = re.fullmatch(r"bytes=(\d*)-(\d*)", header or "")
    if not match or match.group(0) == "bytes=-":
        return None
    first, last = match.groups()
    if first == "":
        return max(0, size - int(last)), size - 1
    if int(first) >= size:
        return None
    return int(first), min(int(last) if last else size - 1, size - 1)


def _changed(body, fault):
    if fault.kind == "flip":
        at = fault.at % len(body)
        return body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :]
    return body[: fault.at] if fault.kind == "short" else body


def _pieces(part, fault, chunked):
    """What goes out, one write each."""
    if fault.kind == "drip":
        size = int(fault.to or 1)
        for at in range(0, len(part), size):
            yield part[at : at + size]
            time.sleep(fault.at / 1000)
    elif chunked:
        chunk = f"{len(part):x}\r\n".encode() + part + b"\r\n"
        while fault.kind == "endless":
            yield chunk
        yield chunk
        yield b"0\r\n\r\n"
    else:
        yield part


def _handler_of(server):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # head and body go out in two pieces

        def log_message(self, *_):
            pass

        def do_HEAD(self):
            self.answer(with_body=False)

        def do_GET(self):
            self.answer(with_body=True)

        def answer(self, with_body):
            path = urlsplit(self.path).path
            headers = {name.lower(): value for name, value in self.headers.items()}
            self.request_noted = Request(self.command, path, self.headers.get("Range"), self.path, headers)
            server.note(self.request_noted)
            fault = server.take_fault(path)
            if fault.kind == "slow":
                time.sleep(fault.at / 1000)
            if server.password and headers.get("authorization") != f"Basic {server.password}":
                return self.refuse(401, {"WWW-Authenticate": 'Basic realm="tests"'})
            if server.is_busy():
                return self.refuse(429, {"Retry-After": "1"})
            if fault.kind == "status":
                return self.refuse(fault.at, fault.headers)
            if fault.kind == "redirect":
                return self.refuse(302, {"Location": fault.to})
            content = server.content.get(path)
            if content is None:
                return self.refuse(404)
            self.send(content.type, _changed(content.body, fault), with_body, fault)

        def refuse(self, status, headers=None):
            self.send_response(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def chosen_part(self, size, tag, fault):
            condition = self.headers.get("If-Range")
            if fault.kind == "no-range" or condition not in (None, tag, MODIFIED):
                return None
            chosen = _range_of(self.headers.get("Range"), size)
            if chosen and fault.kind == "wrong-range":
                return min(chosen[0] + fault.at, chosen[1]), chosen[1]
            return chosen

        def send(self, content_type, body, with_body, fault):
            tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
            if "etag" in server.validators and self.headers.get("If-None-Match") == tag:
                self.request_noted.same = True
                self.send_response(304)
                self.send_header("ETag", tag)
                self.end_headers()
                return
            whole = len(body)
            chosen = self.chosen_part(whole, tag, fault)
            part = body[chosen[0] : chosen[1] + 1] if chosen else body
            self.send_response(206 if chosen else 200)
            if chosen:
                self.send_header("Content-Range", f"bytes {chosen[0]}-{chosen[1]}/{whole}")
            if fault.kind.startswith("gzip"):
                part = gzip.compress(part, mtime=0)
                part = part[: fault.at] if fault.kind == "gzip-cut" else part
                part += bytes(fault.at) if fault.kind == "gzip-more" else b""
                self.send_header("Content-Encoding", "gzip")
            encoding = server.encoded.get(urlsplit(self.path).path)
            if encoding:
                self.send_header("Content-Encoding", encoding)
            self.send_header("Content-Type", content_type)
            self.send_header("Accept-Ranges", "bytes")
            if "etag" in server.validators:
                self.send_header("ETag", tag)
            if "modified" in server.validators:
                self.send_header("Last-Modified", MODIFIED)
            chunked = fault.kind == "endless" or fault.to == "chunked"
            if chunked:
                self.send_header("Transfer-Encoding", "chunked")
            else:
                self.send_header("Content-Length", str(len(part) + (fault.at if fault.kind == "length" else 0)))
            self.end_headers()
            if not with_body:
                return
            if fault.kind in ("cut", "length"):
                self.close_connection = True
            if fault.kind == "cut":
                part = part[: fault.at]
            try:
                for piece in _pieces(part, fault, chunked):
                    self.wfile.write(piece)
                    self.wfile.flush()
                self.request_noted.sent = len(part)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

    return Handler
