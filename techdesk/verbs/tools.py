"""Verbs for time, watchers, links and merging."""

from __future__ import annotations

from typing import Any

import click

from techdesk.actions.fielding import time_typed
from techdesk.actions.snoozing import until_typed
from techdesk.model import Queue, Relation, Role
from techdesk.store.rows import TicketView
from techdesk.verbs.changing import changing, perform
from techdesk.verbs.looking import find
from techdesk.verbs.options import choices
from techdesk.verbs.session import Session, need_session
from techdesk.verbs.speech import Exit, Failed, as_json, data

RELATIONS = [relation.value.replace("_", "-") for relation in Relation]


@click.command()
@click.argument("ticket", metavar="ID")
@click.argument("amount", metavar="TIME")
@click.argument("words", metavar="[WORDS]...", nargs=-1)
@changing
def time(ticket: str, amount: str, words: tuple[str, ...], **how: Any) -> None:
    """Log working time on a ticket: TIME is minutes, or 1h30, 1:30, 1.5h. WORDS say what for."""
    typed = time_typed(amount)
    if typed is None:
        raise Failed(Exit.USAGE, f"'{amount}' is no time.", "Write minutes, or 1h30; at most a day.")
    perform("ticket.time", ticket, how, minutes=typed[0], text=" ".join(words))


@click.command()
@click.argument("ticket", metavar="ID")
@click.argument("queue", metavar="[QUEUE]", required=False)
@changing
def queue(ticket: str, queue: str | None, **how: Any) -> None:
    """Move a ticket to QUEUE: its id, its name or the beginning of it. Without QUEUE, list them."""
    if queue is None:
        with need_session(choices()) as session:
            loads = session.reader.queue_loads()
            found = session.reader.queues()
            if how["json_"]:
                data(as_json([{"id": q.id, "name": q.name, "open": loads.get(q.id, 0)} for q in found]))
                return
            for each in found:
                data(f"{each.id}  {each.name}  {loads.get(each.id, 0):,} open")
        return
    perform("ticket.queue", ticket, how, values=lambda session: {"queue": queue_of(session, queue).id})


def queue_of(session: Session, wanted: str) -> Queue:
    """A queue by its id, its name or the only beginning of one. Raises ``Failed``."""
    word = wanted.casefold()
    queues = session.reader.queues()
    exact = [each for each in queues if word in (each.id.casefold(), each.name.casefold())]
    found = exact or [each for each in queues if each.name.casefold().startswith(word)]
    if len(found) == 1:
        return found[0]
    if found:
        names = " or ".join(f"{each.name} ({each.id})" for each in found)
        raise Failed(Exit.NOT_FOUND, f"'{wanted}' may be {names}.")
    known = ", ".join(each.name for each in queues) or "none yet"
    raise Failed(Exit.NOT_FOUND, f"There is no queue '{wanted}' here.", f"There are: {known}.")


@click.command()
@click.argument("ticket", metavar="ID")
@click.argument("when", metavar="WHEN", nargs=-1, required=True)
@changing
def snooze(ticket: str, when: tuple[str, ...], **how: Any) -> None:
    """Put a ticket off until WHEN: 2h, 3d, 14:00, tomorrow, monday 14:00, 2026-11-30 14:00."""
    typed = " ".join(when)
    perform("ticket.snooze", ticket, how, values=lambda session: {"until": hour_of(session, typed)})


def hour_of(session: Session, typed: str) -> int:
    """An hour as it is typed, as epoch seconds. Raises ``Failed``."""
    until = until_typed(typed, session.clock.now())
    if until is None:
        remedy = "Write 2h, 3d, 14:00, tomorrow, monday 14:00 or 2026-11-30."
        raise Failed(Exit.USAGE, f"'{typed}' is no hour to come.", remedy)
    return until


@click.command()
@click.argument("ticket", metavar="ID")
@click.argument("people", metavar="[PERSON]...", nargs=-1)
@click.option("--remove", "-r", multiple=True, metavar="PERSON", help="Take this one off; may be repeated.")
@changing
def watch(ticket: str, people: tuple[str, ...], remove: tuple[str, ...], **how: Any) -> None:
    """Put people on copy: ids, names, e-mail addresses or 'me'. Without any, yourself."""

    def values(session: Session) -> dict[str, Any]:
        added = people if people or remove else ("me",)
        return {
            "add": [_watcher(session, each) for each in added],
            "remove": [_watcher(session, each) for each in remove],
        }

    perform("ticket.watch", ticket, how, values=values)


@click.command()
@click.argument("ticket", metavar="ID")
@click.argument("relation", type=click.Choice(RELATIONS))
@click.argument("other", metavar="OTHER")
@changing
def link(ticket: str, relation: str, other: str, **how: Any) -> None:
    """Link a ticket to the ticket OTHER: 'techdesk link TD-1 depends-on TD-2'."""
    perform("ticket.link", ticket, how, relation=relation.replace("-", "_"), other=other)


@click.command()
@click.argument("ticket", metavar="ID")
@click.argument("other", metavar="OTHER")
@changing
def unlink(ticket: str, other: str, **how: Any) -> None:
    """Take every link between two tickets off."""
    with need_session(choices()) as session:
        view = session.reader.ticket(find(session, ticket, how["wait"]))
        links = _links_to(session, view, other)
    if not links:
        raise Failed(Exit.NOT_FOUND, f"{ticket} has no link to {other}.", "'techdesk show' lists its links.")
    perform("ticket.unlink", ticket, how, remove=links)


@click.command()
@click.argument("ticket", metavar="ID")
@click.argument("other", metavar="INTO")
@changing
def merge(ticket: str, other: str, **how: Any) -> None:
    """Merge a ticket into another: its conversation moves, and it is no more. Never undone once sent."""
    perform("ticket.merge", ticket, how, other=other)


def _links_to(session: Session, view: TicketView | None, other: str) -> list[str]:
    key = session.reader.key_of(other)
    found = view.links if view is not None else ()
    return [
        each.text
        for each in found
        if (key is not None and each.key == key) or other.casefold() == each.number.casefold()
    ]


def _watcher(session: Session, wanted: str) -> str:
    """Id of a person, or the address itself where nobody is known by it."""
    if wanted == "me":
        if not session.workbench.me.id:
            raise Failed(Exit.ERROR, "The desk has not said yet who you are.", "'techdesk sync' connects.")
        return session.workbench.me.id
    named = wanted.casefold()
    people = session.reader.people()
    found = [p for p in people if named in (p.id.casefold(), p.name.casefold(), p.email.casefold())]
    technicians = [p for p in found if p.role is Role.TECHNICIAN] or found
    if len(technicians) == 1:
        return technicians[0].id
    if found:
        raise Failed(Exit.NOT_FOUND, f"'{wanted}' may be {' or '.join(p.id for p in found)}.")
    if "@" in wanted and " " not in wanted.strip():
        return wanted.strip()
    raise Failed(Exit.NOT_FOUND, f"'{wanted}' is no one known here.", "Give an id or an e-mail address.")
