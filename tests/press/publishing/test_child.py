"""What mkdocs' process imports only where it is used, asked of a process of its own."""

import subprocess
import sys

import pytest

LATE = """
import sys
from trainingtips.press.publishing import child
child._import_late({name!r})
import {top}
{importing}
before = {loaded!r} in sys.modules
print(before, callable({used}), {loaded!r} in sys.modules)
"""
CASES = {
    "jupytext": ("jupytext", "import jupytext", "jupytext.formats", "jupytext.read"),
    "mkdocs_jupyter.convert": (
        "mkdocs_jupyter",
        "from mkdocs_jupyter import convert",
        "mkdocs_jupyter.nbconvert2",
        "convert.nb2html",
    ),
    "xml.dom.minidom": (
        "xml.dom",
        "import xml.dom.minidom",
        "xml.dom.expatbuilder",
        "xml.dom.minidom.parseString('<a/>').toxml",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_rare_is_imported_where_it_is_used(name):
    top, importing, loaded, used = CASES[name]
    code = LATE.format(name=name, top=top, importing=importing, loaded=loaded, used=used)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.split() == ["False", "True", "True"], done.stderr


def test_what_is_not_installed_stays_away():
    code = LATE.format(
        name="no_such_module", top="sys", importing="", loaded="no_such_module", used="print"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.split() == ["False", "True", "False"], done.stderr
