"""``reply --canned``: a text of the settings or of the ticket's policy, filled in as in the composer."""

from __future__ import annotations

from collections.abc import Sequence

from techdesk.actions.filling import values_of
from techdesk.actions.policy_words import PREFIX, filled_words, offered
from techdesk.verbs.looking import find
from techdesk.verbs.session import Session
from techdesk.verbs.speech import Exit, Failed


def canned_text(session: Session, ticket: str, name: str, fill: Sequence[str], wait: float) -> str:
    """The text of a name. Raises ``Failed`` for an unknown name, and for a place that stays empty."""
    key = find(session, ticket, wait)
    bench = session.workbench
    standing = bench.standing(key)
    texts = offered(bench.replies, standing[0].policy if standing is not None else None)
    found = texts.get(name) or texts.get(PREFIX + name)
    if found is None:
        known = ", ".join(each.removeprefix(PREFIX) for each in texts) or "none"
        raise Failed(Exit.NOT_FOUND, f"There is no text '{name}' for {ticket}.", f"There are: {known}.")
    values = values_of(session.reader.ticket(key), bench.me) | dict(_given(fill))
    filled = filled_words(found, values, standing, bench.clock.now())
    if filled.unknown:
        gaps = ", ".join(filled.unknown)
        example = f"--fill {filled.unknown[0]}='...'"
        raise Failed(
            Exit.USAGE, f"Nothing is known for: {gaps}. Nothing was sent.", f"Say it with {example}."
        )
    return filled.text


def _given(fill: Sequence[str]) -> list[tuple[str, str]]:
    pairs = []
    for each in fill:
        name, equals, words = each.partition("=")
        if not equals or not name.strip() or not words.strip():
            raise Failed(
                Exit.USAGE, f"'{each}' fills nothing in.", "Write --fill NAME=WORDS: --fill reason='...'."
            )
        pairs.append((name.strip(), words.strip()))
    return pairs
