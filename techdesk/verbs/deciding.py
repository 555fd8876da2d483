"""Verbs for what waits for a person: list it with both sides, and decide it as the conflicts screen does."""

from __future__ import annotations

from typing import Any

import click

from techdesk.actions.because import words_of
from techdesk.actions.outcomes import Confirm, Queued, Refused
from techdesk.store.disputes import Dispute
from techdesk.store.rows import Pending
from techdesk.verbs.changing import REASON_HELPS, agreed, because, reasons_typed
from techdesk.verbs.options import choices, common
from techdesk.verbs.session import Session, need_session
from techdesk.verbs.speech import Exit, Failed, as_json, data, say

_WAYS = {
    "keep-mine": "conflict.mine",
    "take-theirs": "conflict.theirs",
    "carry-over": "conflict.move",
    "save-text": "conflict.save",
    "reopen": "conflict.reopen",
}


@click.command()
@common
@click.option("--json", "json_", is_flag=True, help="A JSON array, one object for each.")
def conflicts(json_: bool) -> None:
    """What waits for your decision: what you saw, what you set, what the desk has now.

    Exit status 7 where something waits, 0 where nothing does.
    """
    with need_session(choices()) as session:
        waiting = _waiting(session)
        if json_:
            data(as_json([_plain(line, dispute) for line, dispute in waiting]))
        else:
            from techdesk.widgets.dispute_view import dispute_lines

            for line, dispute in waiting:
                lines = dispute_lines(line, dispute, _VERBS, session.clock.now(), 100)
                for each in lines:
                    data("".join(text for text, _ in each).rstrip())
                data("")
        if waiting:
            say("decide with: techdesk settle NUMBER WAY; the ways are " + ", ".join(_WAYS) + ".")
            raise SystemExit(Exit.DECISION)
        say("nothing waits for you.")


_VERBS = {action_id: way for way, action_id in _WAYS.items()}


@click.command()
@common
@click.argument("ticket", metavar="NUMBER")
@click.argument("way", type=click.Choice(list(_WAYS)))
@click.option("--operation", type=int, help="Which one, where several of the ticket wait.")
@click.option("--yes", is_flag=True, help="Answer yes to what it asks.")
@because
@click.option("--json", "json_", is_flag=True, help="The outcome as one JSON object.")
def settle(
    ticket: str, way: str, operation: int | None, yes: bool, because: tuple[str, ...], json_: bool
) -> None:
    """Decide what waits for you on ticket NUMBER.

    keep-mine sends it again over what the desk has now (the rules are asked anew: a reason that one wants now
    and that was not given then is given with --because), take-theirs gives it up
    (a text becomes a draft), carry-over does it to the ticket that this one was merged into, save-text writes
    it to a file and drops it, reopen opens a ticket again whose close met the customer's message. It goes out
    with the next sync.
    """
    with need_session(choices()) as session:
        line = _one(session, ticket, operation)
        given: dict[str, Any] = {"operation": line.key, "because": words_of(reasons_typed(because))}
        outcome = session.workbench.perform(_WAYS[way], None, **given)
        if isinstance(outcome, Confirm):
            given["because"] = agreed(outcome, yes=yes) or given["because"]
            outcome = session.workbench.perform(_WAYS[way], None, confirmed=True, **given)
        if isinstance(outcome, Refused):
            passes = f" {REASON_HELPS}" if outcome.wants_reason else ""
            raise Failed(Exit.REFUSED, f"{outcome.words} [{outcome.rule}]{passes}")
        assert isinstance(outcome, Queued)
        if not outcome.commit.result(timeout=30):
            raise Failed(Exit.REFUSED, "It was decided elsewhere meanwhile; nothing was changed.")
        if json_:
            data(as_json({"outcome": way, "ticket": line.number, "what": outcome.words}))
        say(f"{line.number}: {outcome.words}.")


def _waiting(session: Session) -> list[tuple[Pending, Dispute]]:
    reader = session.reader
    lines = [line for line in reader.operations() if line.state.needs_decision]
    found = [(line, reader.dispute(line.key)) for line in lines]
    return [(line, dispute) for line, dispute in found if dispute is not None]


def _one(session: Session, ticket: str, operation: int | None) -> Pending:
    wanted = ticket.strip().casefold()
    key = session.reader.key_of(ticket)
    lines = [line for line, _ in _waiting(session) if line.ticket == key or line.number.casefold() == wanted]
    if operation is not None:
        lines = [line for line in lines if line.key == operation]
    if not lines:
        raise Failed(Exit.NOT_FOUND, f"Nothing of {ticket} waits for you.", "'techdesk conflicts' lists all.")
    batches = {line.batch for line in lines}
    if len(batches) > 1 and operation is None:
        named = "; ".join(f"--operation {line.key}: {line.what}" for line in lines)
        raise Failed(Exit.USAGE, f"Several changes of {ticket} wait: say which.", named)
    return lines[0]


def _plain(line: Pending, dispute: Dispute) -> dict[str, Any]:
    from techdesk.work.export import instant

    return {
        "operation": line.key,
        "ticket": line.number,
        "subject": line.subject,
        "state": line.state.value,
        "what": line.what,
        "with": dispute.change_words,
        "why": line.error,
        "decided": instant(line.created),
        "gone": dispute.gone,
        "merged_into": dispute.other_number,
        "written": dispute.written,
        "customer_wrote": dispute.customer_wrote,
        "fields": [
            {
                "field": field.name,
                "base": field.base,
                "mine": field.mine,
                "theirs": field.theirs,
                "clash": field.clash,
                "by": field.by,
                "at": instant(field.at),
            }
            for field in dispute.fields
        ],
        "messages": [
            {"at": instant(entry.at), "author": entry.author_name, "body": entry.body}
            for entry in dispute.messages
        ],
        "text": dispute.text,
        "held_back": dispute.behind,
    }
