"""What a figure is made from and what is kept of it: scripts, keys, results, claims, records.

Comes in: the syntax trees of scripts and modules, and the files under results/. Goes out: the
contract of a script, the key of its result, the numbers that are kept, what became of its claim.
Nothing is computed or drawn here.
"""
