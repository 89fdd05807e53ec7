"""A browser, the published site and the vectors for the labs' tests."""

import contextlib
import json

import pytest

from tests.browser.test_browser import browser  # noqa: F401 (a fixture)
from tests.serving import serving

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
    with contextlib.ExitStack() as servers:
        yield lambda folder: servers.enter_context(serving(folder))
