"""What stands on a page: figures, numbers, the ledger, citations, terms, formulas, labs, notebooks.

Comes in: Markdown under docs/, kept results, pictures. Goes out: pages, for mkdocs to lay out;
`pages` is its hook. What a page says that is not so stops the build, with file and line.
"""
