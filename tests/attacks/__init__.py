"""Attacks: damage, full disks, kills, hostile and random input, on the whole of the builder."""
