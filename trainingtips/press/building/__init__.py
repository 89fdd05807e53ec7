"""From what is stale to results and pictures: the plan, the workers, computing, drawing.

Comes in: a project's folder. Goes out: results/<section>/<name>.json, and pictures and records in
build/figures. `plan` says what is stale; `run` gives it to `workers`, here or on a `cluster`; each
does one `figure`, which `drawing` turns into pictures.
"""
