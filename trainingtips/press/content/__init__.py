"""What fills a page: numbers, tables, the ledger of claims, citations, terms, formulas.

Comes in: kept results, docs/references.bib, docs/glossary.md, the words of a page. Goes out: HTML
and Markdown for them, by the macros that a page may call, or an error with file and line. Nothing
here knows of mkdocs' pages or files.
"""
