"""How a gate's remedy names an action: by its key on a screen, by its verb on the command line."""

from __future__ import annotations

import re
from enum import StrEnum

_PLACEHOLDER = re.compile(r"<([a-z]+\.[a-z_]+(?:\+[a-z]+\.[a-z_]+)*)>")


class Surface(StrEnum):
    """Where the technician is."""

    KEYS = "keys"
    VERBS = "verbs"


_NOT_DONE = {
    "ticket.take": "{} is not taken",
    "ticket.assign": "{} is not assigned",
    "ticket.priority": "The priority of {} is not changed",
    "ticket.raise": "The priority of {} is not raised",
    "ticket.lower": "The priority of {} is not lowered",
    "ticket.status": "The status of {} is not changed",
    "ticket.tag": "The tags of {} are not changed",
    "ticket.queue": "{} is not moved",
    "ticket.snooze": "{} is not snoozed",
    "ticket.watch": "The watchers of {} are not changed",
    "ticket.link": "{} is not linked",
    "ticket.unlink": "No link of {} is taken off",
    "ticket.merge": "{} is not merged",
    "ticket.time": "No time is logged on {}",
    "ticket.macro": "The macro is not applied to {}",
    "ticket.reply": "The reply to {} is not sent",
    "ticket.comment": "The note on {} is not written",
    "ticket.resolve": "{} is not resolved",
    "ticket.close": "{} is not closed",
    "ticket.reopen": "{} is not reopened",
    "ticket.new": "No ticket is opened",
    "ticket.call": "The call on {} is not logged",
    "ticket.record": "Nothing is noted on {}",
    "ticket.escalate": "{} is not escalated",
    "ticket.hand_off": "{} is not handed over",
    "app.undo": "Nothing is taken back",
    "outbox.retry": "It is not tried again",
    "outbox.edit": "It is not edited",
    "outbox.drop": "It is not dropped",
    "conflict.mine": "It is not sent again",
    "conflict.theirs": "It is not dropped",
    "conflict.edit": "It is not changed",
    "conflict.move": "It is not carried over",
    "conflict.save": "It is not saved",
    "conflict.reopen": "{} is not reopened",
    "bulk.go": "Nothing is done",
    "run.go_on": "The others are not sent",
}


def not_done(action_id: str, number: str) -> str:
    """``TD-10431 is not closed``; without a number, ``the ticket``."""
    words = _NOT_DONE[action_id].format(number or "the ticket")
    return words[:1].upper() + words[1:]


def spoken(remedy: str, surface: Surface) -> str:
    """A remedy with its placeholders (``<ticket.reply>``) as keys or as verbs.

    ``<ticket.reply+composer.canned>`` stands for keys that follow each other, and for the last one's verb.
    """

    from techdesk.actions.keymap import in_force
    from techdesk.actions.registry import action

    def named(match: re.Match[str]) -> str:
        acts = [action(name) for name in match.group(1).split("+")]
        if surface is Surface.VERBS and acts[-1].verb:
            return f"'techdesk {acts[-1].verb}'"
        return ", then ".join(
            in_force().first(act) or f"'{act.title}' (in the list of commands)" for act in acts
        )

    return _PLACEHOLDER.sub(named, remedy)


def asked(words: str) -> str:
    """A question; a subject that is one already keeps its one mark."""
    return f"{words.rstrip().removesuffix('?')}?"
