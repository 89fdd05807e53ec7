"""Every letter that the formulas of a section page use stands in docs/notation.md."""

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
SECTIONS = ("critical_points", "batch", "momentum", "learning_rate", "loss_function", "batch_norm")
SECTIONS += ("how_we_know", "start")
GREEK = "alpha beta gamma delta Delta epsilon varepsilon eta theta kappa lambda mu xi rho sigma"
GREEK = set(f"{GREEK} Sigma varphi phi psi tau omega nu chi Phi Omega".split())
NOT_SYMBOLS = r"\\(?:operatorname|text|mathrm|mathsf|begin|end)\s*(?:\{[^{}]*\}|\w)"


def symbols(markdown):
    """Latin and Greek letters in the mathematics of a page; code, words and layout left out."""
    markdown = re.sub(r"```.*?```|`[^`\n]*`", "", markdown, flags=re.DOTALL)
    formulas = re.findall(r"\$\$(.+?)\$\$|\$([^$\n]+)\$", markdown, re.DOTALL)
    text = re.sub(NOT_SYMBOLS, " ", " ".join(a or b for a, b in formulas))
    greek = set(re.findall(r"\\([a-zA-Z]+)", text)) & GREEK
    return greek | set(re.findall(r"[a-zA-Z]", re.sub(r"\\[a-zA-Z]+", " ", text)))


def test_what_counts_as_a_symbol():
    text = r"`q` $\operatorname{tr} H_i = \text{or}$ and $$\frac{\mathrm d x}{\eta}$$"
    assert symbols(text) == {"H", "i", "x", "eta"}


@pytest.mark.parametrize("section", SECTIONS)
def test_every_symbol_is_explained(section):
    used = symbols((DOCS / f"{section}.md").read_text("utf-8"))
    known = symbols((DOCS / "notation.md").read_text("utf-8"))
    assert len(used) > 10
    assert used - known == set()
