"""Limits that are moved, on rows made by hand: which are beyond, and by how much."""

import math

from trainingtips.experiments import moved_limits as moved


def row(values, suspected=()):
    found = [[each, 0.5, 1, False, *[None] * 4] for each in suspected]
    return {"values": values, "suspected": found, "cause": "healthy", "right": ["healthy"]}


def test_a_factor_tells_how_much_stricter_the_limit_could_be():
    values = {"a: x": (6.0, 3, "above"), "a: y": (0.01, 0.05, "below"), "b: z": (1.0, 4, "above")}
    found = row(values)
    assert moved.beyond(found, "a: x") == 2 and moved.beyond(found, "a: y") == 5
    assert moved.strictest(found, "a") == 5 and moved.strictest(found, "b") == 0.25
    assert moved.strictest(found, "c") == 0 and moved.beyond(found, "c: w") is None
    # with limits so many times as strict: 6 > 3 t, or 0.01 < 0.05 / t
    for t in (0.5, 1.9, 4.9, 5.1):
        assert (moved.strictest(found, "a") > t) == (3 * t < 6 or 0.05 / t > 0.01)


def test_what_no_factor_reaches_is_infinite_and_what_was_not_measured_is_never_beyond():
    below = row({"a: x": (-0.5, 0.15, "below")})
    assert moved.strictest(below, "a") == math.inf
    lost = {"exploding_gradient: norm": (None, 20, "above"), "b: x": (None, 1, "below")}
    assert moved.strictest(row(lost, ["exploding_gradient"]), "exploding_gradient") == math.inf
    assert moved.strictest(row(lost), "exploding_gradient") == 0
    assert moved.strictest(row(lost, ["b"]), "b") == 0


def test_overfitting_needs_both_of_its_limits():
    both = {"overfitting: a": (2.2, 1.1, "above"), "overfitting: b": (0.3, 0.1, "above")}
    assert moved.strictest(row(both), "overfitting") == 2
    del both["overfitting: b"]
    assert moved.strictest(row(both), "overfitting") == 0


def test_shares_fall_as_limits_grow_stricter():
    assert moved.shares([0.5, 2, 2, math.inf], (0.25, 1, 2, 8)) == [1, 0.75, 0.25, 0.25]


def test_rows_without_a_record_of_what_was_measured_are_left_out():
    sets = {
        "one": {"x": row({"b: y": (1, 1, "above"), "a: x": (1, 1, "above")})},
        "two": {"y": row({})},
    }
    failing, healthy = moved.measured(sets)
    assert failing == [] and len(healthy) == 1
    assert moved.rules(healthy) == ["a", "b"]


def test_a_rule_is_measured_where_its_cause_was():
    values = {"a: x": (1, 1, "above"), "b: y": (1, 1, "above")}
    failing = [row(values) | {"right": ["a"]}, row({}) | {"right": ["b"]}]
    assert [moved.is_measured(label, failing) for label in "abc"] == [True, False, False]
