"""Which answers say the same, which say something else, and which can't be compared."""

import pytest

from qa.agreement import compare

AGREE = [
    ("5,900", "about 5,914"),
    ("More than 50,000", "50,132"),
    ("nearly 100", "97"),
    ("2.75 thousand", "2,750"),
    ("three", "3"),
    ("magnitude 7.8", "7.8"),
    ("$4.6 billion", "4.6 billion dollars"),
    ("$4.6 billion", "4.6 billion dollars (€4.2 billion)"),
    ("$4.6 billion", "4.6 billion"),
    ("between 180 and 400", "180 to 400 fighters"),
    ("March 4", "4 March 2024"),
    ("4 March 2024", "March 4, 2024"),
    ("2024-03-04", "4th of March"),
    ("2024", "4 March 2024"),
    ("March 2024", "4 Mar 2024"),
    ("Biden", "President Joe Biden"),
    ("the Haqqani Network", "Haqqani Network"),
    ("UN", "United Nations"),
    ("Zürich", "Zurich"),
    ("economy ministry", "the ministry of economy"),
    ("a brick factory", "brick factory"),
    ("3m years", "3 million years"),
    ("12 hours", "12"),
    ("not guilty", "Not guilty"),
    ("5 million kronor", "5m SEK"),
    ("5 pounds", "£5"),
    ("5 pounds", "5 lb"),
    ("R$5 million", "5 million reais"),
    ("¥5 billion", "5 billion yen"),
    ("¥5 billion", "5 billion yuan"),
    ("5 billion won", "₩5bn"),
    ("1.2 million kroner", "1.2 million"),
    ("61%", "61 per cent"),
    ("-5 degrees", "minus 5 degrees"),
    ("\u22125 °C", "5 °C below zero"),
]
DIFFER = [
    ("115", "97"),
    ("at least 115", "97"),
    ("More than 50,000", "barely 5,000"),
    ("100", "at least 135"),
    ("31st", "32nd"),
    ("7.8", "7.5"),
    ("25 July", "31 July"),
    ("4 March 2023", "4 March 2024"),
    ("2023", "2024"),
    ("the Haqqani Network", "Taliban"),
    ("Sirajuddin Haqqani", "Jalaluddin Haqqani"),
    ("Prime Minister Ulf Kristersson", "Prime Minister Magdalena Andersson"),
    ("12 hours", "36 hours"),
    ("$25 million", "€20 million"),
    ("$5m", "€5m"),
    ("5 million dollars", "about £5 million"),
    ("1.2 million kroner", "1.2 million euros"),
    ("5 billion yen", "5 billion yuan"),
    ("300 Swiss francs", "300 rupees"),
    ("5 million won", "5 million pesos"),
    ("5m CHF", "5m PLN"),
    ("5 pounds", "5 euros"),
    ("£5", "6 pounds"),
    ("61%", "64 per cent"),
    ("12 per cent", "13 per cent"),
    ("-5 degrees", "5 degrees"),
    ("minus 5 °C", "5 °C"),
]
APART = [
    ("Sudan", "South Sudan"),
    ("Papua New Guinea", "Guinea"),
    ("New Mexico", "Mexico"),
    ("Tuesday", "4 April 2023"),
    ("2,750 tonnes", "$25 million"),
    ("12 hours", "3 days"),
    ("13%", "31"),
    ("2023", "1,000"),
    ("Ankara", "more than 5,000"),
    ("because the valve froze", "an ageing pipe burst"),
    ("2,000 to 3,000", "4,500"),
    ("March", "2024"),
    ("12 hours", "12 days"),
    ("5 km", "about 5 miles"),
    ("guilty", "not guilty"),
    ("5 pounds", "5 kg"),
    ("5 pounds", "6 kg"),
    ("5 lb", "6 euros"),
    ("won 12 hours", "3 days"),
    ("won 5 medals", "5 million euros"),
    ("yes", "no"),
]


CASES = (
    [(*pair, "agree") for pair in AGREE] + [(*pair, "differ") for pair in DIFFER] + [(*pair, "apart") for pair in APART]
)


@pytest.mark.parametrize(("one", "other", "relation"), CASES)
def test_two_answers_compared(one, other, relation):
    assert compare(one, other) == compare(other, one) == relation
