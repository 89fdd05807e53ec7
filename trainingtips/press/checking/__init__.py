"""The judges: everything computed again, under other processors, and measured against others.

Comes in: what is kept. Goes out: tables of what came out the same, within its interval or
otherwise, how claims fare on fresh draws and on other settings, and results/processors.json,
results/redraws.json, results/settings.json and results/bench.json. Nothing here changes the result
of a figure; what comes out on a setting is kept beside it.
"""
