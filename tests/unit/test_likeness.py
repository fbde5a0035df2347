from __future__ import annotations

from index.storage.likeness import band_numbers, bands, is_copy, method

WORDS = [f"word{number}" for number in range(400)]


def _met(text: str, other: str) -> int:
    return len(set(band_numbers(bands(text))) & set(band_numbers(bands(other))))


def test_bands_are_the_same_every_time_and_on_every_machine() -> None:
    """They are stored: where this fails, `method` must change too, so that indexes find their stories anew."""
    assert method() == "1.2"
    assert band_numbers(bands(" ".join(WORDS)))[:1] == [1062145455464516684]
    assert len(band_numbers(bands(" ".join(WORDS)))) == 42


def test_copies_meet_and_strangers_do_not() -> None:
    whole, half = " ".join(WORDS), " ".join(WORDS[:200])
    stranger = " ".join(f"other{number}" for number in range(400))
    assert _met(whole, whole) == 42
    assert _met(whole, half) >= 1
    assert _met(whole, stranger) == 0


def test_the_order_of_paragraphs_does_not_matter() -> None:
    turned = " ".join(WORDS[200:] + WORDS[:200])
    assert is_copy(" ".join(WORDS), turned)
    assert _met(" ".join(WORDS), turned) > 30


def test_most_of_the_shorter_text_makes_a_copy() -> None:
    whole = " ".join(WORDS)
    own = [f"own{number}" for number in range(400)]
    assert is_copy(whole, " ".join(WORDS[:130] + own[:70]))
    assert not is_copy(whole, " ".join(WORDS[:110] + own[:90]))
    assert is_copy(" ".join(WORDS[:30]), whole)


def test_a_text_without_words_is_like_nothing() -> None:
    assert bands("") == bands("... ?! 🦉") == b""
    assert bands("🦉 one") != b""
