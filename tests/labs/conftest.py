"""A browser, the published site and the vectors for the labs' tests."""

import functools
import http.server
import json
import threading

import pytest

from tests.browser.test_browser import Quiet, browser  # noqa: F401 (a fixture)

from . import vectors


@pytest.fixture(scope="session")
def cases(tmp_path_factory):
    """A file with the cases of vectors.py."""
    path = tmp_path_factory.mktemp("vectors") / "vectors.json"
    path.write_text(json.dumps(vectors.cases()))
    return path


@pytest.fixture(scope="session")
def serve():
    """serve(folder) → its address; every server ends with the session."""
    servers = []

    def start(folder):
        handler = functools.partial(Quiet, directory=folder)
        servers.append(http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler))
        threading.Thread(target=servers[-1].serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{servers[-1].server_port}/"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()
