import pytest

from index.clean import clean, clean_line


@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [
        ("one\r\ntwo\rthree", "one\ntwo\nthree"),
        ("a\tb \u00a0 c\u3000d", "a b c d"),
        ("  \n\n a \n  \n \n\n b \n", "a\n\nb"),
        ("Cafe\u0301", "Café"),
        ("Ka\u200bbul \u202egnp.exe\u202c", "Kabul gnp.exe"),
        ("soft\u00adware\ufeff", "software"),
        ("nul\x00 bell\x07 esc\x1b[31m", "nul bell esc[31m"),
        ("hidden\U000e0041\U000e0042", "hidden"),
        ("para\u2029graph\u2028line\x0bfeed\x0cnext\x85", "para\n\ngraph\nline\nfeed\nnext"),
        ("e\u200d\u0301", "é"),
        ("", ""),
        (" \n\t\x00", ""),
    ],
)
def test_cleans(raw: str, cleaned: str) -> None:
    assert clean(raw) == cleaned


def test_keeps_what_can_be_seen() -> None:
    text = "Прага, 東京, مرحبا, “quotes” – £1.20 … 😀 a\ufffdb"  # noqa: RUF001
    assert clean(text) == text


def test_a_line_has_no_line_breaks() -> None:
    assert clean_line(" A\n\ntitle \x00 here ") == "A title here"
