"""A clumsy project: each mistake gets one clear sentence with its place, and no traceback of ours.

What a page's text may get wrong is in tests/press/pages/test_before.py; what a claim may, in
tests/press/kept/test_assertions.py; here are the other readers: scripts, results, data, labs,
notebooks, the glossary, sections, and the disk.
"""

import os
import signal
import subprocess
import sys
import time
import zipfile

import numpy as np
import pytest
import torch

from tests.attacks.spaces import space
from tests.projects import ROOT, SITE
from trainingtips.press.base.errors import ResultError, UsageError, UserError
from trainingtips.press.content import glossary, ledger
from trainingtips.press.kept import given, results
from trainingtips.press.pages import labs, notebooks
from trainingtips.press.publishing import site as whole

FRONT = "---\ndescription: A page.\n---\n\n"
PAGE = FRONT + "# Page\n\n![](figures/demo/a.svg)\n\n![](figures/demo/b.svg)\n"


def refused(project, *words):
    output = project.build(status=1)
    assert "Traceback" not in output and "/press/" not in output, output
    assert all(each in output for each in words), output
    return output


# Scripts


BODIES = {
    "exit": ("    import sys; sys.exit()", ["sys.exit() ends no build; return"]),
    "exit with a word": ("    import sys; sys.exit('no')", ["sys.exit('no') ends no build"]),
    "a set": ("    return {'y': {1, 2}}", ["result.y is of type set"]),
    "nothing": ("    return", ["compute() returns a dict; received NoneType"]),
}


@pytest.mark.parametrize("kind", BODIES)
def test_what_compute_must_not_do_is_told(project, kind):
    body, words = BODIES[kind]
    project.replace("figures/demo/a.py", "    # a comment\n", f"{body}\n")
    output = refused(project, "figures/demo/a.py", *words)
    assert project.computed(output) == {"demo/b"}


@pytest.mark.parametrize("where", ["claim(result):\n", "draw(result, figure):\n"])
def test_an_exit_anywhere_is_told(project, where):
    project.replace("figures/demo/a.py", where, f"{where}    if result: raise SystemExit\n")
    refused(project, "figures/demo/a.py", "sys.exit() ends no build")


def test_an_exit_at_import_is_told(project):
    project.replace("figures/demo/a.py", "ALT =", "raise SystemExit(3)\nALT =")
    refused(project, "figures/demo/a.py", "sys.exit(3) ends no build")


def test_a_hidden_folder_holds_no_script(built):
    built.write("figures/.ipynb_checkpoints/a-checkpoint.py", "1 +")
    built.write("figures/demo/.a.py", "1 +")
    assert built.build() == "every figure is fresh\n"
    assert "checkpoint" not in built.run("list")


def test_a_folder_of_another_name_stops_nothing_else(project):
    project.write("figures/de.mo/c.py", "x = 1\n")
    output = refused(project, "figures/de.mo/c.py", "lower-case letters")
    assert project.computed(output) == {"demo/a", "demo/b"}
    assert "broken" in project.run("list")


def test_inputs_may_not_be_a_folder(project):
    (project.root / "data").mkdir()
    project.replace("figures/demo/a.py", "ALT =", 'INPUTS = ["data"]\nALT =')
    refused(project, "figures/demo/a.py", "INPUTS names 'data', which is a folder")


# Results and data


def test_a_tensor_of_half_precision_is_kept():
    assert results.encode({"x": torch.tensor([0.5, 2], dtype=torch.bfloat16)}) == {"x": [0.5, 2.0]}
    assert results.encode(torch.tensor([1, 2], dtype=torch.float16)) == [1.0, 2.0]


@pytest.mark.parametrize(
    "tensor", [torch.eye(2).to_sparse(), torch.empty(2, device="meta")], ids=["sparse", "meta"]
)
def test_a_tensor_that_is_no_array_is_told(tensor):
    with pytest.raises(ResultError, match=r"result\.x is a tensor that is no plain array"):
        results.encode({"x": tensor})


def test_a_result_one_byte_too_large_is_refused_before_it_is_written(monkeypatch):
    kept = results.Kept("0" * 64, "holds", 1.0, {}, {"n": 4, "big": [0.5] * 1000}, "demo/a")
    size = len(kept.text().encode())
    monkeypatch.setattr(results, "BYTES", size)
    results.check_size(kept)
    monkeypatch.setattr(results, "BYTES", size - 1)
    words = rf"the result has {size:,} bytes .*{size - 1:,} are right at most.* most are in 'big'"
    with pytest.raises(ResultError, match=words.replace("most are", r"\(most are")):
        results.check_size(kept)


@pytest.mark.long
def test_a_result_of_the_size_that_is_too_large_stops_no_other(project):
    limit = results.BYTES // 8
    project.replace("figures/demo/a.py", '"n": 4', f'"n": 4, "big": np.pi * np.ones({limit})')
    output = refused(project, "the result has", "are right at most", "most are in 'big'")
    assert project.computed(output) == {"demo/b"}
    assert not (project.root / "results/demo/a.json").exists()


@pytest.fixture(scope="module")
def gigabytes(tmp_path_factory):
    """An archive that has more bytes than are right, all zero: on the disk it has few."""
    size, path = 2**20, tmp_path_factory.mktemp("gigabytes") / "x.npz"
    count = given.BYTES // size + 1
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        header = {"descr": "|u1", "fortran_order": False, "shape": (count * size,)}
        with archive.open("x.npy", "w", force_zip64=True) as file:
            np.lib.format.write_array_header_1_0(file, header)
            for _ in range(count):
                file.write(bytes(size))
    assert path.stat().st_size < given.BYTES / 100
    return path


def test_an_archive_that_unpacks_to_gigabytes_is_refused_before(gigabytes):
    with pytest.raises(UsageError, match=r"unpacks to 2,1\d\d,\d\d\d,\d\d\d bytes"):
        given.check(str(gigabytes))


INPUT = """    x = np.load("data/x.npz", allow_pickle=True)["x"]
"""


ARCHIVES = {
    "gigabytes": (None, "it unpacks to 2,1"),
    "objects": (
        lambda path: np.savez(path, x=np.array([{}], dtype=object)),
        "x.npy' holds Python objects, which are never loaded",
    ),
    "none": (lambda path: path.write_bytes(b"x"), "File is not a zip file"),
}


@pytest.mark.parametrize("kind", ARCHIVES)
def test_an_archive_in_inputs_is_looked_at_before_it_is_loaded(project, kind, request):
    write, words = ARCHIVES[kind]
    path = project.root / "data/x.npz"
    path.parent.mkdir()
    if write:
        write(path)
    else:
        os.link(request.getfixturevalue("gigabytes"), path)
    project.replace("figures/demo/a.py", "ALT =", 'INPUTS = ["data/x.npz"]\nALT =')
    mark = '    open("loaded", "w").close()\n'
    project.replace("figures/demo/a.py", "    # a comment\n", mark + INPUT)
    output = refused(project, "figures/demo/a.py: INPUTS names 'data/x.npz': ", words)
    assert project.computed(output) == {"demo/b"}
    assert not (project.root / "loaded").exists()


def test_a_sound_archive_in_inputs_is_loaded(project):
    (project.root / "data").mkdir()
    np.savez(project.root / "data/x.npz", x=np.arange(3))
    project.replace("figures/demo/a.py", "ALT =", 'INPUTS = ["data/x.npz"]\nALT =')
    project.replace("figures/demo/a.py", "    # a comment\n", INPUT)
    assert project.computed(project.build()) == {"demo/a", "demo/b"}


# Pages' sources


@pytest.mark.parametrize("forms", ["a, , b", "a,", "a,  "])
def test_an_empty_form_of_a_term_is_told(forms):
    with pytest.raises(UserError, match=r"docs/glossary\.md:3: '.*' has an empty form"):
        glossary.parse(f"# Glossary\n\n{forms}\n:   Words.\n")


def test_a_term_that_no_page_uses_is_told(tmp_path):
    (tmp_path / "glossary.md").write_text("# Glossary\n\na\n:   Words.\n\nb, c\n:   Words.\n")
    used = {glossary.read(tmp_path)[0]}
    with pytest.raises(UserError, match=r"\n  docs/glossary\.md:6: b, c$"):
        glossary.check_used(tmp_path, used)
    glossary.check_used(tmp_path, set(glossary.read(tmp_path)))
    glossary.check_used(tmp_path / "none", set())


LABS = {
    "syntax": ("TITLE = (\n", r"docs/labs/a\.py:1: SyntaxError: "),
    "name": ("\n\nTITLE = nowhere\n", r"docs/labs/a\.py:3: NameError: name 'nowhere'"),
    "exit": ("raise SystemExit(1)\n", r"docs/labs/a\.py:1: SystemExit: 1"),
    "missing": ("TITLE = 'a'\n", r"docs/labs/a\.py does not define CAPTION"),
    "panels": (
        "TITLE = CAPTION = 'a'\nCONTROLS = []\ndef panels(result):\n    return 1 / 0\n",
        r"docs/labs/a\.py:4: ZeroDivisionError",
    ),
    "result": (
        "TITLE = CAPTION = 'a'\nCONTROLS = []\ndef panels(result):\n    return result('no/no')\n",
        "results/no/no.json: there is no such result",
    ),
    "nan": (
        "TITLE = CAPTION = 'a'\nCONTROLS = []\ndef given(result):\n    return {'x': float('nan')}\n"
        "def panels(result):\n    return []\n",
        r"docs/labs/a\.py: given\(result\) returns what JSON does not hold: .*; return numbers",
    ),
}


@pytest.mark.parametrize("kind", LABS)
def test_what_a_labs_python_file_gets_wrong_is_told(tmp_path, kind):
    text, words = LABS[kind]
    (tmp_path / "docs/labs").mkdir(parents=True)
    (tmp_path / "docs/labs/a.py").write_text(text)
    with pytest.raises(UserError, match=words) as told:
        labs.read(tmp_path / "docs", "a")
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("text", ["const a = (;", "let a = 1;\nlet a = 2;", "export const ="])
def test_javascript_that_cannot_be_read_is_told(tmp_path, text):
    (tmp_path / "labs").mkdir()
    (tmp_path / "labs/fine.js").write_text(
        'import { a } from "./b.js";\nexport const x = () => a?.b;\n'
    )
    (tmp_path / "labs/loop.js").write_text("while (true) {}\n")
    labs.check_syntax(tmp_path)
    (tmp_path / "labs/a.js").write_text(text)
    with pytest.raises(UserError, match=r"docs/labs/a\.js:\d: SyntaxError: "):
        labs.check_syntax(tmp_path)


def test_the_sites_own_javascript_can_be_read():
    labs.check_syntax(ROOT / "docs")


@pytest.mark.parametrize(
    ("page", "words"),
    [(None, "the section has no page"), ("Words.\n", r"docs/demo\.md: no heading")],
)
def test_a_section_without_page_or_heading_is_told(built, page, words):
    built.write("docs/index.md", PAGE)
    if page is not None:
        built.write("docs/demo.md", page)
    with pytest.raises(UserError, match=words):
        ledger.table(built.root, built.root / "docs", "index.html")


def test_the_navigation_may_hold_pages_without_a_title():
    nav = [{"Home": "index.md"}, "a.md", {"Section": ["b.md", {"C": "c.md"}]}]
    assert list(ledger.listed(nav)) == ["index.md", "a.md", "b.md", "c.md"]


@pytest.mark.parametrize(
    "head", ["# ---\n# jupyter:\n# ---\n", "# ---\n# jupyter: [\n# ---\n", "", "# ---\n# a: 1\n"]
)
def test_a_notebook_with_a_broken_header_is_told(project, head):
    project.write("docs/notebooks/a.py", f"{head}\n# %% [markdown]\n# # A\n\n# %%\nx = 1\n")
    with pytest.raises(UserError, match=r"docs/notebooks/a\.py: ") as told:
        notebooks.ensure_built(project.root, jobs=1, say=lambda _: None)
    assert "Traceback" not in str(told.value), told.value
    if head == "# ---\n# jupyter:\n# ---\n":
        assert "its header `jupyter:` is empty; write `#   description: …`" in str(told.value)


# The disk


@pytest.fixture
def site(built):
    built.write("mkdocs.yml", SITE)
    built.write("docs/index.md", PAGE)
    return built


def test_build_on_another_disk(site, tmp_path):
    with space(f"mkdir -p {tmp_path}/build && mount -t tmpfs tmpfs {tmp_path}/build") as disk:
        command = [sys.executable, "-m", "trainingtips", "site"]
        env = os.environ | {"PYTHONPATH": str(ROOT)}
        for _ in range(2):  # and once more over the first
            done = subprocess.run(
                disk.command(tmp_path, *command), env=env, capture_output=True, text=True
            )
            assert done.returncode == 0, done.stdout + done.stderr
            assert (disk.path(tmp_path) / "site/index.html").exists()
            site.replace("docs/index.md", "# Page", "# Pages")
        assert not list(disk.path(tmp_path).glob(".site.*"))


def test_a_full_disk_is_one_sentence(site, tmp_path):
    mount = (
        f"mkdir -p {tmp_path}/build/site && mount -t tmpfs -o size=64k tmpfs {tmp_path}/build/site"
    )
    with space(mount) as disk:
        command = [sys.executable, "-m", "trainingtips", "site"]
        env = os.environ | {"PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            disk.command(tmp_path, *command), env=env, capture_output=True, text=True
        )
    output = done.stdout + done.stderr
    assert done.returncode == 1 and "Traceback" not in output, output
    assert "error: cannot write the site: " in output and "No space left" in output


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a child with its parent")
def test_no_mkdocs_outlives_the_build_that_started_it(site):
    wait = "import time\n\ndef on_startup(command, dirty):\n    open('there', 'w').close()\n"
    site.write("slow.py", f"{wait}    time.sleep(100)\n")
    site.replace("mkdocs.yml", "hooks: [", "hooks: [slow.py, ")
    process = site.start("site")
    deadline = time.monotonic() + 60
    while not (site.root / "there").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert (site.root / "there").exists()
    process.send_signal(signal.SIGKILL)
    process.communicate()
    site.replace("mkdocs.yml", "slow.py, ", "")
    again = site.start("site")  # waits for the lock, if an orphan has it
    out, err = again.communicate(timeout=90)
    assert again.returncode == 0, out + err
    assert "another build is running" not in err


def test_a_site_that_takes_too_long_is_given_up(site, monkeypatch):
    monkeypatch.setattr(whole, "SECONDS", 0.1)
    with pytest.raises(UserError, match=r"not built within 0\.1 s, and was given up"):
        whole.make(site.root, lambda _: None)
