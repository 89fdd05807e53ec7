"""The gallery's cards: losses drawn on their axis with their spikes, and what was found beside."""

import json
import re

import pytest

from trainingtips.press.base.errors import UserError
from trainingtips.press.content import checkup
from trainingtips.press.pages import failures

SAID = {
    "label": "dead_relu",
    "sentence": "Units are dead <b>.",
    "measured": "100 %",
    "usual": "a third",
    "experiment": "with leaky ReLU the skill is 0.9",
    "verdict": "confirmed",
    "page": "start.md#dead-units",
    "mend": "nn.LeakyReLU(0.1)",
}


def root(tmp_path, failing, mended, found, loss=("MSELoss", "MSELoss")):
    def part(losses, name):
        return {"loss": name, "quality": [0.1, 0.2, None, 0.3, 0.4], "losses": losses}

    case = {
        "symptom": "It says *one* thing.",
        "source": "https://a.example/x (benchmark)",
        "metric": "accuracy",
        "failing": part(failing, loss[0]),
        "mended": part(mended, loss[1]),
    }
    for name, kept in (
        (failures.GALLERY, {"a_case": case}),
        (checkup.SCORE, {checkup.IN_VIEW: {"cases": {"a_case": found}}}),
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(kept))
    return tmp_path


def test_a_card_has_the_words_both_drawings_and_what_was_found(tmp_path):
    made = root(tmp_path, [2.0, 2.0, 1.0], [2.0, 1.0, 0.5], {"alarm": True, "said": SAID})
    text = failures.failures(made, "a_case")
    assert "It says &#42;one&#42; thing." in text
    assert text.count("<svg") == 2 and "failing, accuracy 30 %" in text
    assert 'href="start.html&#35;dead-units">Units are dead &#60;b&#62;.' in text
    assert "<dt>confirmed</dt><dd>with leaky ReLU the skill is 0.9</dd>" in text
    assert 'href="https://a.example/x"' in text


def test_of_an_older_record_the_label_is_told(tmp_path):
    found = {"alarm": True, "first": ["dead_relu+", "rate_too_high?"]}
    text = failures.failures(root(tmp_path, [2.0, 1.0], [1.0, 0.5], found), "a_case")
    assert "The check-up: dead relu (confirmed)" in text


@pytest.mark.parametrize("name", [failures.GALLERY, checkup.SCORE])
@pytest.mark.parametrize(
    "damage", ["{", "[1, 2]", '{"a_case": 3, "cases, in view": 3}', '{"a_case": {}, "x": NaN}']
)
def test_a_damaged_record_is_told_with_its_file(tmp_path, name, damage):
    made = root(tmp_path, [2.0, 1.0], [1.0, 0.5], {"alarm": False})
    (made / name).write_text(damage)
    with pytest.raises(UserError, match=rf"^{re.escape(name)}(:\d+)?: not the record"):
        failures.failures(made, "a_case")


def test_a_healthy_one_is_drawn_once_and_left_in_peace(tmp_path):
    made = root(tmp_path, [2.0, 1.0], [2.0, 1.0], {"alarm": False, "said": SAID})
    text = failures.failures(made, "a_case")
    assert text.count("<svg") == 1 and "nothing found" in text and "dead" not in text


def ends(text):
    """(least, largest) that each drawing's axis tells."""
    found = re.findall(r'text-anchor="end">([^<]*)</text>', text)
    return [(found[i + 1], found[i]) for i in range(0, len(found), 3)]


@pytest.mark.parametrize(
    ("loss", "told"),
    [
        (("MSELoss", "MSELoss"), [("0.5", "4"), ("0.5", "4")]),
        (("MSELoss", "CrossEntropyLoss"), [("1", "4"), ("0.5", "2")]),
    ],
)
def test_two_losses_of_one_kind_share_an_axis_and_others_do_not(tmp_path, loss, told):
    made = root(tmp_path, [2.0, 4.0, 1.0], [2.0, 1.0, 0.5], {"alarm": False}, loss)
    assert ends(failures.failures(made, "a_case")) == told


@pytest.mark.parametrize(
    ("failing", "told"), [([2.0, 4e15, 1.0], ("1", "4e15")), ([2.0, -9e5, 2.0], ("−9e05", "2"))]
)
def test_a_mended_loss_that_would_be_flat_has_an_axis_of_its_own(tmp_path, failing, told):
    made = root(tmp_path, failing, [2.0, 1.0, 0.5], {"alarm": False})
    assert ends(failures.failures(made, "a_case")) == [told, ("0.5", "2")]


def test_a_failing_loss_that_is_flat_shares_the_axis(tmp_path):
    made = root(tmp_path, [2.0, 2.0, 1.999], [2.0, 1.0, 0.5], {"alarm": False})
    assert ends(failures.failures(made, "a_case")) == [("0.5", "2"), ("0.5", "2")]


def test_of_many_losses_each_spike_is_drawn_and_their_order_kept():
    values = [1.0] * 1000
    values[501], values[503] = 9.0, 0.5
    found = failures.binned(values, 50)
    assert (501, 9.0) in found and (503, 0.5) in found and len(found) <= 100
    assert [i for i, _ in found] == sorted(i for i, _ in found)


def test_where_the_loss_is_no_number_there_is_a_cross():
    losses = [1.0, 2.0, None, None]
    text = failures.curve(losses, losses, "failing")
    assert 'class="gone"' in text and "from 1 to NaN" in text
    assert 'class="gone"' not in failures.curve([1.0, 2.0], [1.0, 2.0], "failing")
    assert 'class="gone"' in failures.curve([None, None], [None, None], "failing")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (996.0, "996"), (-0.0152, "−0.015"), (9.1e25, "9e25"), (0.000644, "0.0006"), (0.0, "0"),
        (None, "NaN"),
    ],
)  # fmt: skip
def test_numbers_on_an_axis_are_short(value, text):
    assert failures._number(value) == text


def test_a_wide_span_has_a_logarithmic_axis():
    _, _, place = failures.axis([1.0, 100.0])
    assert abs(place(10.0) - (place(1.0) + place(100.0)) / 2) < 1e-9
    _, _, place = failures.axis([-1.0, 99.0])
    assert abs(place(49.0) - (place(-1.0) + place(99.0)) / 2) < 1e-9


def test_a_loss_that_does_not_move_is_a_flat_line():
    low, high, place = failures.axis([0.139, 0.14])
    assert (low, high) == (0.0, 0.14) and place(0.139) - place(0.14) < 1


def test_a_case_that_is_not_there_is_told(tmp_path):
    made = root(tmp_path, [1.0, 1.0], [1.0, 1.0], {})
    with pytest.raises(UserError, match="there is a_case"):
        failures.failures(made, "another")
    with pytest.raises(UserError, match=r"python -m tests\.checkup\.gallery"):
        failures.failures(tmp_path / "nowhere", "a_case")
