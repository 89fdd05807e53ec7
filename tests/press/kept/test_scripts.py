"""A script's words: the claim, the caption below it, and what is folded."""

import os

import pytest

from tests.projects import SITE
from trainingtips.press.base.errors import ScriptError
from trainingtips.press.kept import scripts

CLAIM = "It grows."


def write(project, *paragraphs):
    text = "\n\n".join((CLAIM, *paragraphs))
    project.write(
        "figures/demo/a.py",
        f'"""{text}\n"""\nALT = "A line."\n\n\ndef compute():\n    return {{"n": 1}}\n\n\n'
        "def claim(result):\n    assert result\n\n\n"
        "def draw(result, figure):\n    figure.subplots().plot([1, 2])\n",
    )


def test_the_first_paragraph_is_the_caption_and_the_others_are_folded(project):
    write(project, "What it\nshows.", "How it was done.", "And why.")
    script = scripts.read_script(project.root, "demo/a")
    assert (script.claim, script.caption) == (CLAIM, "What it\nshows.")
    assert script.measured == "How it was done.\n\nAnd why."


def test_a_blank_line_may_hold_spaces(project):
    write(project, "Shown.\n   \nHow it was done.")
    script = scripts.read_script(project.root, "demo/a")
    assert (script.caption, script.measured) == ("Shown.", "How it was done.")


def test_a_claim_may_stand_alone(project):
    write(project)
    script = scripts.read_script(project.root, "demo/a")
    assert (script.caption, script.measured) == ("", "")


def test_sixty_words_are_a_caption_and_one_more_is_told(project):
    room = scripts.CAPTION - len(CLAIM.split())
    write(project, "word = " * room, "as many as you like " * 99)
    assert scripts.read_script(project.root, "demo/a").measured
    write(project, "word = " * (room + 1))
    with pytest.raises(ScriptError, match=rf"demo/a.py: .* have {scripts.CAPTION + 1} words; 60"):
        scripts.read_script(project.root, "demo/a")


@pytest.fixture
def page(project):
    from tests.site import parse

    (project.root / "figures/demo/b.py").unlink()
    write(project, "What it *shows*.", "How it was done.", "And $why$.")
    project.write("mkdocs.yml", SITE)
    project.write("docs/index.md", "# Page\n\n![](figures/demo/a.svg)\n")
    project.site()
    return parse((project.root / "site/index.html").read_text("utf-8"))


def test_a_page_shows_the_caption_and_folds_the_rest(page):
    caption = page.one("figcaption")
    assert caption.one("div", word="notes").text().strip() == "What it shows."
    folded = caption.one("details")
    assert "open" not in folded.attributes
    assert folded.one("summary").text() == "How it was measured"
    first, second = folded.all("p")
    assert first.text() == "How it was done."
    assert second.all("math") and "$" not in second.text()


def test_a_script_is_read_anew_once_its_text_is_another(project):
    """Also where size and time are the same: what was read is known by its bytes alone."""
    path = project.root / "figures/demo/a.py"
    before, times = scripts.read_script(project.root, "demo/a"), path.stat()
    path.write_text(path.read_text().replace(before.claim, before.claim.swapcase()))
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert scripts.read_script(project.root, "demo/a").claim == before.claim.swapcase()


def test_a_script_is_parsed_once_for_all_builds_and_again_when_it_changes(project, monkeypatch):
    write(project, "What it shows.")
    parsed, fields = [], scripts._fields
    monkeypatch.setattr(scripts, "_fields", lambda *what: parsed.append(what) or fields(*what))

    def build():
        scripts._read_before.cache_clear()  # as in another process
        found = scripts.find_scripts(project.root)["demo/a"].caption
        scripts.keep_read(project.root)
        return found, len(parsed)

    first, count = build()
    assert build() == (first, count)
    write(project, "What else it shows.")
    assert build() == ("What else it shows.", count + 1)


SETTING = (
    '{"text": {"data": "text", "network": "transformer", "optimiser": "Adam", "rates": (1, 2)}}'
)
OUTSIDE = SETTING.replace('"rates": (1, 2)', '"inputs": ["/etc/passwd"]')
SETTING_SCRIPT = '''"""It grows."""

ALT = "A line."
{settings}


def compute({arguments}):
    return {{"n": 1}}


def claim(result):
    assert result


def draw(result, figure):
    figure.subplots()
'''


def read_with(project, settings, arguments="*, setting=None"):
    text = SETTING_SCRIPT.format(settings=settings, arguments=arguments)
    project.write("figures/demo/a.py", text)
    return scripts.read_script(project.root, "demo/a")


def test_settings_are_read_as_plain_data(project):
    found = read_with(project, f'SETTINGS = {SETTING[:-1]}, "cnn": "it has no pictures"}}')
    assert list(found.settings) == ["text", "cnn"]
    assert found.settings["text"]["rates"] == [1, 2]
    assert found.settings["cnn"] == "it has no pictures"
    assert isinstance(hash(found), int)


def test_most_scripts_have_none(project):
    assert scripts.read_script(project.root, "demo/b").settings == {}


@pytest.mark.parametrize(
    ("settings", "arguments", "told"),
    [
        (f"SETTINGS = {SETTING}", "", "SETTINGS and compute(*, setting=None) go together"),
        ("", "*, setting=None", "go together"),
        (f"HARDWARE = True\nSETTINGS = {SETTING}", "*, setting=None", "HARDWARE"),
        ("SETTINGS = {}", "*, setting=None", "by names; received {}"),
        ('SETTINGS = ["text"]', "*, setting=None", "by names"),
        ('SETTINGS = {"Text": "no"}', "*, setting=None", "such as 'fashion_cnn'; received 'Text'"),
        ('SETTINGS = {"a.b": "no"}', "*, setting=None", "received 'a.b'"),
        ('SETTINGS = {"../a": "no"}', "*, setting=None", "received '../a'"),
        ('SETTINGS = {"text": " "}', "*, setting=None", "why it is not tried"),
        ('SETTINGS = {"text": {"data": "text"}}', "*, setting=None", "data, network, optimiser"),
        (
            f"SETTINGS = {SETTING.replace('(1, 2)', '{1}')}",
            "*, setting=None",
            "numbers, texts, lists",
        ),
        (
            f"SETTINGS = {SETTING.replace('(1, 2)', '1e999')}",
            "*, setting=None",
            "numbers, texts, lists",
        ),
        (
            f"SETTINGS = {OUTSIDE}",
            "*, setting=None",
            "INPUTS",
        ),
    ],
)
def test_what_is_wrong_is_told(project, settings, arguments, told):
    with pytest.raises(ScriptError) as error:
        read_with(project, settings, arguments)
    assert str(error.value).startswith("figures/demo/a.py")
    assert told in str(error.value)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('REPEATS = {"claim": "demo/a"}', "claim, setting, data, network, optimiser"),
        ("REPEATS = {}", "a dictionary of texts"),
        ('REPEATS = ["demo/a"]', "a dictionary of texts"),
        (f"REPEATS = {dict.fromkeys(('claim', 'setting', *scripts.SETTING), ' ')}", "of texts"),
        (
            f"REPEATS = {dict.fromkeys(('claim', 'setting', *scripts.SETTING), 'a')}",
            "batch/shuffle",
        ),
    ],
)
def test_what_is_wrong_with_what_is_repeated_is_told(project, line, told):
    project.replace("figures/demo/b.py", "ALT =", f"{line}\nALT =")
    with pytest.raises(ScriptError, match=told):
        scripts.read_script(project.root, "demo/b")
