import pytest

from index.errors import QuestionError
from qa.question import MAX_CHARACTERS, clean_question, visible


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        ("Who won?", "Who won?"),
        ("  Who\n\twon? ", "Who won?"),
        ("Who\x1b[31m won\x00?", "Who[31m won?"),
        ("Who \u202ewon\u2066?", "Who won?"),
        ("Who\u00a0won?", "Who won?"),
        ("Wh\udcffo won?", "Who won?"),
        ("{question} {{ 7*7 }} {% raw %}", "{question} {{ 7*7 }} {% raw %}"),
        ("\u0645\u06cc\u200c\u0631\u0648\u062f", "\u0645\u06cc\u200c\u0631\u0648\u062f"),
    ],
)
def test_a_question_becomes_one_visible_line(given, asked):
    assert clean_question(given) == asked


@pytest.mark.parametrize("given", ["", " \n", "\x00\x1b", "\u202e\u200b", "?!", "…"])
def test_a_question_without_words_is_refused(given):
    with pytest.raises(QuestionError, match="empty"):
        clean_question(given)


@pytest.mark.parametrize("given", [None, 7, b"Who?", ["Who?"]])
def test_a_question_that_is_no_text_is_refused(given):
    with pytest.raises(QuestionError, match="text"):
        clean_question(given)


def test_the_limit_is_exact():
    assert clean_question("a" * MAX_CHARACTERS) == "a" * MAX_CHARACTERS
    with pytest.raises(QuestionError, match=r"2,001 characters.*2,000"):
        clean_question("a" * (MAX_CHARACTERS + 1))


def test_a_huge_question_is_refused_by_its_length_alone():
    with pytest.raises(QuestionError, match="1,000,000 characters"):
        clean_question(" " * 1_000_000)


def test_visible_leaves_ordinary_text_alone():
    text = "Café “naïve” 東京 👍 — 3 %"
    assert visible(text) == text
