"""The judges: everything computed again, under other processors, and measured against others.

Comes in: what is kept. Goes out: tables of what came out the same, within its interval or
otherwise, how claims fare on fresh draws, and results/processors.json, results/redraws.json and
results/bench.json. Nothing here changes a result.
"""
