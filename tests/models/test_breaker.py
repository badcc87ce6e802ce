import pytest

from understudy_knowledge.models.breaker import Breaker


@pytest.mark.parametrize("kind", ["away", "busy", "unusable"])
def test_one_refusal_opens_it(kind):
    breaker = Breaker()
    breaker.failed(kind)
    assert breaker.state == "open"
    assert breaker.wait > 0


def test_answers_that_fail_are_borne_twice():
    breaker = Breaker()
    states = []
    for _ in range(3):
        breaker.failed("broken")
        states.append(breaker.state)
    assert states == ["closed", "closed", "open"]


def test_a_success_in_between_forgives():
    breaker = Breaker()
    for _ in range(5):
        breaker.failed("broken")
        breaker.succeeded()
    assert breaker.state == "closed"


def test_what_is_wrong_with_one_request_says_nothing_of_the_server():
    breaker = Breaker()
    for _ in range(50):
        breaker.failed("request")
    assert breaker.state == "closed"


def test_a_probe_that_fails_doubles_the_wait_up_to_a_bound():
    breaker, waits = Breaker(), []
    for _ in range(8):
        breaker.failed("away")
        waits.append(breaker.wait)
        breaker.probe()
        assert breaker.state == "half-open"
    assert waits == [1, 2, 4, 8, 16, 30, 30, 30]


def test_a_server_is_left_alone_as_long_as_it_asks():
    breaker = Breaker(pace=0.001)
    breaker.failed("busy", retry_after=90)
    assert breaker.wait == 90


def test_a_wrong_setting_is_tried_again_much_later_than_an_absent_server():
    absent, wrong = Breaker(), Breaker()
    absent.failed("away")
    wrong.failed("unusable")
    assert wrong.wait >= 10 * absent.wait
