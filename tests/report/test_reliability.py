"""The reliability curve shows the count behind every point, and nothing where there is nothing to show."""

from understudy_knowledge.retrieval.abstention import Bin
from understudy_server.report.reliability import reliability


def test_each_point_has_its_count_and_words() -> None:
    plot = reliability((Bin(0.3, 0.25, 9, -0.2), Bin(0.8, 0.9, 12, 0.6)))
    assert plot is not None
    assert plot.description == "30% predicted, 25% of 9 gained; 80% predicted, 90% of 12 gained."
    assert plot.svg.count("<circle") == 2
    assert ">12</text>" in plot.svg


def test_the_axes_have_names_and_the_threshold_is_drawn_where_it_is_known() -> None:
    bins = (Bin(0.3, 0.25, 9, -0.2),)
    plot, without = reliability(bins, 0.4), reliability(bins)
    assert plot is not None
    assert without is not None
    assert plot.svg.count('class="axis-name"') == 2
    assert "silent below 40%" in plot.svg
    assert "silent below" not in without.svg


def test_without_a_trial_there_is_no_curve() -> None:
    assert reliability(()) is None
