"""A text learnt by members of their own: windows, losses and guesses, each counted by hand."""

import itertools
import math
from collections import Counter
from functools import partial

import numpy as np
import pytest
import torch
from torch import nn

from trainingtips import chance, data, networks
from trainingtips.ensemble import Ensemble
from trainingtips.experiments import own_training, own_windows
from trainingtips.losses import of_signs

LENGTH = 8


@pytest.fixture(scope="module")
def parts():
    return own_windows.split([0, 5], train=6, judging=4, length=LENGTH)


@pytest.fixture
def nets():
    signs = data.load("text").classes
    make = partial(networks.transformer, signs, length=LENGTH, width=8, heads=2, layers=1)
    return Ensemble(make, [0, 5])


def test_no_window_is_on_both_sides(parts):
    first, last = data.parts("text")
    for own, *judging in zip(parts.train, parts.validation, parts.test, strict=True):
        assert len(set(own.tolist())) == 6 and own.max() < len(first)
        places = set(torch.cat(judging).tolist())
        assert len(places) == 8 and min(places) >= len(first)
        assert max(places) < len(first) + len(last)
    assert not torch.equal(*parts.train) and not torch.equal(*parts.test)


def test_the_next_sign_is_the_windows_own(parts):
    x, y = parts.pixels(parts.test), parts.labels(parts.test)
    assert x.shape == y.shape == (2, 4, LENGTH)
    assert torch.equal(x[:, :, 1:], y[:, :, :-1])


def test_another_draw_has_other_windows(parts):
    with chance.drawn(1):
        again = own_windows.split([0, 5], 6, 4, LENGTH)
    assert not torch.equal(again.train, parts.train) and not torch.equal(again.test, parts.test)


def test_judged_as_each_network_alone(parts, nets):
    losses, wrong = own_windows.judged(nets, parts, parts.test)
    for k, loss, share in zip(range(2), losses, wrong, strict=True):
        logits = nets.member(k)(parts.x[parts.test[k]]).detach()
        right = logits.log_softmax(-1).gather(-1, parts.y[parts.test[k]][..., None])
        assert loss == pytest.approx(float(-right.mean()), rel=1e-5)
        assert share == float((logits.argmax(-1) != parts.y[parts.test[k]]).float().mean())


def test_training_is_torchs_own_on_the_members_windows(parts, nets):
    alone = nets.member(1)
    rule = partial(torch.optim.SGD, lr=0.5)  # of Adam rounding decides where gradients are none
    step, own = own_training.optimized(nets, rule, of_signs), rule(alone.parameters())
    for _ in own_training.updates(nets, parts, step, 6, 3):
        own.zero_grad()
        rows = parts.train[1]
        nn.functional.cross_entropy(
            alone(parts.x[rows]).flatten(0, 1), parts.y[rows].flatten()
        ).backward()
        own.step()
    for name, weights in alone.named_parameters():
        torch.testing.assert_close(nets.parameters[name][1], weights, rtol=1e-4, atol=1e-6)


def test_a_guess_is_what_was_counted(parts):
    losses, wrong = own_windows.guess(parts, parts.test, 41)
    for k in range(2):
        own = Counter(itertools.chain.from_iterable(parts.y[parts.train[k]].tolist()))
        asked = list(itertools.chain.from_iterable(parts.y[parts.test[k]].tolist()))
        total = 6 * LENGTH + 41
        expected = -sum(math.log((own[sign] + 1) / total) for sign in asked) / len(asked)
        assert losses[k] == pytest.approx(expected)
        commonest = min(own, key=lambda sign: (-own[sign], sign))
        assert wrong[k] == pytest.approx(np.mean([sign != commonest for sign in asked]))


def test_members_in_two_parts_and_together_again():
    first, last = own_windows.halves(range(5))
    assert first == [0, 1] and last == [2, 3, 4]
    some = [
        {"loss": np.ones((3, len(part))) * part, "guess": np.array(part)} for part in (first, last)
    ]
    whole = own_windows.joined(some)
    assert whole["loss"].tolist() == [[0, 1, 2, 3, 4]] * 3
    assert whole["guess"].tolist() == [0, 1, 2, 3, 4]
