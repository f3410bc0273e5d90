"""An exchange that is broken off leaves nothing of itself behind."""

import gc
import threading
import warnings
from http.server import BaseHTTPRequestHandler, HTTPServer

from comity.outlets.programs.within import Way


class _Endless(BaseHTTPRequestHandler):
    """Says more than anybody wants to hear."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(1 << 24))
        self.end_headers()
        try:
            while True:
                self.wfile.write(bytes(1 << 16))
        except OSError:
            pass

    def log_message(self, *said: object) -> None:
        """Nothing."""


def test_what_is_cut_is_closed() -> None:
    """What nobody reads of a body is closed before the loop is: a reader that was only dropped says so on standard error."""
    server = HTTPServer(("127.0.0.1", 0), _Endless)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            with Way(verify=False, seconds=60, most=100_000) as way:
                answer = way.ask("GET", f"http://127.0.0.1:{server.server_address[1]}/")
            gc.collect()
        assert answer.is_cut and answer.status == 200
        assert not [str(each.message) for each in said if "never awaited" in str(each.message)]
    finally:
        server.shutdown()
        thread.join(60)
        server.server_close()
