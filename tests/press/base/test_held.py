"""Answers that stay only while they are held."""

import pytest

from trainingtips.press.base import held


@pytest.fixture
def asked():
    yield []
    held.release()


@pytest.fixture
def double(asked):
    @held.held
    def double(number):
        asked.append(number)
        return 2 / number

    return double


def test_each_question_is_asked_once_while_it_is_held(asked, double):
    held.hold()
    assert [double(1), double(1), double(2), double(1)] == [2, 2, 1, 2]
    assert asked == [1, 2]
    held.hold()
    assert double(1) == 2 and asked == [1, 2, 1], "a new hold begins with nothing"


def test_and_each_time_otherwise(asked, double):
    assert [double(1), double(1)] == [2, 2] and asked == [1, 1]
    held.hold()
    double(1)
    held.release()
    double(1)
    assert asked == [1, 1, 1, 1]


def test_an_error_is_no_answer(asked, double):
    held.hold()
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            double(0)
    assert asked == [0, 0]


def test_functions_of_one_name_have_answers_of_their_own():
    try:
        held.hold()
        assert [held.held(lambda n, k=k: k)(0) for k in range(3)] == [0, 1, 2]
    finally:
        held.release()
