"""How often a key is wrong: random edits, each compared with the truth (`make staleness`)."""
