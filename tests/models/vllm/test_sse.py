from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from understudy_knowledge.models.vllm.sse import EventReader


def read(*chunks):
    reader = EventReader()
    return [data for chunk in chunks for data in reader.feed(chunk)]


def test_comments_and_other_fields_are_skipped():
    assert read(b": ping\n\nevent: x\nid: 3\ndata: a\n\n") == [b"a"]


def test_several_data_lines_are_one_event():
    assert read(b"data: a\ndata:b\n\n") == [b"a\nb"]


def test_every_line_ending_of_the_standard_counts_and_no_other():
    assert read(b"data: a\r\n\r\ndata: b\r\rdata: c\n\n") == [b"a", b"b", b"c"]
    assert read("data: a\u2028b\x0cc\n\n".encode()) == ["a\u2028b\x0cc".encode()]


def test_an_event_without_its_blank_line_is_not_given():
    assert read(b"data: a\n\ndata: b\n") == [b"a"]


@given(
    st.lists(st.text(st.characters(exclude_characters="\r\n")), max_size=6),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.lists(st.integers(0, 200), max_size=8),
)
def test_it_does_not_matter_where_the_chunks_are_cut(texts, end, cuts):
    whole = "".join(f"data: {text}{end}{end}" for text in texts).encode() + b": done\n"
    places = sorted({0, len(whole), *(cut for cut in cuts if cut < len(whole))})
    chunks = [whole[a:b] for a, b in pairwise(places)]
    assert read(*chunks) == [text.encode() for text in texts]
