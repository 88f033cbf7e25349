"""A web server on loopback: ranges, a log of requests, and faults on demand."""

import re
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Content:
    body: bytes
    type: str = "application/octet-stream"


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    range: str | None


@dataclass
class Fault:
    """What befalls requests whose path matches `pattern`: the first `times` of them, or all."""

    pattern: str
    kind: str  # "flip" a byte, "cut" the connection, "short" length, "status", "slow"
    at: int = 0
    times: int | None = None

    def applies(self, path):
        if self.times == 0 or not re.search(self.pattern, path):
            return False
        if self.times is not None:
            self.times -= 1
        return True


class Server:
    """Serves `content` (path -> Content) until closed. `log` and `faults` may be read and set at any time."""

    def __init__(self):
        self.content = {}
        self.log = []
        self.faults = []
        self._lock = threading.Lock()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(self))
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def reset(self):
        with self._lock:
            self.log.clear()
            self.faults.clear()

    def requested(self, pattern=""):
        with self._lock:
            return [request.path for request in self.log if re.search(pattern, request.path)]

    def fault(self, pattern, kind, at=0, times=None):
        with self._lock:
            self.faults.append(Fault(pattern, kind, at, times))

    def take_fault(self, path):
        with self._lock:
            return next((fault for fault in self.faults if fault.applies(path)), None)

    def note(self, request):
        with self._lock:
            self.log.append(request)

    def close(self):
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


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


def _handler_of(server):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_):
            pass

        def do_HEAD(self):
            self.answer(with_body=False)

        def do_GET(self):
            self.answer(with_body=True)

        def answer(self, with_body):
            path = self.path.split("?")[0]
            server.note(Request(self.command, path, self.headers.get("Range")))
            fault = server.take_fault(path)
            if fault and fault.kind == "slow":
                time.sleep(fault.at / 1000)
            if fault and fault.kind == "status":
                return self.refuse(fault.at)
            content = server.content.get(path)
            if content is None:
                return self.refuse(404)
            body = content.body
            if fault and fault.kind == "flip":
                at = fault.at % len(body)
                body = body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :]
            if fault and fault.kind == "short":
                body = body[: fault.at]
            self.send(content.type, body, with_body, cut=fault.at if fault and fault.kind == "cut" else None)

        def refuse(self, status):
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def send(self, content_type, body, with_body, cut):
            chosen = _range_of(self.headers.get("Range"), len(body))
            part = body[chosen[0] : chosen[1] + 1] if chosen else body
            self.send_response(206 if chosen else 200)
            if chosen:
                self.send_header("Content-Range", f"bytes {chosen[0]}-{chosen[1]}/{len(body)}")
            self.send_header("Content-Type", content_type)
            self.send_header("Accept-Ranges", "bytes")
            self.send_header("Content-Length", str(len(part)))
            self.end_headers()
            if not with_body:
                return
            try:
                self.wfile.write(part if cut is None else part[:cut])
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True
            if cut is not None:
                self.wfile.flush()
                self.close_connection = True

    return Handler
