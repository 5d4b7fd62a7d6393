"""Writes python.tsv: what Python's `re` says of 1,000 expressions and 120 texts, and 200 texts that it refuses.

    python3 Tests/RegularExpressionsTests/table.py

The first line holds the texts; every other one an expression, whether case is ignored, and a hexadecimal number with
one bit a text, the first text lowest; or `-` where `re` refuses it. Texts and expressions are JSON strings.
"""

import json
import random
import re
import warnings
from pathlib import Path

LETTERS = "abcwe019-_. ABX"
OTHERS = "éÉßſKkıİµμ漢٣ςΣ\n\t"
QUANTIFIERS = ["*", "+", "?", "{2}", "{1,3}", "{0,2}", "{2,}", "{,2}", "*?", "+?", "??", "{1,2}?", "*+", "++", "?+"]
CLASSES = [
    "[a-c]",
    "[^a-z]",
    "[0-9]",
    "[-a]",
    "[]b]",
    "[\\w-]",
    "[^\\d\\s]",
    "[A-b]",
    "[é-ü]",
    "[Ā-ſ]",
    "[.]",
    "[\\x61b]",
]
POSITIONS = ["^", "$", "\\b", "\\B", "\\A", "\\Z"]
SETS = [".", "\\d", "\\w", "\\s", "\\D", "\\W", "\\S", "\\x41", "\\u00e9", "\\t", "\\101"]
OPENINGS = ["(?:", "(?i:", "(?s:", "(?m:", "(?-i:", "(?x:"]


class Writer:
    """Makes one expression, from a grammar that knows all of the syntax."""

    def __init__(self, chance):
        self.chance = chance
        self.groups = 0
        self.closed = []

    def expression(self):
        text = self.choice(3)
        return self.chance.choice(["(?i)", "(?s)", "(?m)", "(?x)"]) + text if self.chance.random() < 0.1 else text

    def choice(self, depth):
        branches = 1 if self.chance.random() < 0.7 else self.chance.randint(2, 3)
        return "|".join(self.sequence(depth) for _ in range(branches))

    def sequence(self, depth):
        return "".join(self.element(depth) for _ in range(self.chance.randint(1, 3)))

    def element(self, depth):
        text = self.atom(depth)
        return text + self.chance.choice(QUANTIFIERS) if self.chance.random() < 0.3 and text not in POSITIONS else text

    def atom(self, depth):
        kind = self.chance.random()
        if depth == 0 or kind < 0.45:
            return self.literal()
        if kind < 0.6:
            return self.chance.choice(SETS + CLASSES)
        if kind < 0.66:
            return self.chance.choice(POSITIONS)
        return self.group(kind, depth - 1)

    def literal(self):
        return re.escape(self.chance.choice(LETTERS if self.chance.random() < 0.9 else OTHERS))

    def group(self, kind, depth):
        if kind < 0.78:
            return self.capture(depth)
        if kind < 0.84:
            return self.chance.choice(OPENINGS) + self.choice(depth) + ")"
        if kind < 0.9:
            return self.chance.choice(["(?=", "(?!"]) + self.choice(depth) + ")"
        if kind < 0.93:
            inside = "".join(self.chance.choice(["a", ".", "\\w", "\\b", "[ab]"]) for _ in range(2))
            return self.chance.choice(["(?<=", "(?<!"]) + inside + ")"
        if kind < 0.95:
            return "(?>" + self.choice(depth) + ")"
        return self.reference()

    def capture(self, depth):
        self.groups += 1
        number = self.groups
        name = f"?P<g{number}>" if self.chance.random() < 0.2 else ""
        text = f"({name}{self.choice(depth)})"
        self.closed.append(number)
        return text

    def reference(self):
        if not self.closed:
            return self.literal()
        number = self.chance.choice(self.closed)
        condition = f"(?({number}){self.literal()}|{self.literal()})"
        return self.chance.choice([f"\\{number}", f"(?:\\{number})", condition])


def broken(text, chance):
    place = chance.randrange(len(text) + 1)
    return text[:place] + chance.choice("()[]{}*+?|\\^-=!<>:#PixZ139,") + text[place + chance.randint(0, 1) :]


def texts(chance):
    def one():
        return "".join(
            chance.choice(LETTERS if chance.random() < 0.93 else OTHERS) for _ in range(chance.randint(1, 16))
        )

    names = [
        "web-1",
        "web-12",
        "Database",
        "a.b",
        "",
        "aaaa",
        "abab",
        "server_01",
        "Web 3",
        "naïve",
        "b\n",
        "1999-12-31",
    ]
    return names + [one() for _ in range(108)]


def bits(expression, names):
    return f"{sum(1 << place for place, name in enumerate(names) if expression.search(name)):x}"


def lines(chance, names):
    taken, refused, seen = 0, 0, set()
    while taken < 1000 or refused < 200:
        text = Writer(chance).expression()
        if chance.random() < 0.4:
            text = broken(text, chance)
        ignores_case = chance.random() < 0.5
        if text in seen:
            continue
        seen.add(text)
        try:
            result = bits(re.compile(text, re.IGNORECASE if ignores_case else 0), names)
        except (re.error, OverflowError):
            result = "-"
        if result == "-" and refused < 200 or result != "-" and taken < 1000:
            refused, taken = refused + (result == "-"), taken + (result != "-")
            yield f"{json.dumps(text)}\t{'i' if ignores_case else ''}\t{result}"


def main():
    warnings.simplefilter("ignore")
    chance = random.Random(13)
    names = texts(chance)
    table = [json.dumps(names), *lines(chance, names)]
    Path(__file__).with_name("python.tsv").write_text("\n".join(table) + "\n")


if __name__ == "__main__":
    main()
