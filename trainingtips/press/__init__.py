"""From a figure script to a published page.

- `sources` summarises a Python file; `keys` hashes what a definition reaches
- `scripts` is the contract of a figure script; `results` are the kept numbers
- `claims` checks a claim; `drawing` turns a result into pictures
- `pins` fixes threads and instructions before numpy is imported
- `workers` runs tasks in forked processes; `build` finds what is stale and builds it
- `cli` is the command line; `new` writes a script to start from
- `pages`, `mathematics`, `numbers` put figures, formulas and numbers on the site
"""
