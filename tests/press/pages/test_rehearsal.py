"""A lab's JavaScript fails at build as it would on the page, with its file, line and state."""

import shutil

import pytest

from tests.projects import ROOT
from trainingtips.press.base.errors import UserError
from trainingtips.press.pages import labs, rehearsal

PYTHON = """from trainingtips.press.pages.labs import Button, Choice, Range
from trainingtips.press.pages.panels import Panel

TITLE = CAPTION = "A lab."
CONTROLS = [
    Range("w", "weight", -1, 1, 0.5, 0),
    Choice("kind", "kind", {"a": "A", "b": "B"}),
    Button("again", "Again"),
]


def given(result):
    return {"points": [[0, 1], [2, 3]]}


def panels(result):
    return [Panel("A panel.", (0, 1), (0, 1))]
"""
FINE = """import { norm, dot as product } from "./arithmetic.js";

export function run({ w, kind }, { points }) {
  return { shown: { w }, far: norm(points.at(-1)) + product([w], [w]), kind };
}

export const draw = ([pen], { far }, { w }) => {
  pen.line([[0, 0], [w, far]], "blue");
  pen.dots([[w, far]], "blue");
  pen.text("here", [w, far]);
  pen.paint((brush) => { brush.moveTo(0, 0); brush.lineWidth = 2; }, "blue");
};

export function say({ far }) {
  return `It is ${far.toFixed(2)} away.`;
}

export const press = { again: ({ w }) => ({ w: -w, other: 1 }) };
"""


def check(folder, javascript):
    (folder / "labs").mkdir(parents=True)
    shutil.copyfile(ROOT / "docs/labs/arithmetic.js", folder / "labs/arithmetic.js")
    (folder / "labs/a.py").write_text(PYTHON)
    (folder / "labs/a.js").write_text(javascript)
    lab = labs.read(folder, "a")
    rehearsal.check(folder, lab)


RUN = "  return { shown"
FAULTS = {  # what stands there, what is written, what is told
    "at once": ("far: norm(", "far: w.x.y + norm(", r"a\.js:4: TypeError: .*, with w = 0, "),
    "a name": ("norm(points", "norms(points", r"a\.js:4: ReferenceError: 'norms' is not defined"),
    "an end": (RUN, f"if (w > 0.5) w.x.y;{RUN}", r"a\.js:4: TypeError: .*with w = 1, kind = a"),
    "an option": (RUN, f"if (kind > 'a') w.x.y;{RUN}", r"a\.js:4: TypeError: .*kind = b"),
    "in the drawing": ("[[w, far]]", "[undefined]", r"a\.js:9: TypeError: "),
    "no such verb": ("pen.dots", "pen.dot", r"a\.js:9: TypeError: not a function"),
    "in the words": ("far.toFixed", "near.toFixed", r"a\.js:15: ReferenceError: 'near'"),
    "no words": ("return `It", "`It", r"a\.js: TypeError: say\(\) gives no sentence"),
    "no function": ("export function say", "function say", r"a\.js: TypeError: not a function"),
    "no button": ("again:", "other:", r"a\.js: TypeError: there is no press\.again"),
    "in a button": ("w: -w", "w: -v", r"a\.js(:18)?: ReferenceError: 'v' is not defined"),
    "a global": (RUN, f"w2 = 3;{RUN}", r"a\.js:4: ReferenceError: '?w2'? is not defined"),
}


def test_a_lab_that_works_passes(tmp_path):
    check(tmp_path, FINE)


@pytest.mark.parametrize("fault", FAULTS)
def test_what_would_fail_on_the_page_is_told(tmp_path, fault):
    old, new, words = FAULTS[fault]
    assert FINE.count(old) == 1
    with pytest.raises(UserError, match=rf"^docs/labs/{words}") as told:
        check(tmp_path, FINE.replace(old, new))
    assert "\n" not in str(told.value)


def test_a_button_is_followed_as_far_as_the_controls_go(tmp_path):
    both = FINE.replace(RUN, f"if (w === 0.5 && kind === 'b') w.x.y;{RUN}")
    check(tmp_path / "fine", both)
    with pytest.raises(UserError, match=r"a\.js:4: TypeError: .*, with w = 0\.5, kind = b"):
        check(tmp_path / "pressed", both.replace("w: -w", "w: 0.5, kind: 'b'"))
    beyond = FINE.replace(RUN, f"if (w > 1 || kind > 'b') w.x.y;{RUN}")
    check(tmp_path / "beyond", beyond.replace("w: -w", "w: 5, kind: 'c'"))


@pytest.mark.parametrize(
    ("body", "limit", "words"),
    [
        ("for (;;);", "TRAININGTIPS_LAB_SECONDS", r"a\.js(:[34])?: it ran for more than 0\.2 s \("),
        (
            "const all = []; for (;;) all.push(new Array(1e5).fill(w));",
            "TRAININGTIPS_LAB_MEMORY",
            r"a\.js(:4)?: it took more than 0\.2 GiB \(TRAININGTIPS_LAB_MEMORY sets",
        ),
    ],
    ids=["time", "memory"],
)
def test_a_lab_without_end_is_told(tmp_path, monkeypatch, body, limit, words):
    monkeypatch.setenv(limit, "0.2")
    with pytest.raises(UserError, match=rf"^docs/labs/{words}"):
        check(tmp_path, FINE.replace("  return { shown", f"  {body}\n  return {{ shown"))


@pytest.mark.parametrize("name", ["document.title", "performance.now()", "new URLSearchParams('')"])
def test_what_only_a_browser_has_is_left_to_it(tmp_path, name):
    check(tmp_path, FINE.replace("return { shown", f"{name};\n  return {{ shown"))


@pytest.mark.parametrize("name", labs.find(ROOT / "docs"))
def test_the_sites_own_labs_pass(name):
    lab = labs.read(ROOT / "docs", name)
    rehearsal.check(ROOT / "docs", lab)


def test_a_limit_is_a_number(tmp_path, monkeypatch):
    for text in ("much", "-1", "0", "nan", "inf"):
        monkeypatch.setenv("TRAININGTIPS_LAB_SECONDS", text)
        with pytest.raises(UserError, match=f"is a number of s; received '{text}'"):
            rehearsal.SECONDS.value()


def test_a_page_with_a_lab_that_fails_is_not_built(tmp_path):
    from tests.attacks import test_clumsy
    from tests.projects import SITE, Project

    project = Project(tmp_path)
    project.write("mkdocs.yml", SITE)
    project.write("docs/index.md", f"{test_clumsy.PAGE}\n![](labs/a.js)\n")
    for name in ("lab.js", "mount.js", "arithmetic.js", "labs.css"):
        project.write(f"docs/labs/{name}", (ROOT / f"docs/labs/{name}").read_text())
    project.write("docs/labs/a.py", PYTHON)
    project.write("docs/labs/a.js", FINE.replace("points.at", "point.at"))
    output = project.run("site", status=1)
    assert "docs/labs/a.js:4: ReferenceError: 'point' is not defined, with w = 0" in output
    assert "Traceback" not in output and not (project.root / "site").exists()
    project.write("docs/labs/a.js", FINE)
    project.run("site")
