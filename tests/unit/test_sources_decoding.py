# ruff: noqa: RUF001
import os
import random

import pytest

from index.errors import SourceError
from index.sources.decoding import decode

WESTERN = [
    "“We don’t know yet,” the governor said – the toll rose to £1,200.",
    "The café in Malmö was open.",
    "L’été dernier, la Commission européenne a décidé d’élargir l’accès à l’énergie.",
    "Die Regierung erklärte, dass die Zölle für Äpfel überprüft würden. „Größe zählt nicht“, sagte Müller.",
    "Il presidente è arrivato a Roma, però la città non può più aspettare: così dirà lunedì.",
]
OTHERS = {
    "cp1250": ["Vláda oznámila nová opatření, řekl ministr v úterý ve Zlíně.", "Rząd ogłosił we wtorek nowe środki."],
    "cp1251": ["Правительство России объявило во вторник о новых мерах поддержки экономики."],
    "cp1252": ["O governo não tem mais opções, disse a ministra; as eleições são em março."],
    "cp1253": ["Η κυβέρνηση ανακοίνωσε την Τρίτη νέα μέτρα."],
    "cp1254": ["Hükümet salı günü yeni önlemler açıkladı, başbakan söyledi."],
    "koi8_r": ["Правительство России объявило во вторник о новых мерах."],
    "shift_jis": ["政府は火曜日、新しい経済対策を発表した。首相は記者会見で述べた。"],
    "gb18030": ["政府星期二宣布了新的经济措施。总理在新闻发布会上表示。"],
    "big5": ["政府星期二宣布了新的經濟措施。"],
    "euc_kr": ["정부는 화요일 새로운 경제 대책을 발표했다."],
}


@pytest.mark.parametrize("text", WESTERN)
@pytest.mark.parametrize("declared", [None, "utf-8", "iso-8859-1", "windows-1251", "shift_jis", "no-such-charset"])
def test_fault_19_western_text_is_right_whatever_the_page_declares(text: str, declared: str | None) -> None:
    assert decode(text.encode("cp1252"), declared=declared) == text
    assert decode(text.encode(), declared=declared) == text


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig"])
@pytest.mark.parametrize("text", [*WESTERN, *OTHERS["cp1251"]])
def test_fault_19_unicode_encodings(encoding: str, text: str) -> None:
    if text in OTHERS["cp1251"] and encoding in {"utf-16-le", "utf-16-be"}:
        text = f"{text} And some English, as nearly every page has: {text}"
    assert decode(text.encode(encoding)) == text


@pytest.mark.parametrize(("encoding", "text"), [(encoding, text) for encoding in OTHERS for text in OTHERS[encoding]])
@pytest.mark.parametrize("repeats", [1, 20])
def test_fault_19_other_encodings_are_right_or_reported(encoding: str, text: str, repeats: int) -> None:
    text = f"{text}\n" * repeats
    assert decode(text.encode(encoding), declared=encoding) == text
    assert decoded(text.encode(encoding)) in {text, "its character encoding cannot be told: save it as UTF-8"}


def test_fault_19_long_text_whose_first_accent_comes_late() -> None:
    text = "Plain English. " * 20_000 + "L’été à Besançon.\n" + "More English. " * 20_000
    assert decode(text.encode("cp1252")) == text


def test_fault_19_a_false_byte_order_mark_is_reported() -> None:
    with pytest.raises(SourceError, match="says that it is UTF-8"):
        decode(b"\xef\xbb\xbfcaf\xe9")


@pytest.mark.parametrize(
    "data",
    [bytes(range(256)) * 4, b"text with \x00 a NUL", b"\x01\x02\x03\x04 control", random.Random(1).randbytes(5000)],
)
def test_fault_22_binary_data_is_reported(data: bytes) -> None:
    with pytest.raises(SourceError, match=r"binary data|cannot be told"):
        decode(data)


def test_random_bytes_never_raise_anything_else() -> None:
    for size in range(200):
        decoded(os.urandom(size))


def decoded(data: bytes) -> str:
    try:
        return decode(data)
    except SourceError as error:
        return str(error)


@pytest.mark.parametrize("missing", [1, 2])
def test_fault_19_utf_8_that_was_cut_within_a_character_is_not_taken_for_a_code_page(missing: int) -> None:
    text = "Zoë’s café in Überlingen closed. " * 10
    assert decode(f"{text}東".encode()[:-missing]) == text


def test_a_last_letter_of_a_code_page_is_no_cut_utf_8() -> None:
    assert decode("They met in the café".encode("cp1252")) == "They met in the café"
