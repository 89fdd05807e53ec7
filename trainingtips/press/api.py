"""The API page: docstrings as they stand in the source, their examples as code blocks."""

import re

import griffe


class Examples(griffe.Extension):
    """A griffe extension that fences doctest examples, which Markdown would take for quotations."""

    def on_instance(self, *, obj, **_):
        if obj.docstring:
            obj.docstring.value = fenced(obj.docstring.value)


def fenced(text):
    r"""`text` with each doctest example, to the next empty line, in a fenced block.

    >>> print(fenced("Adds.\n\n>>> 1 + 1\n2\n\nDone.").replace("`", "'"))
    Adds.
    <BLANKLINE>
    '''pycon
    >>> 1 + 1
    2
    '''
    <BLANKLINE>
    Done.
    """
    blocks = re.split(r"\n\s*\n", text)
    return "\n\n".join(
        f"```pycon\n{block}\n```" if block.lstrip().startswith(">>>") else block for block in blocks
    )
