"""The judges: everything computed again, under other processors, and measured against others.

Comes in: what is kept. Goes out: tables of what came out the same, within its interval or
otherwise, and results/processors.json and results/bench.json. Nothing here changes a result.
"""
