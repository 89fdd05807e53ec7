"""The API page: docstrings as they stand in the source, their examples as code blocks."""

import re

import griffe


class Examples(griffe.Extension):
    """A griffe extension that fences doctest examples, which Markdown would take for quotations."""

    def on_instance(self, *, obj, **_):
        if obj.docstring:
            obj.docstring.value = fenced(obj.docstring.value)


def fenced(text):
    """`text` with each doctest example, to the next empty line, in a fenced block."""
    blocks = re.split(r"\n\s*\n", text)
    return "\n\n".join(
        f"```pycon\n{block}\n```" if block.lstrip().startswith(">>>") else block for block in blocks
    )
