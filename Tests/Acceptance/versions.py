"""What an answer holds at each microversion, as data: the fields, from which version to which, and what is in them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from http_client import Body

NEWEST = 104
"""The last minor version; all numbers in the tables are the part behind `2.`."""


@dataclass(frozen=True)
class Field:
    """A field of an answer. The same name in two rows is a field whose content changed. `who` alone sees it."""

    name: str
    kind: str
    since: int = 1
    until: int = NEWEST
    who: str = ""
    optional: bool = False

    def seen(self, minor: int, user: str) -> bool:
        return self.since <= minor <= self.until and self.who in ("", user)


@dataclass(frozen=True)
class Request:
    """A request that passes the schema and is then refused for what it names, so that nothing has to be cleaned up."""

    method: str
    path: str
    key: str
    body: dict[str, Any]
    status: int
    says: str
    user: str = "admin"

    def __str__(self) -> str:
        return f"{self.method} {self.path.rsplit('/', 1)[0] or self.path}"


@dataclass(frozen=True)
class Member:
    """Members of a request's body: accepted from `since` to `until`, and else refused; None leaves one out.

    The row is about the versions `first` to `last`. `at` is the name that the refusal gives, whose value is found in
    the body; `says` is its end, by default that the member is unexpected.
    """

    request: Request
    sent: dict[str, Any]
    since: int = 1
    until: int = NEWEST
    first: int = 1
    last: int = NEWEST
    at: str = ""
    says: str = ""

    def __str__(self) -> str:
        sent = next(f"{name} {value!r}"[:40] for name, value in self.sent.items())
        return f"{self.request} {sent} @2.{self.first}-2.{self.last}"

    def accepted(self, minor: int) -> bool:
        return self.since <= minor <= self.until


@dataclass(frozen=True)
class Query:
    """A query string without effect before `since`. From there on it is refused as said, or finds nothing.

    The row is about the versions `first` to `last`.
    """

    path: str
    since: int
    then: int = 200
    says: str = ""
    first: int = 1
    last: int = NEWEST

    def __str__(self) -> str:
        return f"{self.path} @2.{self.first}-2.{self.last}"


# What a field can hold


def _is(pattern: str) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and re.fullmatch(pattern, value) is not None


def _each(test: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list) and all(test(one) for one in value)


def _or_null(test: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: value is None or test(value)


def _equals(wanted: Any) -> Callable[[Any], bool]:
    return lambda value: type(value) is type(wanted) and value == wanted


def _links(*kinds: str) -> Callable[[Any], bool]:
    """Links of these kinds in this order; only those that are no bookmarks have the API's version in them."""
    return lambda value: (
        isinstance(value, list)
        and [link.get("rel") for link in value] == list(kinds)
        and all(set(link) == {"rel", "href"} and link["href"].startswith("http") for link in value)
        and all(("/v2.1/" in link["href"]) == (link["rel"] != "bookmark") for link in value)
    )


_text = _is("(?s:.*)")
_TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"

KINDS: dict[str, Callable[[Any], bool]] = {
    "text": _text,
    "text?": _or_null(_text),
    "null": lambda value: value is None,
    "empty": _equals(""),
    "zero": _equals(0),
    "integer": lambda value: type(value) is int,
    "number": lambda value: type(value) in (int, float),
    "boolean": lambda value: type(value) is bool,
    "true": _equals(True),
    "false": _equals(False),
    "object": lambda value: isinstance(value, dict),
    "nothing in it": _equals({}),
    "texts": _each(_text),
    "texts?": _or_null(_each(_text)),
    "pairs": lambda value: isinstance(value, dict) and all(_text(one) for one in value.values()),
    "none of them": _equals([]),
    "default group": _equals([{"name": "default"}]),
    "groups": _each(lambda value: isinstance(value, dict) and set(value) == {"name"}),
    "UUID": _is("[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}"),
    "32 digits": _is("[0-9a-f]{32}"),
    "56 digits": _is("[0-9a-f]{56}"),
    "second": _is(_TIME + "Z"),
    "microsecond": _is(_TIME + r"\.\d{6}"),
    "self and bookmark": _links("self", "bookmark"),
    "bookmark": _links("bookmark"),
    "MD5": _is("[0-9a-f]{2}(:[0-9a-f]{2}){15}"),
}


def differences(
    answer: Any, table: Sequence[Field], minor: int, user: str, records: dict[str, list[Field]], where: str = ""
) -> list[str]:
    """What is wrong with an answer at a version: fields too many, too few, and of the wrong type; deep inside too."""
    if not isinstance(answer, dict):
        return [f"{where or 'the answer'} is {answer!r}, no object"]
    fields = {field.name: field for field in table if field.seen(minor, user)}
    wrong = [f"{where}{name} is not due: {answer[name]!r}" for name in answer if name not in fields]
    for name, field in fields.items():
        if name not in answer:
            wrong += [] if field.optional else [f"{where}{name} is missing"]
        elif field.kind in records:
            wrong += differences(answer[name], records[field.kind], minor, user, records, f"{where}{name}.")
        elif not KINDS[field.kind](answer[name]):
            wrong.append(f"{where}{name} is not {field.kind}: {answer[name]!r}")
    return wrong


def merged(base: dict[str, Any], changed: dict[str, Any]) -> dict[str, Body]:
    """A body with some members changed; None leaves one out."""
    return {name: value for name, value in (base | changed).items() if value is not None}
