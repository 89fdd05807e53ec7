"""A notebook by one click, on Colab or Binder, where the repository's address is known (REPO_URL).

Both open a notebook file of a repository on GitHub. Ours are kept as Python, so what `write` makes
goes on a branch of its own when the site is published (.github/workflows/site.yml):

    NAME.ipynb          without outputs; its first cell installs the package where it is not there
    requirements.txt    what Binder installs, with torch's build for processors
    runtime.txt         the Python that Binder takes

Without an address there is no such link, and no such cell.
"""

import json
import re
from pathlib import Path

from trainingtips.press.base import files
from trainingtips.press.base.errors import UserError
from trainingtips.press.pages import notebooks

BRANCH = "notebooks"
FOLDER = "build/hosted"
PYTHON = "python-3.12"
PROCESSORS = "https://download.pytorch.org/whl/cpu"  # torch's builds without CUDA: gigabytes less
_ADDRESS = re.compile(r"https?://[A-Za-z0-9.-]+(?::[0-9]+)?(?:/[A-Za-z0-9._~-]+)+/?")
_GITHUB = re.compile(r"https://github\.com/([A-Za-z0-9-]+)/([A-Za-z0-9._-]+?)(?:\.git)?/?")
_CELL = """# installs the package where it is not there yet, as on Colab
import importlib.util

if importlib.util.find_spec("trainingtips") is None:
    %pip install --quiet {package}"""


def package(address):
    """What pip installs the package from. Raises UserError for what is no plain address."""
    if not _ADDRESS.fullmatch(address):
        raise UserError(
            f"REPO_URL is {address!r}; expected an address such as https://github.com/owner/name"
        )
    return f"git+{address.rstrip('/')}"


def places(address, name):
    """{what to click: where it leads} of a notebook; empty where `address` is not on GitHub.

    >>> places("https://github.com/a/b", "momentum")["Open in Colab"]
    'https://colab.research.google.com/github/a/b/blob/notebooks/momentum.ipynb'
    >>> places("", "momentum")
    {}
    """
    on_github = _GITHUB.fullmatch(address or "")
    if not on_github:
        return {}
    owner, project = on_github.groups()
    path = f"{owner}/{project}"
    return {
        "Open in Colab": f"https://colab.research.google.com/github/{path}/blob/{BRANCH}/{name}.ipynb",
        "Binder": f"https://mybinder.org/v2/gh/{path}/{BRANCH}?labpath={name}.ipynb",
    }


def with_install(notebook, address):
    """The bytes of a notebook file with the installing cell first; as it is without an address."""
    if not address:
        return notebook
    content = json.loads(notebook)
    content["cells"].insert(0, _install(address))
    return f"{json.dumps(content, indent=1, ensure_ascii=False)}\n".encode()


def _install(address):
    lines = _CELL.format(package=package(address)).splitlines(keepends=True)
    cell = {"cell_type": "code", "id": "install", "metadata": {}, "outputs": []}
    return cell | {"execution_count": None, "source": lines}


def write(root, address):
    """Write the branch's files into build/hosted and return their names.

    Raises UserError where there is no address, or a notebook has not been built.
    """
    root = Path(root)
    made = {"requirements.txt": _requirements(root, address), "runtime.txt": PYTHON}
    made = {name: f"{text}\n".encode() for name, text in made.items()}
    for name, notebook in notebooks.find(root).items():
        if not notebook.download.is_file():
            raise UserError(f"{notebook.download}: not there; `make` builds it")
        made[f"{name}.ipynb"] = with_install(notebook.download.read_bytes(), address)
    files.replace_all({root / FOLDER / name: data for name, data in made.items()})
    return sorted(made)


def _requirements(root, address):
    (torch,) = re.findall(r"^torch==\S+$", (root / "requirements.lock").read_text(), re.MULTILINE)
    lines = [f"--extra-index-url {PROCESSORS}", f"{torch}+cpu"]
    return "\n".join([*lines, f"trainingtips @ {package(address)}"])
