"""HTML as a tree, by the standard library's parser: all that the tests of the site need."""

from html.parser import HTMLParser

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source"}


class Node:
    """An element: its tag, its attributes, its children (elements and texts) and its parent."""

    def __init__(self, tag, attributes=(), parent=None):
        self.tag, self.parent, self.children = tag, parent, []
        self.attributes = {name: value or "" for name, value in attributes}

    def __getitem__(self, name):
        return self.attributes.get(name, "")

    def has(self, word):
        """Whether the element has that class."""
        return word in self["class"].split()

    def walk(self):
        """The element itself and all elements within, in the order of the page."""
        yield self
        for child in self.children:
            if isinstance(child, Node):
                yield from child.walk()

    def all(self, *tags, word=None):
        """The elements within of these tags (none given: any), of class `word` if it is given."""
        within = (each for each in self.walk() if each is not self)
        return [
            each
            for each in within
            if (not tags or each.tag in tags) and (word is None or each.has(word))
        ]

    def one(self, *tags, word=None):
        found = self.all(*tags, word=word)
        assert len(found) == 1, f"expected one {tags or ''} {word or ''}, found {len(found)}"
        return found[0]

    def text(self, without=lambda node: False):
        """All text within, spaces as they stand, leaving out the elements `without` says."""
        parts = []
        for child in self.children:
            if isinstance(child, str):
                parts.append(child)
            elif not without(child):
                parts.append(child.text(without))
        return "".join(parts)


class _Builder(HTMLParser):
    def __init__(self):
        super().__init__()
        self.root = self.open = Node("")

    def handle_starttag(self, tag, attributes):
        node = self._add(tag, attributes)
        if tag not in VOID:
            self.open = node

    def handle_startendtag(self, tag, attributes):
        self._add(tag, attributes)

    def _add(self, tag, attributes):
        node = Node(tag, attributes, self.open)
        self.open.children.append(node)
        return node

    def handle_endtag(self, tag):
        node = self.open
        while node is not None and node.tag != tag:
            node = node.parent
        if node is not None:  # closes those within too, whose end the page left out
            self.open = node.parent

    def handle_data(self, data):
        self.open.children.append(data)


def parse(html):
    """The tree of a page.

    >>> page = parse('<p class="a b">One <b>two</b><br>three</p>')
    >>> page.one("p", word="b").text()
    'One twothree'
    """
    builder = _Builder()
    builder.feed(html)
    builder.close()
    return builder.root
