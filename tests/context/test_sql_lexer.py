"""The tokenizer reads every dialect's quoting and never fails."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy_server.context.sql.lexer import tokenize


def kinds(sql: str) -> list[tuple[str, str]]:
    return [(token.kind, token.text) for token in tokenize(sql.encode())]


@given(st.text(st.sampled_from("aE1 '\"`[]$-/*;:?@%()\n\r\\é😀.")))
def test_any_text_is_read_in_order_and_nothing_but_space_is_left_out(sql: str) -> None:
    text = sql.encode()
    end = 0
    for token in tokenize(text):
        assert not text[end : token.start].strip()
        assert token.end > token.start
        end = token.end
    assert not text[end:].strip()


@pytest.mark.parametrize(
    ("sql", "kind"),
    [
        ("'it''s'", "string"),
        ("''", "string"),
        (r"E'it\'s'", "string"),
        ("$$a; 'b$$", "string"),
        ("$fn$ $$ $fn$", "string"),
        ('"two words"', "quoted"),
        ("`tick`", "quoted"),
        ("[two words]", "quoted"),
        ("1.5e-3", "number"),
        (".5", "number"),
        ("größe", "word"),
        ("#orders", "word"),
        ("##orders", "word"),
        ("# orders", "comment"),
        ("/* -- */", "comment"),
        ("-- it's", "comment"),
        ("?", "parameter"),
        (":name", "parameter"),
        ("@name", "parameter"),
        ("%s", "parameter"),
        ("%(name)s", "parameter"),
        ("$1", "parameter"),
    ],
)
def test_one_token(sql: str, kind: str) -> None:
    assert kinds(sql) == [(kind, sql)]


@pytest.mark.parametrize("sql", ["a#b", "(a)#b", '"a"#b', "'a'#b", "###b"])
def test_behind_an_operand_a_number_sign_is_no_part_of_a_name(sql: str) -> None:
    assert kinds(sql)[-2:] == [("punctuation", "#"), ("word", "b")]


def test_a_cast_is_no_parameter() -> None:
    assert ("punctuation", "::") in kinds("a::int")


def test_a_subscript_is_no_quoted_identifier() -> None:
    assert [kind for kind, _ in kinds("a[i]")] == ["word", "punctuation", "word", "punctuation"]


def test_a_quote_left_open_does_not_turn_the_next_statement_inside_out() -> None:
    tokens = kinds("SELECT 'abc\nFROM t;\nSELECT 'b'")
    assert ("string", "'abc") in tokens
    assert tokens[-2:] == [("word", "SELECT"), ("string", "'b'")]


def test_a_string_may_hold_a_line_end() -> None:
    assert kinds("'a\nb'") == [("string", "'a\nb'")]


def test_what_is_left_open_runs_to_the_end() -> None:
    assert kinds("/* a\n\nb")[0] == ("comment", "/* a\n\nb")
    assert kinds("$$ a\n\nb")[0] == ("string", "$$ a\n\nb")


def test_an_escaped_string_left_open_behind_a_backslash_is_one_string() -> None:
    assert [(token.kind, token.text) for token in tokenize(b"SELECT e'a\\")] == [
        ("word", "SELECT"),
        ("string", "e'a\\"),
    ]


def test_a_name_in_brackets_that_is_being_written_behind_its_dot_ends_with_its_word() -> None:
    tokens = tokenize(b"FROM [dbo].[Ord WHERE x.[a] = y[1]")
    assert [token.name for token in tokens if token.kind == "quoted"] == ["dbo", "Ord", "a"]


def test_a_keyword_is_a_bare_word_in_upper_case() -> None:
    assert [token.keyword for token in tokenize(b"Select \"From\" from_, 'where'")] == [
        "SELECT",
        "",
        "FROM_",
        "",
        "",
    ]


def test_white_space_alone_is_read_once_however_long_it_is() -> None:
    assert tokenize(b" \n\t" * 300_000) == []


def test_a_delimiter_command_in_a_comment_or_a_dollar_quote_is_none() -> None:
    commented = tokenize(b"/*\nDELIMITER //\n*/ SELECT 1; SELECT 2")
    assert [token.text for token in commented] == ["/*\nDELIMITER //\n*/", "SELECT", "1", ";", "SELECT", "2"]
    quoted = tokenize(b"SELECT $$\nDELIMITER //\n$$ // 2")
    assert [token.text for token in quoted] == ["SELECT", "$$\nDELIMITER //\n$$", "/", "/", "2"]
