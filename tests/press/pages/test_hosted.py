"""Notebooks on Colab and Binder: where the links lead, and the cell that installs the package."""

import json
import re

import pytest

from trainingtips.press.base.errors import UserError
from trainingtips.press.pages import hosted, pages

ADDRESS = "https://github.com/somebody/their.notes"
NOTEBOOK = json.dumps(
    {
        "cells": [{"cell_type": "markdown", "id": "cell-0", "metadata": {}, "source": ["# Äpfel"]}],
        "metadata": {},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
).encode()


@pytest.mark.parametrize("address", [ADDRESS, f"{ADDRESS}/", f"{ADDRESS}.git"])
def test_both_open_the_branch_of_that_repository(address):
    assert hosted.places(address, "batch") == {
        "Open in Colab": "https://colab.research.google.com/github/somebody/their.notes/blob/"
        "notebooks/batch.ipynb",
        "Binder": "https://mybinder.org/v2/gh/somebody/their.notes/notebooks?labpath=batch.ipynb",
    }


@pytest.mark.parametrize(
    "address",
    ["", None, "https://example.org/a/b", "https://github.com/a", "http://github.com/a/b"],
)
def test_elsewhere_than_on_github_there_is_no_link(address):
    assert hosted.places(address, "batch") == {}


def test_the_first_cell_installs_and_all_others_stay():
    import nbformat

    made = nbformat.reads(hosted.with_install(NOTEBOOK, ADDRESS).decode(), as_version=4)
    nbformat.validate(made)
    first, *others = made.cells
    assert f"%pip install --quiet git+{ADDRESS}" in first.source
    assert 'find_spec("trainingtips") is None' in first.source, "where it is, nothing is done"
    assert [each.source for each in others] == ["# Äpfel"]


def test_without_an_address_a_notebook_is_left_as_it_is():
    assert hosted.with_install(NOTEBOOK, "") is NOTEBOOK


@pytest.mark.parametrize(
    "address",
    ["https://a.org/b; rm -r x", "file:///a/b", "https://a.org/$(b)", "a", "https://a.org/b c"],
)
def test_what_is_no_address_never_reaches_a_cell(address):
    with pytest.raises(UserError, match="expected an address such as"):
        hosted.with_install(NOTEBOOK, address)


def test_the_branch_has_each_notebook_and_what_binder_installs(tmp_path):
    (tmp_path / "docs/notebooks").mkdir(parents=True)
    (tmp_path / "requirements.lock").write_text("numpy==2.0\ntorch==2.9.1\ntorchvision==1\n")
    (tmp_path / "docs/notebooks/a.py").write_text("# %%\n")
    with pytest.raises(UserError, match=r"a\.ipynb: not there"):
        hosted.write(tmp_path, ADDRESS)
    (tmp_path / "build/notebooks/a").mkdir(parents=True)
    (tmp_path / "build/notebooks/a/a.ipynb").write_bytes(NOTEBOOK)
    assert hosted.write(tmp_path, ADDRESS) == ["a.ipynb", "requirements.txt", "runtime.txt"]
    made = tmp_path / hosted.FOLDER
    assert (made / "a.ipynb").read_bytes() == hosted.with_install(NOTEBOOK, ADDRESS)
    needed = (made / "requirements.txt").read_text().splitlines()
    assert needed[1:] == ["torch==2.9.1+cpu", f"trainingtips @ git+{ADDRESS}"]
    assert re.fullmatch(r"python-3\.\d+\n", (made / "runtime.txt").read_text())


def test_the_page_has_both_buttons_where_there_is_an_address_and_none_where_not():
    known, unknown = pages._note("batch", "batch.py", ADDRESS), pages._note("batch", "batch.py", "")
    for words in ("Open in Colab", "Binder"):
        assert known.count(f">{words}</a>") == 1 and words not in unknown
    assert "first cell installs" in known and "first cell" not in unknown
    for note in (known, unknown):
        assert 'href="batch/batch.ipynb" download' in note and "{" not in note
