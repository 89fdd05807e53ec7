"""What people say: what is read, what is refused, and each fault with its line."""

import pytest

from tests.projects import ROOT, Project
from trainingtips.press.base.errors import UserError
from trainingtips.press.content import citations, folklore, sayings
from trainingtips.press.kept import scripts

ENTRY = """- id: it-grows
  sentence: It grows.
  source: '[@one2000]'
  section: demo
  verdict: holds
  claims: [demo/a]
"""
BIB = "@book{one2000, author = {Ann One}, title = {T}, publisher = {P}, year = {2000},\n"
BIB += "  url = {https://example.org/}}\n"


def parsed(text):
    return folklore.parse(text)


def refused(text, *words):
    with pytest.raises(UserError) as told:
        parsed(text)
    message = str(told.value)
    assert all(word in message for word in words), message
    assert all(line.startswith("docs/folklore.yml") for line in message.splitlines()), message
    return message


def changed(old, new):
    assert old in ENTRY
    return "# a comment\n\n" + ENTRY.replace(old, new)


def test_an_entry_is_read():
    text = changed("claims: [demo/a]", "claims: [demo/a]\n  quoted: true\n  data: [digits, MNIST]")
    (saying,) = parsed(text)
    assert (saying.line, saying.id, saying.key, saying.quoted) == (3, "it-grows", "one2000", True)
    assert saying.tags == [("data", "digits"), ("data", "MNIST")]
    assert saying.claims == ("demo/a",) and not saying.front


FAULTS = {
    "an unknown key": ("verdict:", "verdikt:", 7, "no 'verdikt' is read; there is id, sentence"),
    "an unknown verdict": ("holds", "true-ish", 3, "one of holds, regime, refuted, open; received"),
    "a key twice": ("section: demo", "section: demo\n  section: lab", 7, "`section:` stands twice"),
    "no sentence": ("  sentence: It grows.\n", "", 3, "it-grows has no `sentence:`"),
    "an empty one": ("It grows.", "''", 4, "`sentence:` is empty"),
    "a number": ("It grows.", "12", 4, "`sentence:` is text; received a number: put it into"),
    "a truth": ("It grows.", "yes", 4, "`sentence:` is text; received true or false"),
    "nothing": ("It grows.", "", 4, "`sentence:` is text; received nothing"),
    "a list for a text": ("It grows.", "[a]", 4, "`sentence:` is text; received a list"),
    "a text for a list": ("[demo/a]", "demo/a", 8, "`claims:` is a list, [a, b]; received text"),
    "a list in a list": ("[demo/a]", "[[demo/a]]", 8, "`claims:` is text; received a list"),
    "a text for a flag": ("claims:", "front: often\n  claims:", 8, "is true or false; received"),
    "an id with spaces": ("it-grows", "It grows", 3, "`id:` is written in a–z, 0–9 and -"),
    "a section outside": ("demo\n", "../etc\n", 3, "`section:` is written in a–z"),
    "no address": ("'[@one2000]'", "javascript:alert(1)", 3, "`source:` is '[@key]' or https://"),
    "a plain address": ("'[@one2000]'", "http://a.example/", 3, "`source:` is '[@key]' or https"),
    "an address of nowhere": ("'[@one2000]'", "'https://['", 3, "`source:` is '[@key]' or https"),
    "two sources": ("'[@one2000]'", "'[@a; @b]'", 3, "`source:` is '[@key]' or https://"),
    "refuted without why": ("holds", "refuted", 3, "'refuted' needs `why:`: what was found"),
    "open without why": ("holds", "open", 3, "'open' needs `why:`: what it would take"),
    "nothing decides": ("  claims: [demo/a]\n", "", 3, "'holds' needs `claims:`"),
    "a typed number": ("claims:", "why: It is 97.3 %.\n  claims:", 3, "`why:` has '97.3 %'"),
    "too long": ("It grows.", "It grows " + "x" * 300, 3, "309 characters; 240 are right at most"),
    "a long tag": ("claims:", f"data: [{'x' * 50}]\n  claims:", 3, "more than 40 characters"),
}


@pytest.mark.parametrize("kind", FAULTS)
def test_a_fault_is_told_with_its_line(kind):
    old, new, line, words = FAULTS[kind]
    message = refused(changed(old, new), words)
    assert message.startswith(f"docs/folklore.yml:{line}: ") and "\n" not in message


def test_all_faults_are_told_at_once():
    text = ENTRY.replace("holds", "no") + ENTRY.replace("it-grows", "b").replace("section:", "s:")
    assert len(refused(text).splitlines()) == 2


@pytest.mark.parametrize("what", ["id", "sentence"])
def test_an_id_and_a_sentence_stand_once(what):
    other = {"id": ("It grows.", "It falls."), "sentence": ("it-grows", "it-falls")}[what]
    message = refused(ENTRY + ENTRY.replace(*other), f"the {what} of line 1 again")
    assert message.startswith("docs/folklore.yml:7: ")


HOSTILE = {
    "no YAML": ("- id: a: b\n", ":1: mapping values are not allowed here; put text with a colon"),
    "an open bracket": ("- id: [\n", ":2: "),
    "a tag": ("- !!python/object/apply:os.system [ls]\n", "received something else"),
    "a mapping": ("id: a\n", ":1: expected a list of sentences, `- id: …`"),
    "texts": ("- a\n", ":1: expected names and values, `id: …`; received text"),
    "two documents": (ENTRY + "---\n" + ENTRY, "found another document"),
    "a control character": ("- id: \x01\n", "special characters are not allowed"),
    "an unknown alias": ("- *a\n", "found undefined alias"),
    "a key that is a list": ("- [a]: b\n", "no 'a list' is read"),
    "nested": ("- " * 5000 + "a\n", "nested too deeply"),
    "nothing": ("", ":1: expected a list of sentences"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_what_is_no_list_of_sentences_is_one_sentence(kind):
    text, words = HOSTILE[kind]
    assert "\n" not in refused(text, words)


def test_aliases_are_never_unfolded():
    lists = "- &a [x]\n" + "".join(
        f"- &{chr(98 + n)} [{', '.join([f'*{chr(97 + n)}'] * 9)}]\n" for n in range(20)
    )
    assert len(refused(lists, "received a list").splitlines()) == 21


def test_a_file_of_absurd_size_is_refused_unread(tmp_path):
    with open(tmp_path / "folklore.yml", "wb") as file:
        file.truncate(2**40)
    with pytest.raises(UserError, match=r"^docs/folklore\.yml: it has 1,099,511,627,776 bytes"):
        folklore.read(tmp_path)


def test_bytes_that_are_no_text_are_told(tmp_path):
    (tmp_path / "folklore.yml").write_bytes(b"- id: a\n  sentence: \xe9\n")
    with pytest.raises(UserError, match=r"^docs/folklore\.yml:2: the byte 0xe9 is no UTF-8"):
        folklore.read(tmp_path)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # told again later
def test_a_file_that_takes_minutes_is_given_up(monkeypatch):
    monkeypatch.setenv("TRAININGTIPS_FOLKLORE_SECONDS", "0.05")
    with pytest.raises(UserError, match=r"^docs/folklore\.yml: it ran for more than 0\.05 s \("):
        parsed(ENTRY * 2000)


def test_without_the_file_there_is_nothing_and_a_page_that_shows_it_is_told(tmp_path):
    assert folklore.read(tmp_path) == ()
    with pytest.raises(UserError, match=r"^docs/folklore\.yml: there is no such file"):
        sayings.count(tmp_path)


# Against the project


@pytest.fixture
def project(tmp_path):
    found = Project(tmp_path)
    found.write("docs/demo.md", "# Demo\n")
    found.write("docs/references.bib", BIB)
    found.write("docs/folklore.yml", ENTRY)
    return found


def told(project, text):
    project.write("docs/folklore.yml", text)
    folklore._parsed.cache_clear()  # two writes may have one time
    with pytest.raises(UserError) as found:
        folklore.check(project.root)
    return str(found.value)


def test_a_sentence_that_fits_passes(project):
    folklore.check(project.root)


UNFIT = {
    "claim": ("[demo/a]", "[demo/aa]", "`claims:` no figure 'demo/aa'; did you mean 'demo/a'?"),
    "section": ("section: demo", "section: dema", "there is no section 'dema'"),
    "source": ("one2000", "one2001", "[@one2001]: there is no such entry in docs/references.bib"),
    "cited": ("claims:", "why: As [@two].\n  claims:", "[@two]: there is no such entry"),
}


@pytest.mark.parametrize("kind", UNFIT)
def test_what_is_not_there_is_told_with_its_line(project, kind):
    old, new, words = UNFIT[kind]
    message = told(project, ENTRY.replace(old, new))
    assert message.startswith("docs/folklore.yml:1: it-grows: ") and words in message


@pytest.mark.parametrize("verdict", ["regime", "not reproduced"])
def test_what_holds_does_not_rest_on_what_does_not(project, verdict):
    project.replace("figures/demo/a.py", "ALT =", f"VERDICT = {verdict!r}\nALT =")
    assert "it 'holds', and none of its claims" in told(project, ENTRY)
    reasoned = ENTRY + "  why: Up to here.\n"
    if verdict == "regime":
        project.write("docs/folklore.yml", reasoned)
        folklore._parsed.cache_clear()
        folklore.check(project.root)
    else:
        assert "could be reproduced" in told(project, reasoned)


def test_a_work_that_a_sentence_alone_cites_is_cited_on_its_page(project):
    project.write("docs/claims.md", "# Claims\n")
    assert citations.cited(project.root / "docs") == {"one2000": [("claims.md", "Claims")]}


# Ours


@pytest.fixture(scope="module")
def ours():
    return folklore.read(ROOT / "docs")


def test_ours_has_forty_sentences_and_all_verdicts(ours):
    assert len(ours) >= 40
    assert {saying.verdict for saying in ours} == set(folklore.VERDICTS)
    folklore.check(ROOT)


def test_on_the_home_page_no_verdict_stands_back(ours):
    counts = [sum(s.front for s in ours if s.verdict == each) for each in folklore.VERDICTS]
    assert len(set(counts)) == 1 and counts[0] >= 3


def test_where_all_that_decides_it_holds_a_refutation_says_why(ours):
    known = scripts.find_scripts(ROOT)
    for saying in ours:
        verdicts = {known[name].verdict for name in saying.claims}
        if saying.verdict == "refuted" and verdicts == {"holds"}:
            assert saying.why, saying.id


# Shown


def test_a_table_escapes_what_it_shows(project):
    evil = """- id: a
  sentence: '<b onclick="x">*bold* [@one2000] {{ 1 }} $x$'
  source: 'https://a.example/"onmouseover="x'
  place: '<i>here</i>'
  section: demo
  verdict: open
  why: '<script>x</script> [@one2000]'
  network: ['"><img src=x>']
"""
    project.write("docs/folklore.yml", evil)
    table = sayings.table(project.root, project.root / "docs", "claims.html")
    for markup in ("<b ", "<i>", "<script", "<img", '"onmouseover', "{{", "[@", "*bold", "$x$"):
        assert markup not in table, markup
    assert 'href="references.html#ref-one2000"' in table


def test_a_paraphrase_has_no_quotation_marks(project):
    docs = project.root / "docs"
    assert "<q>" not in sayings.table(project.root, docs, "claims.html")
    project.write("docs/folklore.yml", ENTRY + "  quoted: true\n")
    folklore._parsed.cache_clear()
    assert "<q>It grows.</q>" in sayings.table(project.root, docs, "claims.html")


def test_an_unknown_verdict_is_told_with_those_there_are():
    with pytest.raises(UserError, match=r"^said\('no'\): a verdict is one of holds, regime"):
        sayings.count(ROOT / "docs", "no")
