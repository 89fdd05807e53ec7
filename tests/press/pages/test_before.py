"""Faults of pages are told with file and line, before anything is built from the page."""

import time

import pytest

from trainingtips.press.base.errors import UserError
from trainingtips.press.content import citations, prose
from trainingtips.press.pages import before

BIB = """@article{wu2018, author = {Wu, Y.}, title = {A title}, journal = {J}, year = {2018},
  doi = {10.1000/1}}
"""
FINE = """---
description: Short.
---

# Page

![](figures/demo/a.svg)

As [@wu2018; -@wu2018] says, me@wu.org. `![](../figures/x.svg)` and `[@wu2018, p. 3]`.

```markdown
  ![](figures/demo/a.svg)
[@wu2018, p. 3]
```

- @wu2018. Read first.

[@*]
"""
FIGURE = r"docs/a\.md:3: a figure's line stands alone.*!\[\]\(figures/demo/a\.svg\)"
FAULTS = {
    "latin": ("# A\n\ncaf\xe9\n".encode("latin-1"), r"docs/a\.md:3: the byte 0xe9 is no UTF-8"),
    "yaml": ("---\ntitle: a: b\n---\n# A\n", r"docs/a\.md:2: front matter: mapping values"),
    "tab": ("---\ntitle: x\n\ty: 1\n---\n# A\n", r"docs/a\.md:3: front matter: "),
    "open": ("---\ntitle: a\n\n# A\n", r"docs/a\.md:1: the front matter is not closed"),
    "list": ("---\n- a\n---\n# A\n", r"docs/a\.md:1: the front matter is no list"),
    "indented": ("# A\n\n    ![](figures/demo/a.svg)\n", FIGURE),
    "in a list": ("# A\n\n- ![](figures/demo/a.svg)\n", FIGURE),
    "in a sentence": ("# A\n\nSee ![](figures/demo/a.svg) here.\n", FIGURE),
    "ends a sentence": ("# A\n\nSee ![](figures/demo/a.svg)\n", FIGURE),
    "up": ("# A\n\n![](../figures/demo/a.svg)\n", FIGURE),
    "here": ("# A\n\n![](./figures/demo/a.svg)\n", FIGURE),
    "twice": (
        "# A\n\n![](figures/demo/a.svg)\n\n![](figures/demo/a.svg)\n",
        r"docs/a\.md:5: this figure stands on line 3 already",
    ),
    "page number": (
        "# A\n\nSo [@wu2018, p. 3].\n",
        r"docs/a\.md:3: \[@wu2018, p. 3\].* \[@wu2018\]",
    ),
    "see": ("# A\n\nSo [see @wu2018].\n", r"docs/a\.md:3: \[see @wu2018\] .* \[@wu2018\]"),
    "bare": ("# A\n\nSo says @wu2018.\n", r"docs/a\.md:3: @wu2018 .* write \[@wu2018\]"),
    "brackets": ("# A\n\n" + "[" * 300_000, r"docs/a\.md:3: 300,000 brackets \[ in a page"),
    "many": ("# A\n\n" + "[" * 1500, r"docs/a\.md:3: 1,500 brackets \[ in a paragraph"),
    "long": ("# A\n\n" + "word " * 300_000, r"docs/a\.md:1: a page of 1,500,005 characters"),
}


@pytest.fixture
def root(tmp_path):
    (tmp_path / "docs/notebooks").mkdir(parents=True)
    (tmp_path / "docs/references.bib").write_text(BIB)
    return tmp_path


def test_a_page_without_a_fault(root):
    (root / "docs/a.md").write_text(FINE)
    before.check(root)


@pytest.mark.parametrize("kind", FAULTS)
def test_a_fault_is_told_with_its_line(root, kind):
    text, words = FAULTS[kind]
    data = text if isinstance(text, bytes) else text.encode()
    (root / "docs/a.md").write_bytes(data)
    start = time.process_time()
    with pytest.raises(UserError, match=words) as told:
        before.check(root)
    assert len(str(told.value)) < 300
    assert time.process_time() - start < 10


def test_all_faults_of_all_pages_are_told_at_once(root):
    for name in "ab":
        (root / f"docs/{name}.md").write_text(FAULTS["up"][0] + FAULTS["bare"][0])
    with pytest.raises(UserError) as told:
        before.check(root)
    assert [line.partition(": ")[0] for line in str(told.value).splitlines()] == [
        f"docs/{name}.md:{line}" for name in "ab" for line in (3, 6)
    ]


@pytest.mark.parametrize(
    "front",
    ["", "---\ntitle: A\n---\n", "---\ndescription:\n---\n", "---\ndescription: [1]\n---\n"],
)
def test_a_page_without_a_description_is_told(root, front):
    (root / "docs/a.md").write_text(f"{front}# A\n")
    with pytest.raises(UserError, match=r"docs/a\.md:1: no description; write `description: …`"):
        before.check_complete(root)


def test_two_pages_of_one_description_are_told(root):
    for name in "ab":
        (root / f"docs/{name}.md").write_text("---\ndescription: Same.\n---\n# A\n")
    with pytest.raises(UserError, match=r"docs/b\.md:2: it has the description of docs/a\.md"):
        before.check_complete(root)


NOTEBOOK = "# %% [markdown]\n# # A\n#\n# It takes 3.5 s.\n\n# %%\nx = 0.5\n\n# %% [markdown]\n"
FRONT = "---\ndescription: Short.\n---\n\n"
STEPS = "# ## Three things to try\n#\n# 1. One.\n# 2. Two.\n"


@pytest.mark.parametrize("end", ["", STEPS, f"{STEPS}# 3. Three.\n# 4. Four.\n"])
def test_a_notebook_without_three_things_to_try_is_told(root, end):
    (root / "docs/notebooks/a.py").write_text(NOTEBOOK + end)
    with pytest.raises(UserError, match=r"docs/notebooks/a\.py:9: a notebook ends with 3 things"):
        before.check_complete(root)
    fine = NOTEBOOK.replace("3.5 s", "long")
    (root / "docs/notebooks/a.py").write_text(f"{fine}{STEPS}# 3. Three.\n")
    before.check_complete(root)


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("![](figures/demo/a.svg)", "figure"),
        ("See ![](../figures/demo/a.svg).", "figure"),
        ("![](labs/a.js)", "lab"),
        ("So [@wu2018].", "citation"),
    ],
)
def test_what_only_a_page_has_is_told_in_a_notebook(root, line, what):
    path = root / "docs/notebooks/a.py"
    path.write_text(f"# %% [markdown]\n# # A\n#\n# {line}\n\n# %%\nx = '![](figures/a/b.svg)'\n")
    with pytest.raises(UserError, match=rf"^docs/notebooks/a\.py:4: .*: a {what}'s line is read"):
        before.check(root)
    path.write_text(f"# %% [markdown]\n# # A\n#\n# `{line}`\n\n# %%\nx = '{line}'\n")
    before.check(root)


def test_a_term_that_stands_nowhere_is_told_before_pages_are_made(root):
    glossary = f"{FRONT}# Glossary\n\none, ones\n:   Words.\n\n{{}}\n:   Words.\n"
    (root / "docs/glossary.md").write_text(glossary.format("zyzzy norm, zyzzy norms"))
    (root / "docs/a.md").write_text("---\ndescription: A.\n---\n\n# A\n\nOnes and\nZyzzy\nnorms.\n")
    before.check_complete(root)
    (root / "docs/a.md").write_text("---\ndescription: A.\n---\n\n# A\n\nOnes and zyzzy normal.\n")
    told = r"^docs/glossary\.md:10: no page uses 'zyzzy norm, zyzzy norms'; use it in a text"
    with pytest.raises(UserError, match=told):
        before.check_complete(root)


def test_a_term_in_a_claim_or_a_table_is_left_to_the_pages(root):
    glossary = "---\ndescription: G.\n---\n\n# Glossary\n\nzyzzyva\n:   Words.\n"
    (root / "docs/glossary.md").write_text(glossary)
    (root / "figures/demo").mkdir(parents=True, exist_ok=True)
    (root / "figures/demo/_z.py").write_text('"""A zyzzyva."""\ndef compute():\n    return {}\n')
    before.check_complete(root)
    (root / "figures/demo/_z.py").unlink()
    with pytest.raises(UserError, match="zyzzyva"):
        before.check_complete(root)


def test_a_page_of_absurd_size_is_refused_unread(root):
    with open(root / "docs/a.md", "wb") as file:
        file.truncate(2**40)  # a hole: nothing could read it
    with pytest.raises(UserError, match=r"^docs/a\.md:1: a page of 1,099,511,627,776 bytes; "):
        before.check(root)


def test_a_number_typed_in_a_notebook_is_told_at_the_line_of_its_file(root):
    path = root / "docs/notebooks/a.py"
    path.write_text(NOTEBOOK)
    with pytest.raises(UserError, match=r"\n  docs/notebooks/a\.py:4: '3\.5'$"):
        before.notebook_numbers(path, "docs/notebooks/a.py")


@pytest.mark.parametrize(
    "number", ["51 percent", "51 per cent", ".51", "5e-3", "2.5e6", "51%", "3.5"]
)
def test_a_number_is_seen_however_it_is_typed(number):
    assert prose.typed_numbers(f"It reaches {number} there.") == [(1, number)]


@pytest.mark.parametrize("text", ["3 percentiles", "e-3", "v1.2.3", "a.5", "1e", "10 epochs", "…."])
def test_what_is_no_measured_number_is_left_alone(text):
    assert prose.typed_numbers(f"It is {text} there.") == []


def test_a_misspelt_key_is_told_before_the_entry_that_nobody_cites(root):
    (root / "docs/a.md").write_text("# A\n\nAs [@wu2081] says.\n")
    with pytest.raises(UserError, match=r"\[@wu2081\].* did you mean 'wu2018'"):
        citations.check(root / "docs")


def test_typed_numbers_are_told_before_pages_are_made(root):
    (root / "docs/a.md").write_text(f"{FRONT}# A\n\nIt is 51 percent and 5e-3.\n")
    (root / "docs/notebooks/a.py").write_text(f"{NOTEBOOK}{STEPS}# 3. Three.\n")
    with pytest.raises(UserError) as told:
        before.check_complete(root)
    lines = str(told.value).splitlines()
    assert [line.partition(" is typed by hand; take it from")[0] for line in lines] == [
        "docs/a.md:7: '51 percent'", "docs/a.md:7: '5e-3'", "docs/notebooks/a.py:4: '3.5'",
    ]  # fmt: skip
