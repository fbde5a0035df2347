"""Unanswerable pairs as a reader meets them in use: what retrieval ranks high for a question and does not answer it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from training.rows import Row, letters

DEPTH = 12
"""How far down the ranking a silent passage is looked for."""


class SilentPassages:
    """Passages ranked by words (Tantivy's BM25, English stems), as the product's word search ranks them."""

    def __init__(self, passages: Sequence[str]) -> None:
        import tantivy

        fields = tantivy.SchemaBuilder()
        fields.add_text_field("text", stored=False, tokenizer_name="en_stem")
        fields.add_unsigned_field("number", stored=True)
        self._passages = list(passages)
        self._index = tantivy.Index(fields.build())
        writer = self._index.writer(heap_size=100_000_000, num_threads=1)
        for number, text in enumerate(self._passages):
            writer.add_document(tantivy.Document(text=text, number=number))
        writer.commit()
        writer.wait_merging_threads()
        self._index.reload()
        self._searcher = self._index.searcher()

    def best(self, row: Row) -> Row | None:
        """The row with the highest-ranked passage that holds none of its answers and is not its own."""
        answers = [letters(text) for _, text in row.answers]
        own = letters(row.passage)
        for passage in self._ranked(row.question):
            text = letters(passage)
            if text != own and not any(answer in text for answer in answers):
                return replace(row, id=f"{row.id}-mined", passage=passage, answers=())
        return None

    def _ranked(self, question: str) -> list[str]:
        words = " ".join(re.findall(r"[^\W_]+", question.lower()))
        query, _ = self._index.parse_query_lenient(words, ["text"])
        found = self._searcher.search(query, DEPTH).hits
        return [self._passages[self._searcher.doc(address)["number"][0]] for _, address in found]
