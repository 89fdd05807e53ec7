"""From docs/ to pages: the mkdocs hook, figures in their place, labs, notebooks.

Comes in: Markdown under docs/, pictures and their records, notebooks. Goes out: pages, for mkdocs
to lay out; `pages` is its hook and calls all others. What a page says that is not so stops the
build, with file and line.
"""
