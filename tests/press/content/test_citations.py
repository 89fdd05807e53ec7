"""Citations: what is recognised, how it is written out, and what is refused."""

import pytest

from trainingtips.press.base.errors import UserError
from trainingtips.press.content import citations, prose

BIB = """
@inproceedings{keskar2017,
  author = {Keskar, Nitish Shirish and Mudigere, Dheevatsa and Tang, Ping Tak Peter},
  title = {On large-batch {SGD}}, booktitle = {ICLR}, year = {2017}, eprint = {1609.04836}}
@article{polyak1964, author = {Polyak, Boris T.}, title = {Speeding up}, journal = {Computing},
  volume = {4}, number = {5}, year = {1964}, doi = {10.1016/0041-5553(64)90137-5}}
@manual{torch, author = {{Big Torch}}, title = {SGD}, url = {https://torch.org/sgd}}
"""
PAGE = "# One page\n\nSo it is [@keskar2017; @polyak1964], as in [@torch].\n"


@pytest.fixture
def docs(tmp_path):
    (tmp_path / "references.bib").write_text(BIB, "utf-8")
    (tmp_path / "page.md").write_text(PAGE, "utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("[@keskar2017]", "([Keskar et al. 2017](references.md#ref-keskar2017){ .citation })"),
        ("by [-@polyak1964]", "by ([1964](references.md#ref-polyak1964){ .citation })"),
        ("[@torch]", "([Big Torch documentation](references.md#ref-torch){ .citation })"),
        ("`[@keskar2017]`", "`[@keskar2017]`"),
        ("```\n- @keskar2017\n```", "```\n- @keskar2017\n```"),
        ("a[0] @ b", "a[0] @ b"),
        ("me@torch.org and [@ x]", "me@torch.org and [@ x]"),
    ],
)
def test_a_citation_in_the_text(docs, text, shown):
    assert citations.render(text, docs) == shown


def test_several_in_one_bracket_over_a_line_break(docs):
    shown = citations.render("[@keskar2017;\n-@polyak1964]", docs)
    assert shown.startswith("([Keskar et al. 2017](") and "; [1964](" in shown


def test_an_item_of_a_reading_list_is_the_target_of_its_page(docs):
    shown = citations.render("As [@polyak1964] says.\n\n- @polyak1964. The ball.\n", docs)
    assert "[Polyak 1964](#ref-polyak1964)" in shown
    assert shown.endswith(
        '- <span class="reference" id="ref-polyak1964">Polyak (1964), *Speeding up*, '
        "Computing 4(5), [doi\N{NO-BREAK SPACE}10.1016/0041-5553(64)90137-5]"
        "(https://doi.org/10.1016/0041-5553%2864%2990137-5)</span>. The ball.\n"
    )


def test_two_authors_are_joined_and_braces_left_out(docs):
    bib = BIB + "@book{ab, author={Ab, C. and De, F.}, title={{G}h}, publisher={I}, year={1}}"
    (docs / "references.bib").write_text(bib, "utf-8")
    shown = citations.render("[@ab]\n\n- @ab", docs)
    assert "[Ab and De 1]" in shown and "Ab and De (1), *Gh*, I<" in shown


def test_the_whole_list_names_full_authors_and_citing_pages(docs):
    lines = citations.render("[@*]", docs).splitlines()
    assert ["ref-torch" in lines[0], "ref-keskar" in lines[1], "ref-polyak" in lines[2]] == [1] * 3
    assert "Nitish Shirish Keskar, Dheevatsa Mudigere and Ping Tak Peter Tang" in lines[1]
    assert all(line.endswith("*Cited on:* [One page](page.md)") for line in lines)


def test_what_is_in_order_passes(docs):
    citations.check(docs)


def test_without_a_file_nothing_is_known(tmp_path):
    citations.check(tmp_path)
    with pytest.raises(UserError, match=r"there is no such entry"):
        citations.render("[@keskar2017]", tmp_path)


def test_an_unknown_key_is_refused_with_the_nearest(docs):
    with pytest.raises(UserError, match=r"\[@keskar2071\].*did you mean 'keskar2017'"):
        citations.render("[@keskar2071]", docs)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("eprint = {1609.04836}", "eprint = {1609.4836x}", "keskar2017: eprint = '1609.4836x'"),
        ("10.1016/", "doi.org/10.1016/", "polyak1964: doi = .* is malformed"),
        ("https://torch", "torch", "torch: url = .* is malformed"),
        ("title = {Speeding up}, ", "", "polyak1964: expected an author and a title"),
        ("year = {1964}, ", "", "polyak1964: expected a year and a journal"),
        (", url = {https://torch.org/sgd}", "", "torch: expected eprint"),
        ("@manual{torch", "@manual{keskar2017", "repeated"),
        ("{torch,", "{other,", "other: no page cites it"),
        ("title = {SGD}", "title = {SGD", "references.bib: "),
    ],
)
def test_a_faulty_entry_is_refused(docs, old, new, message):
    assert BIB.count(old) == 1
    (docs / "references.bib").write_text(BIB.replace(old, new), "utf-8")
    with pytest.raises(UserError, match=message):
        citations.check(docs)


@pytest.mark.parametrize("mark", ["[@keskar2017]", "[-@keskar2017]", "[@a; @b]", "[^keskar]"])
def test_a_cited_number_may_be_typed(mark):
    assert prose.typed_numbers(f"They report 98.0 % {mark}.") == []
    assert prose.typed_numbers(f"Ours is 97.0 %.\n\nThey report 98.0 % {mark}.") == [(1, "97.0 %")]


@pytest.mark.parametrize("mark", ["me@there.org", "`[@keskar2017]`", "[@", "[@ x]"])
def test_what_is_no_citation_exempts_nothing(mark):
    assert prose.typed_numbers(f"They report 98.0 % {mark}.") == [(1, "98.0 %")]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"@article{a, title = {\xe9}}", r"docs/references\.bib:1: the byte 0xe9 is no UTF-8"),
        (b"@article{a, title = {" + b"{" * 100_000, "too many nested braces"),
        (b"@article{a,\n title = {x}\n", "syntax error in line"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_sentence(tmp_path, text, words):
    (tmp_path / "references.bib").write_bytes(text)
    with pytest.raises(UserError, match=words) as told:
        citations.read(tmp_path)
    assert "\n" not in str(told.value)


def test_a_file_of_absurd_size_is_refused_unread(tmp_path):
    with open(tmp_path / "references.bib", "wb") as file:
        file.truncate(2**40)
    with pytest.raises(UserError, match=r"^docs/references\.bib: it has 1,099,511,627,776 bytes"):
        citations.read(tmp_path)


def test_a_file_that_takes_minutes_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setenv("TRAININGTIPS_BIB_SECONDS", "0.2")
    quotes = '"#"' * 60_000  # its parser takes the square of that
    (tmp_path / "references.bib").write_text(f'@article{{a, title = "{quotes}"}}')
    with pytest.raises(UserError, match=r"^docs/references\.bib: it ran for more than 0\.2 s \("):
        citations.read(tmp_path)
