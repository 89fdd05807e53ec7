"""What everything else stands on: files written whole, names and paths from outside, errors, pins.

Comes in: text, paths and bytes of anyone's. Goes out: the same, checked, or a `UserError` that says
what was received and what would be right. It knows nothing of figures.
"""
