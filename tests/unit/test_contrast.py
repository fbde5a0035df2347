"""The page's colours, computed as WCAG 2.2 says: text has to be told from what it lies on, in light and in dark."""

import re
from importlib.resources import files

import pytest

CSS = files("qa.page").joinpath("page.css").read_text("utf-8")
TEXT, PART = 4.5, 3.0
"""AA, for text of any size, and for what shows where a control or the focus is."""
GROUNDS = ("paper", "sheet")
PAIRS = [
    *((ink, ground, TEXT) for ground in GROUNDS for ink in ("ink", "soft-ink", "accent", "alarm")),
    *((ink, "accent-wash", TEXT) for ink in ("ink", "soft-ink", "accent")),
    ("on-accent", "accent", TEXT),
    ("on-mark", "mark", TEXT),
    ("ink", "sentence", TEXT),
    ("alarm", "alarm-wash", TEXT),
    ("ink", "alarm-wash", TEXT),
    ("paper", "ink", TEXT),  # the stop button
    ("sheet", "alarm", TEXT),  # the remove button
    *(("accent", ground, PART) for ground in (*GROUNDS, "accent-wash")),  # the ring around what has the focus
]


def colours(selector):
    """The variables of the first rule with this selector, by name."""
    rule = re.search(rf"^{re.escape(selector)} \{{(.*?)^\}}", CSS, re.DOTALL | re.MULTILINE)
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", rule[1]))


def luminance(colour):
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_the_measure_itself():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("scheme", [":root", ".dark"])
@pytest.mark.parametrize(("ink", "ground", "least"), PAIRS)
def test_what_is_read_stands_out(scheme, ink, ground, least):
    known = colours(scheme)
    assert contrast(known[ink], known[ground]) >= least


def test_light_and_dark_have_the_same_colours():
    assert colours(":root").keys() == colours(".dark").keys()


def test_no_text_has_a_colour_of_its_own():
    rules = CSS[CSS.index("/* Gradio's own components") :]
    assert re.findall(r"(?<![-\w])(?:color|background(?:-color)?):[^;]*#[0-9a-f]{3}", rules) == []
