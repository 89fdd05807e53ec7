"""Formulas rendered at build time."""

import pytest

from trainingtips.press.content import mathematics


def test_formulas_have_html_and_mathml():
    page = (
        r'<p><span class="arithmatex">\(a &lt; b\)</span></p><div class="arithmatex">\[x^2\]</div>'
    )
    shown = mathematics.render_page(page, "p.md")
    assert shown.count("<math") == 2
    assert r"\(" not in shown
    with pytest.raises(mathematics.FormulaError, match=r"p.md: formula .*frac"):
        mathematics.render_page(r'<span class="arithmatex">\(\frac{1\)</span>', "p.md")


def test_a_formula_is_set_once_and_a_wrong_one_is_told_each_time(tmp_path, monkeypatch):
    asked, set_anew = [], mathematics._set
    monkeypatch.setattr(mathematics, "_set", lambda *what: asked.append(what) or set_anew(*what))
    first = mathematics.render("y^3", True)

    def build(*formulas):
        mathematics.keep(tmp_path)
        made = [mathematics.render(tex, True) for tex in formulas]
        mathematics.save()
        return made

    asked.clear()
    assert build("y^3", "y^4", "y^3")[::2] == [first, first]
    assert [tex for tex, _ in asked] == ["y^3", "y^4"]
    assert build("y^3") == [first]
    assert len(asked) == 2
    for _ in range(2):
        with pytest.raises(mathematics.FormulaError):
            build(r"\frac{2")
    assert [tex for tex, _ in asked[2:]] == [r"\frac{2"] * 2
    assert mathematics.render("y^3", False) != first
