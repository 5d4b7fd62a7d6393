"""Reads the tables that OpenStack's command-line clients print for people."""

from __future__ import annotations

import itertools


def rows(text: str) -> list[dict[str, str]]:
    """The first table in `text`, a dictionary a row. Columns are found by the border, as cells may hold a bar."""
    lines = text.splitlines()
    top = next((n for n, line in enumerate(lines) if line.startswith("+-")), None)
    if top is None:
        raise AssertionError(f"no table in:\n{text}")
    edges = [n for n, mark in enumerate(lines[top]) if mark == "+"]
    spans = list(itertools.pairwise(edges))
    body = [[line[a + 1 : b].strip() for a, b in spans] for line in lines[top + 1 :] if line.startswith("|")]
    if not body:
        raise AssertionError(f"a table without a head in:\n{text}")
    head = body[0]
    return [dict(zip(head, row, strict=True)) for row in body[1:]]


def fields(text: str) -> dict[str, str]:
    """A table of two columns (Property, Value) as one dictionary."""
    cells = (list(row.values()) for row in rows(text))
    return {name: value for name, value, *_ in cells}
