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
