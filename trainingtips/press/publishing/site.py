"""The whole site, in place at once: figures, notebooks, pages. What is fresh is not made again.

The pages are made beside the published folder, which is then changed for the new one by renaming: a
build that fails or is killed leaves the site as it was. It is fresh while everything that pages are
made from, and every file of the site, has the hash that was noted when it was built.
"""

import contextlib
import errno
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from trainingtips.press.base import configuration, files, locks, paths, versions
from trainingtips.press.base.errors import BuildFailed, UserError
from trainingtips.press.building import build
from trainingtips.press.kept import keys, scripts
from trainingtips.press.publishing import child

SITE, NEXT, RECORD = "site", "build/site", "build/site.json"
FORMAT = 1  # of the record
SECONDS = 1800  # a site that takes longer is stuck; it should take a fiftieth of that
SOURCES = ("mkdocs.yml", "docs", "overrides", "figures", "results")
# see content.checkup and pages.failures
SOURCES += tuple(f"tests/checkup/{each}.json" for each in ("gallery", "score", "rival"))
MADE = ("build/figures", "build/notebooks")  # their records hold the pictures' hashes


def make(root, say, *, strict=True):
    """Build the site of `root` where it is stale. Returns whether it was.

    Raises UserError where figures, notebooks or pages are not built; `say` is told what is done.
    """
    root = Path(root).resolve()
    if not (root / "mkdocs.yml").is_file():
        raise UserError(f"no mkdocs.yml in {root}: run this in the project's folder")
    build.ensure_built(root)
    _ensure_notebooks(root)
    record, inputs = _record(root), _inputs(root)
    if _is_fresh(root, record, inputs):
        return False
    with locks.held(root, say, "site.lock") as held:
        now = _record(root)
        if now == record or not _is_fresh(root, now, _inputs(root)):  # else: just made by another
            _build(root, strict, held, inputs)
    return True


def _check_pages(root):
    """The faults of the pages' texts, before mkdocs is started for them."""
    from trainingtips.press.content import citations, folklore
    from trainingtips.press.pages import before

    before.check(root)
    citations.check(root / "docs")
    folklore.check(root)
    before.check_complete(root)
    scripts.keep_read(root)


def _ensure_notebooks(root):
    from trainingtips.press.pages import notebooks

    notebooks.ensure_built(root)


def _build(root, strict, held, inputs):
    """Build it. `inputs` is what was there before: where that changes meanwhile, it is stale."""
    from trainingtips.press.pages import before  # not where all is fresh: it costs

    command = [sys.executable, "-m", child.__name__, "build", "--site-dir", str(root / NEXT)]
    env = os.environ | {"NO_MKDOCS_2_WARNING": "1", child.PARENT: str(os.getpid())}
    env |= {before.CHECKED: "1", child.WAITS: "1"}
    env["PYTHONPATH"] = os.pathsep.join(
        filter(None, [str(paths.SOURCE), os.environ.get("PYTHONPATH")])
    )
    # it ends with this process; where it cannot, it holds the lock too, and others wait
    mkdocs = subprocess.Popen(
        [*command, *(["--strict"] if strict else [])],
        cwd=root, env=env, pass_fds=[held], stdin=subprocess.PIPE, text=True,
    )  # fmt: skip
    with _ended(mkdocs):
        _check_pages(root)
        (root / RECORD).unlink(missing_ok=True)
        shutil.rmtree(root / NEXT, ignore_errors=True)
        mkdocs.communicate(child.GO, timeout=SECONDS)
    if mkdocs.returncode:
        raise BuildFailed("the site was not built: see the messages above; site/ is as it was")
    try:
        outputs = _hashes(root / NEXT, [root / NEXT])
        _put_in_place(root)
        record = {"format": FORMAT, "inputs": inputs, "outputs": outputs}
        files.replace(root / RECORD, json.dumps(record, indent=1).encode())
    except OSError as error:
        where = error.filename or root / SITE
        raise UserError(f"cannot write {where}: {error.strerror}") from None


@contextlib.contextmanager
def _ended(process):
    """The process does not outlive the block, whatever ends that; one that is stuck is given up."""
    try:
        yield
    except subprocess.TimeoutExpired:
        raise BuildFailed(
            f"the site was not built within {SECONDS} s, and was given up; site/ is as it was"
        ) from None
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def _put_in_place(root):
    new, old = root / f".{SITE}.new", root / f".{SITE}.old"
    for path in (new, old):
        shutil.rmtree(path, ignore_errors=True)
    _move(root / NEXT, new)
    with contextlib.suppress(FileNotFoundError):
        os.rename(root / SITE, old)
    os.rename(new, root / SITE)
    shutil.rmtree(old, ignore_errors=True)


def _move(folder, place):
    """`folder` at another place: renamed, or copied where build/ is on another disk."""
    try:
        os.rename(folder, place)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        shutil.copytree(folder, place)
        shutil.rmtree(folder, ignore_errors=True)


def _record(root):
    """The bytes of what was noted of the site, None where there is none."""
    try:
        return (root / RECORD).read_bytes()
    except OSError:
        return None


def _is_fresh(root, record, inputs):
    try:
        noted = json.loads(record)
        known = (noted["format"], noted["inputs"], noted["outputs"])
    except (ValueError, RecursionError, KeyError, TypeError):
        return False
    return known[:2] == (FORMAT, inputs) and known[2] == _hashes(root / SITE, [root / SITE])


def _inputs(root):
    """One hash of everything that the pages are made from."""
    package = paths.PACKAGE
    return keys.digest(
        {
            "files": _hashes(root, [root / each for each in (*SOURCES, *MADE)]),
            "package": _hashes(package, [package]),
            "configuration": configuration.state(root),
            "installed": versions.all_installed(),
        }
    )


def _hashes(root, paths):
    """{path within `root`: SHA-256} of the files that are, or lie under, `paths`."""
    found = {}
    for path in _walk(paths):
        with contextlib.suppress(FileNotFoundError):
            data = path.read_bytes()
            found[path.relative_to(root).as_posix()] = hashlib.sha256(data).hexdigest()
    return found


def _walk(paths):
    for path in paths:
        if path.is_file():
            yield path
        for folder, inner, names in os.walk(path):
            inner[:] = [name for name in inner if name != "__pycache__"]
            yield from (Path(folder) / name for name in names)
