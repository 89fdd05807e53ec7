"""`make notebooks`, as a reader meets it: a click opens a notebook, and it runs, from anywhere.

JupyterLab is installed by `make notebooks` alone; without it this is skipped.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import pytest

from .test_browser import CHROMIUM, FLAGS, ROOT

pytest.importorskip("jupyterlab", reason="no JupyterLab here: `make notebooks` installs it")
pytestmark = pytest.mark.browser
ALL_RAN = (
    "[...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')]"
    ".every(prompt => /\\[\\d+\\]/.test(prompt.textContent))"
)
NAME, TOKEN, SECONDS = "momentum", "not-a-secret", 90


def ask(url, path, method="GET", content=None):
    data = None if content is None else json.dumps(content).encode()
    headers = {"Authorization": f"token {TOKEN}", "Content-Type": "application/json"}
    request = urllib.request.Request(f"{url}/api/{path}", data, headers, method=method)
    with urllib.request.urlopen(request, timeout=SECONDS) as answer:
        return json.load(answer)


def wait_for(url, process):
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        assert process.poll() is None, process.stdout.read()
        try:
            return ask(url, "status")
        except OSError:
            time.sleep(0.1)
    raise AssertionError("JupyterLab does not answer")


@pytest.fixture(scope="module")
def docs(tmp_path_factory):
    """A copy of the notebooks: what is saved here is not the clone's."""
    docs = tmp_path_factory.mktemp("docs")
    shutil.copytree(ROOT / "docs/notebooks", docs / "notebooks")
    return docs


@pytest.fixture(scope="module")
def lab(docs, tmp_path_factory):
    """The address of JupyterLab, started by `make` from another folder."""
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = f"--no-browser --allow-root --ServerApp.port={port} --ServerApp.port_retries=0"
    command = ["make", "-C", ROOT, "notebooks", f"VENV={sys.prefix}", f"DOCS={docs}"]
    # the environment is this one, as it is
    command += [f"LAB={options}", "-o", f"{sys.prefix}/ready", "-o", f"{sys.prefix}/notebooks"]
    own = {"JUPYTER_TOKEN": TOKEN, "HOME": str(elsewhere), "OMP_NUM_THREADS": "1"}
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | own
    process = subprocess.Popen(
        command, cwd=elsewhere, env=env, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    try:
        url = f"http://127.0.0.1:{port}"
        wait_for(url, process)
        yield url
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.communicate(timeout=SECONDS)


def test_a_click_opens_a_notebook_that_runs(lab):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        page = browser.new_page()
        page.set_default_timeout(SECONDS * 1000)
        page.goto(f"{lab}/lab/tree/notebooks?token={TOKEN}")
        page.locator(".jp-DirListing-item", has_text=f"{NAME}.py").dblclick()
        page.locator(".jp-NotebookPanel .jp-CodeCell").first.wait_for()
        page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_text("Run All Cells", exact=True).click()
        picture = page.locator('.jp-OutputArea-output[data-mime-type="image/svg+xml"]')
        picture.first.wait_for(state="attached")  # it lies below the window
        page.wait_for_function(ALL_RAN)
        errors = (
            '.jp-OutputArea-output[data-mime-type*="jupyter.error"], [data-mime-type*="stderr"]'
        )
        assert page.locator(errors).count() == 0
        browser.close()


def test_saving_a_notebook_leaves_its_source_as_it_was(lab, docs):
    for source in sorted(docs.glob("notebooks/*.py")):
        before, path = source.read_bytes(), f"contents/notebooks/{source.name}"
        opened = ask(lab, f"{path}?type=notebook")
        assert len(opened["content"]["cells"]) > 3
        ask(lab, path, "PUT", {name: opened[name] for name in ("type", "format", "content")})
        ask(lab, f"contents/notebooks/{source.name}/checkpoints", "POST")
        assert source.read_bytes() == before
    assert not list(docs.rglob(".ipynb_checkpoints"))
