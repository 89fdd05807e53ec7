"""What a seal tells: every field that was changed by hand, a result in another's place, a merge."""

import json
import re
import shutil
import subprocess

import pytest

from tests.projects import forge
from trainingtips.press.base.errors import ResultError
from trainingtips.press.kept import results, seals

LATER = '''"""It grows, too."""
ALT = "A line."


def compute(shared):
    return {"y": shared["y"] + 1}


def claim(result):
    assert result["y"][0] == 1, result


def draw(result, figure):
    figure.subplots().plot(result["y"])
    figure.axes[0].set_axis_off()
'''
SHARED = '''"""Shared."""


def compute():
    return {"y": [0.0, 1.0, 2.0]}
'''


@pytest.fixture
def chained(built):
    """A project with a result that builds on another."""
    built.write("figures/demo/_shared.py", SHARED)
    built.write("figures/demo/c.py", LATER)
    built.build()
    return built


def edit(project, change, name="demo/a"):
    """Change a file as a person would, in its own layout."""
    path = project.root / f"results/{name}.json"
    text = path.read_text()
    assert change(text) != text
    path.write_text(change(text))


def listed(project, name):
    (line,) = [line for line in project.run("list").splitlines() if line.split()[0] == name]
    return line


EDITS = {  # field: (pattern in demo/c.json, what is put there, what is told)
    "seconds": ('"seconds": ', '"seconds": 1', "its seconds changed since it was kept"),
    "environment": ('"threads": 1', '"threads": 8', "its environment changed"),
    "key": ('"key": "', '"key": "0', "its key changed"),
    "verdict": ('"holds"', '"regime"', "its verdict changed"),
    "numbers": ("2.0, 3.0", "2.5, 3.0", "its numbers are not those that were measured"),
    "a need's name": ('"demo/_shared"', '"demo/_other"', "its needs changed"),
    "a need's digest": ('(_shared": ".{63}).', r"\1x", "not a kept result: its need"),
    "needs": ('"needs": {[^}]*}', '"needs": {}', "its needs changed"),
    "the seal's form": ('"seal": "', '"seal": "0', "not a kept result: its seal is"),
    "two": ('"seconds": |"threads": 1', r"\g<0>2", "its seconds and its environment changed"),
}


def test_a_field_changed_by_hand_is_told_by_its_name(chained):
    path = chained.root / "results/demo/c.json"
    whole = path.read_text()
    for field, (pattern, new, words) in EDITS.items():
        path.write_text(re.sub(pattern, new, whole))
        output = chained.build("demo/c", status=1)
        assert f"results/demo/c.json: {words}" in output, (field, output)
        assert "computed" not in output.partition("not built")[0], "nothing is mended unasked"
    path.write_text(re.sub('"seconds": ', '"seconds": 1', whole))
    told = listed(chained, "demo/c")
    assert "stale" in told and "results/demo/c.json altered by hand: its seconds" in told
    chained.write("mkdocs.yml", "site_name: Small\n")
    assert "results/demo/c.json: its seconds changed" in chained.run("site", status=1)
    chained.build("--force", "demo/c")
    assert chained.build() == "every figure is fresh\n"


def test_a_number_with_its_digest_made_anew_is_told(built):
    def change(text):
        content = json.loads(text)
        content["result"]["n"] = 5
        content["digest"] = json.loads(kept(content).text())["digest"]
        return json.dumps(content)

    def kept(content):
        return results.Kept("", "", 0, {}, content["result"])

    edit(built, change)
    assert "results/demo/a.json: its numbers changed since it was kept" in built.build(status=1)
    assert "altered by hand: its numbers" in listed(built, "demo/a")


def test_two_results_swapped_with_their_keys_are_told(built):
    first, second = (built.root / f"results/demo/{name}.json" for name in "ab")
    contents = [json.loads(path.read_text()) for path in (first, second)]
    contents[0]["key"], contents[1]["key"] = contents[1]["key"], contents[0]["key"]
    for path, content in zip((second, first), contents, strict=True):
        path.write_text(json.dumps(content))
    output = built.build(status=1)
    for name in "ab":
        told = output.split(f"results/demo/{name}.json: ")[1]
        assert told.startswith("it was kept as the result of another figure"), output


def test_a_record_in_anothers_place_is_told(project):
    for name in ("a", "b"):
        project.replace(f"figures/demo/{name}.py", "ALT =", "HARDWARE = True\nALT =")
    project.build("--record")
    shutil.copyfile(project.root / "results/demo/a.json", project.root / "results/demo/b.json")
    output = project.build(status=1)
    assert "results/demo/b.json: it was kept as the result of another figure" in output


def test_a_figure_that_is_renamed_with_its_result_is_computed_anew(built):
    for folder, ending in (("figures", "py"), ("results", "json")):
        (built.root / folder / f"demo/b.{ending}").rename(built.root / folder / f"demo/z.{ending}")
    assert built.computed(built.build()) == {"demo/z"}
    assert [line.split()[1] for line in lines(built)] == ["demo/a", "demo/z"]


def lines(project):
    return [each for each in (project.root / seals.PATH).read_text().splitlines() if each]


def test_each_result_has_its_line_and_no_other(chained):
    names = ["demo/_shared", "demo/a", "demo/b", "demo/c"]
    found = {name: seals.of(chained.root / f"results/{name}.json") for name in names}
    assert lines(chained) == [f"{found[name]}  {name}" for name in names]
    needs = results.kept(chained.root, "demo/c").needs
    content = json.loads((chained.root / "results/demo/_shared.json").read_text())
    assert needs == {"demo/_shared": content["digest"]}


def test_a_result_that_is_not_the_one_in_the_list_is_computed_anew(built):
    whole = built.hashes("results", ".json")
    forge(built.root, "demo/a", lambda content: content.update(seconds=1e300), listed=False)
    assert "results/demo/a.json is not the one in results/SEAL" in listed(built, "demo/a")
    output = built.build()
    assert built.computed(output) == {"demo/a"}
    assert "results/demo/a.json is not the one in results/SEAL" in output
    assert results.kept(built.root, "demo/a").seconds < 1e300
    assert whole.keys() == built.hashes("results", ".json").keys()
    assert built.build() == "every figure is fresh\n"


def test_a_result_of_an_earlier_version_is_computed_anew(built):
    def older(text):
        content = json.loads(text)
        del content["seal"], content["needs"]
        return json.dumps(content)

    edit(built, older)
    assert "results/demo/a.json has no seal" in listed(built, "demo/a")
    assert built.computed(built.build()) == {"demo/a"}
    assert seals.of(built.root / "results/demo/a.json")


def test_a_record_that_is_not_the_one_in_the_list_is_refused(project):
    project.replace("figures/demo/a.py", "ALT =", "HARDWARE = True\nALT =")
    project.build("--record")
    project.build()
    forge(project.root, "demo/a", lambda content: content.update(seconds=1e300), listed=False)
    output = project.build(status=1)
    assert "results/demo/a.json: this is a record of a machine, and not the one in" in output
    assert "not the record in results/SEAL" in listed(project, "demo/a")
    project.build("--record")
    assert project.build() == "every figure is fresh\n"


def test_without_the_list_all_is_computed_anew(built):
    (built.root / seals.PATH).unlink()
    assert built.computed(built.build()) == {"demo/a", "demo/b"}
    assert built.build() == "every figure is fresh\n"


def test_drawing_alone_leaves_seals_as_they_are(chained):
    before = chained.hashes("results", ".json")
    for name in ("a", "b"):
        chained.replace(f"figures/demo/{name}.py", '"blue"', '"red"')
    chained.replace("figures/demo/c.py", 'plot(result["y"])', 'plot(result["y"], "o")')
    assert not chained.computed(chained.build())
    assert chained.hashes("results", ".json") == before


def test_a_verdict_that_changes_is_sealed(built):
    built.replace("figures/demo/a.py", "ALT =", 'VERDICT = "regime"\nALT =')
    assert not built.computed(built.build())
    assert results.kept(built.root, "demo/a").verdict == "regime"
    assert built.build() == "every figure is fresh\n"


def git(project, *arguments, status=0):
    command = ["git", "-c", "user.name=a", "-c", "user.email=a@b", "-c", "core.hooksPath=no"]
    done = subprocess.run([*command, *arguments], cwd=project.root, capture_output=True, text=True)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def history(built):
    """Under git, with the figures a and b, and a function of its own for each."""
    git(built, "init", "--quiet", "--initial-branch", "main")
    (built.root / ".gitignore").write_text("build/\n__pycache__/\n")
    commit(built, "first")
    return built


def commit(project, message):
    git(project, "add", "--all")
    git(project, "commit", "--quiet", "--message", message)


def test_branches_that_changed_neighbours_merge(history):
    git(history, "checkout", "--quiet", "-b", "other")
    history.replace("lab/wave.py", "x + 1", "x + 2")
    history.build()
    commit(history, "b")
    git(history, "checkout", "--quiet", "main")
    history.replace("lab/tools.py", "2 * x", "3 * x")
    assert history.computed(history.build()) == {"demo/a"}
    commit(history, "a")
    git(history, "merge", "--quiet", "--no-edit", "other")
    output = history.build()
    assert not history.computed(output), output
    assert history.build() == "every figure is fresh\n"


def test_a_merge_that_conflicts_is_mended_by_the_next_build(history):
    git(history, "checkout", "--quiet", "-b", "other")
    history.script("demo/c1", "wave.ripple(np.arange(5.0))")
    history.build()
    commit(history, "one result more")
    git(history, "checkout", "--quiet", "main")
    history.script("demo/c2", "wave.ripple(np.arange(6.0))")
    history.build()
    commit(history, "another")
    git(history, "merge", "--quiet", "--no-edit", "other", status=1)
    assert "<<<<<<<" in (history.root / seals.PATH).read_text()
    output = history.build()
    assert not history.computed(output), output
    assert [line.split()[1] for line in lines(history)] == [
        "demo/a", "demo/b", "demo/c1", "demo/c2",
    ]  # fmt: skip
    assert history.build() == "every figure is fresh\n"


@pytest.mark.parametrize(
    "text", [b"", b"\0\xff" * 100, b"0" * (seals.BYTES + 1), b"no line\n"], ids=range(4)
)
def test_a_list_that_is_none_has_no_lines(tmp_path, text):
    (tmp_path / "results").mkdir()
    (tmp_path / seals.PATH).write_bytes(text)
    assert seals.Book(tmp_path).known == {}


def test_a_list_that_leads_out_of_the_project_is_not_followed(built):
    outside = built.root.parent / "outside"
    (built.root / seals.PATH).rename(outside)
    (built.root / seals.PATH).symlink_to(outside)
    before = outside.read_bytes()
    assert seals.Book(built.root).known == {}
    built.build()
    assert outside.read_bytes() == before
    assert not (built.root / seals.PATH).is_symlink()


def test_a_list_holds_both_lines_while_a_result_is_replaced(tmp_path):
    book, names = seals.Book(tmp_path), ["demo/a", "demo/b"]
    made = [results.Kept("k", "holds", each, {}, {}, "demo/a") for each in (1, 2)]
    path = tmp_path / "results/demo/a.json"
    path.parent.mkdir(parents=True)
    for kept in made:
        book.path.write_bytes(book.with_line("demo/a", kept.seal))
    for kept in made:
        path.write_text(kept.text())
        assert seals.Book(tmp_path).has("demo/a")
    assert not seals.Book(tmp_path).is_tidy(names)
    seals.Book(tmp_path).tidy(names)
    assert seals.Book(tmp_path).known == {"demo/a": {made[1].seal.split()[0]}}
    path.write_text(made[0].text())
    assert not seals.Book(tmp_path).has("demo/a")


@pytest.mark.parametrize("field", seals.FIELDS)
def test_every_field_counts(field):
    content = {each: each for each in seals.FIELDS}
    assert seals.altered(content | {field: "other"}, seals.make(content)) == [field]
    whole = seals.make(content)
    assert seals.altered(content, f"0{whole[1:]}" if whole[0] != "0" else f"1{whole[1:]}") == [
        "seal"
    ]


@pytest.mark.parametrize(
    ("field", "value"),
    [("seal", 1), ("seal", "x"), ("needs", None), ("needs", {"a": 1}), ("needs", {"a": "x"})],
)
def test_a_seal_of_another_form_is_refused(tmp_path, field, value):
    path = tmp_path / "results/demo/a.json"
    path.parent.mkdir(parents=True)
    content = json.loads(results.Kept("k", "holds", 1, {}, {}, "demo/a").text())
    path.write_text(json.dumps(content | {field: value}))
    with pytest.raises(ResultError, match=r"results/demo/a\.json: not a kept result"):
        results.read(path)
