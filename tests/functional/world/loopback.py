"""What every web server of these tests has: a port on loopback, a thread, and perhaps a certificate."""

import threading
from http.server import ThreadingHTTPServer


class Loopback:
    """Answers with `handler` until closed. `context`: of an https server."""

    def __init__(self, handler, context=None):
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._http.daemon_threads = True
        self._scheme = "https" if context else "http"
        if context:
            self._http.socket = context.wrap_socket(self._http.socket, server_side=True)
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    @property
    def port(self):
        return self._http.server_address[1]

    @property
    def host(self):
        return f"127.0.0.1:{self.port}"

    @property
    def url(self):
        return f"{self._scheme}://{self.host}"

    def close(self):
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()
