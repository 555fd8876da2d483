"""One message of a conversation as lines of a given width: header, body with quotes folded, attachments."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo

from techdesk.model import Channel, Direction, Instant, Visibility
from techdesk.rules.records import of_note, words_of
from techdesk.store.rows import Entry, EntryState, LogLine
from techdesk.text import safe_text
from techdesk.widgets.cells import Line, Words, both_ends, cut, wrap
from techdesk.widgets.moments import due_time, file_size
from techdesk.widgets.ticket_header import CHANNEL_WORDS

QUOTE_LINES = 5
"""A run of more quoted lines than this is folded ..."""
QUOTE_LEVELS = 3
"""... and so is a run that goes deeper than this."""
QUOTE_KEPT = 2
"""Lines of a folded run that stay, so that one sees what is being answered."""

LONGEST = 200_000
"""Characters of a body that are laid out; a mail may hold a whole log file."""

FOLD_STYLE = "conversation--fold"


def kind_of(entry: Entry) -> str:
    """``customer``, ``reply``, ``note`` or ``automatic``: the part of a component class's name."""
    if entry.visibility is Visibility.INTERNAL:
        return "note"
    if entry.automatic:
        return "automatic"
    return "customer" if entry.direction is Direction.INBOUND else "reply"


GLYPHS = {"customer": ">", "reply": "<", "note": "#", "automatic": "~"}
"""What stands before a message, by its kind; the preview has the same."""
_GUTTERS = {"customer": "│ ", "reply": "  ", "note": "┊ ", "automatic": "  "}
_BODY_STYLES = {"note": "conversation--note-body", "automatic": "conversation--quote"}


def kind_words(entry: Entry) -> str:
    """What the message is, in words: never told by colour alone."""
    channel = CHANNEL_WORDS[entry.channel]
    by = f", by {channel}" if channel else ""
    match kind_of(entry):
        case "note":
            return "INTERNAL NOTE"
        case "automatic":
            return f"automatic notice{by}"
        case "customer":
            return f"customer{by}"
        case _:
            return "phone call" if entry.channel is Channel.PHONE else f"reply{by}"


def header(entry: Entry, width: int, now: Instant, zone: tzinfo | None = None) -> Line:
    """``> Kim Lee  customer, by e-mail ...... Tue 3 Nov 09:12``; one that is not at the desk yet says so."""
    kind = kind_of(entry)
    left: list[Words] = [
        (f"{GLYPHS[kind]} {entry.author_name or 'unknown'}", f"conversation--{kind}"),
        (f"  {kind_words(entry)}", f"conversation--{kind}-word"),
    ]
    match entry.state:
        case EntryState.PENDING:
            left.append(("  waiting to be sent", "conversation--unsent"))
        case EntryState.FAILED:
            left.append(("  NOT SENT", "conversation--failed"))
        case EntryState.SENT:
            pass
    right: Line = ((due_time(entry.at, now, zone), "conversation--time"),)
    return both_ends(tuple(left), right, width, keep=16)


def quote_level(line: str) -> int:
    """How many times a line is quoted: ``> > >> text`` is 4; 0 is not at all."""
    level = 0
    for character in line:
        if character == ">":
            level += 1
        elif character != " ":
            break
    return level


def body(entry: Entry, width: int, *, unfolded: bool) -> list[Line]:
    """The body, wrapped; quotes dimmed, long or deep ones folded into a line that says what it hides."""
    kind = kind_of(entry)
    gutter: Words = (_GUTTERS[kind], f"conversation--{kind}")
    own = _BODY_STYLES.get(kind, "")
    room = width - 2
    lines: list[Line] = []
    # A record that techdesks share is told by its words; its marker line is for machines.
    whole = (words_of(entry.body) if of_note(entry) is not None else entry.body).rstrip("\n ")
    source = whole[:LONGEST].split("\n")
    index = 0
    in_signature = False
    while index < len(source):
        text = source[index]
        if quote_level(text):
            end = _quote_end(source, index)
            for quoted, style in _quoted(source[index:end], unfolded):
                pieces = wrap(quoted, room) if style != FOLD_STYLE else [cut(quoted, room)]
                lines += [(gutter, (piece, style)) for piece in pieces]
            index = end
            continue
        in_signature = in_signature or text in ("-- ", "--")
        style = "conversation--quote" if in_signature else own
        lines += [(gutter, (piece, style)) for piece in wrap(text, room)]
        index += 1
    if len(whole) > LONGEST:
        left = f"[...] {len(whole) - LONGEST:,} more characters are not shown here"
        lines.append((gutter, (cut(left, room), "conversation--unsent")))
    return lines


def _quote_end(source: Sequence[str], start: int) -> int:
    """Where a run of quoted lines ends; empty lines between two quoted ones belong to it."""
    end = start
    for index in range(start, len(source)):
        if quote_level(source[index]):
            end = index + 1
        elif source[index].strip():
            break
    return end


def _quoted(run: Sequence[str], unfolded: bool) -> list[Words]:
    levels = [quote_level(line) for line in run]
    deepest = max(levels)
    if unfolded or (len(run) <= QUOTE_LINES and deepest <= QUOTE_LEVELS):
        return [(line, "conversation--quote") for line in run]
    kept: list[Words] = []
    for line, level in zip(run, levels, strict=True):
        if len(kept) == QUOTE_KEPT or level > QUOTE_LEVELS:
            break
        kept.append((line, "conversation--quote"))
    hidden = len(run) - len(kept)
    deep = f", {deepest} levels deep" if deepest > QUOTE_LEVELS else ""
    lines = "line" if hidden == 1 else "lines"
    return [*kept, (f"[+] {hidden} more quoted {lines}{deep}: z shows them", FOLD_STYLE)]


def message(
    entry: Entry, width: int, now: Instant, *, unfolded: bool = False, zone: tzinfo | None = None
) -> list[Line]:
    """All lines of a message, with an empty one at its end."""
    lines = [header(entry, width, now, zone), *body(entry, width, unfolded=unfolded)]
    gutter: Words = (_GUTTERS[kind_of(entry)], f"conversation--{kind_of(entry)}")
    for attachment in entry.attachments:
        name = safe_text(attachment.name, 300)
        size = f"  {file_size(attachment.size)}  {safe_text(attachment.media_type, 60)}"
        room = max(10, width - 14 - len(size))
        lines.append(
            (
                gutter,
                ("attached: ", "conversation--time"),
                (cut(name, room), "conversation--attachment"),
                (size, "conversation--time"),
            )
        )
    lines.append(())
    return lines


def logged(line: LogLine, width: int, now: Instant, zone: tzinfo | None = None) -> list[Line]:
    """One change of a field: ``· Ravi set priority: P3 -> P1 ...... 14:05``."""
    values = f"{line.old or 'nothing'} -> {line.new or 'nothing'}"
    words = f"· {line.actor_name or 'somebody'} changed {line.field}: {values}"
    left: Line = ((words, "conversation--log"),)
    return [both_ends(left, ((due_time(line.at, now, zone), "conversation--time"),), width, keep=16), ()]
