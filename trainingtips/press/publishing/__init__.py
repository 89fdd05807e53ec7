"""What a site needs to be published, rather than to be read.

Comes in: built pages. Goes out: the whole site, in place at once, with its security policy, lasting
addresses, social pictures, small fonts, and the same on paper; or, while one edits, page by page.
`publish` is the second mkdocs hook.
"""
