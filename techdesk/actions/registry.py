"""Every action of techdesk, declared once.

Keys, hint bar, help screen, palette and command line are all made from this list, so none of them can say
something that another does not. Screens and the workbench only say how; what exists is said here.
"""

from __future__ import annotations

from enum import Flag, IntEnum, auto

from msgspec import Struct


class Where(Flag):
    """Screens on which an action exists."""

    QUEUE = auto()
    TICKET = auto()
    SLA = auto()
    OUTBOX = auto()
    COMPOSER = auto()
    LISTS = QUEUE | SLA | OUTBOX
    TICKETS = QUEUE | TICKET | SLA
    MAIN = QUEUE | TICKET | SLA | OUTBOX


class Tier(IntEnum):
    """How an action is confirmed (UX section 7.2)."""

    NONE = 0
    """At once: it has undo."""
    CONFIRM = 1
    """Yes or no, naming the ticket."""
    PREVIEW = 2
    TYPED = 3


class Action(Struct, frozen=True, kw_only=True):
    """One thing that a technician can do."""

    id: str
    title: str
    """As in the palette: ``Take the ticket``."""
    short: str
    """One or two words for the hint bar."""
    help: str
    """A sentence for the help screen."""
    group: str
    keys: tuple[str, ...]
    """As typed: ``a``, ``ctrl+q``; ``g q`` is one key after another."""
    where: Where
    tier: Tier = Tier.NONE
    changes: bool = False
    """Whether it changes something at the desk: left out in read-only mode."""
    hint: int = 0
    """Rank in the hint bar, 1 first; 0 is not shown there."""
    verb: str = ""
    """The command line's word for it."""


_MOVE = "Move"
_LOOK = "Look"
_GO = "Go to"
_CHANGE = "Change a ticket"
_WRITE = "Write"
_APP = "techdesk"

ACTIONS: tuple[Action, ...] = (
    # Move
    Action(
        id="list.down",
        title="Next line",
        short="down",
        help="Move down one line, or scroll down.",
        group=_MOVE,
        keys=("j", "down"),
        where=Where.MAIN,
    ),
    Action(
        id="list.up",
        title="Previous line",
        short="up",
        help="Move up one line, or scroll up.",
        group=_MOVE,
        keys=("k", "up"),
        where=Where.MAIN,
    ),
    Action(
        id="list.page_down",
        title="Page down",
        short="page",
        help="Move down one page.",
        group=_MOVE,
        keys=("pagedown", "ctrl+d"),
        where=Where.MAIN,
    ),
    Action(
        id="list.page_up",
        title="Page up",
        short="page",
        help="Move up one page.",
        group=_MOVE,
        keys=("pageup", "ctrl+u"),
        where=Where.MAIN,
    ),
    Action(
        id="list.top",
        title="First line",
        short="top",
        help="Go to the first line.",
        group=_MOVE,
        keys=("g g", "home"),
        where=Where.MAIN,
    ),
    Action(
        id="list.bottom",
        title="Last line",
        short="end",
        help="Go to the last line.",
        group=_MOVE,
        keys=("G", "end"),
        where=Where.MAIN,
    ),
    Action(
        id="list.next_unread",
        title="Next unread ticket",
        short="unread",
        help="Go to the next ticket with a message that you have not seen.",
        group=_MOVE,
        keys=("tab",),
        where=Where.QUEUE | Where.TICKET,
    ),
    Action(
        id="list.previous_unread",
        title="Previous unread ticket",
        short="unread",
        help="Go to the previous ticket with a message that you have not seen.",
        group=_MOVE,
        keys=("shift+tab",),
        where=Where.QUEUE | Where.TICKET,
    ),
    Action(
        id="list.urgent",
        title="Most urgent ticket",
        short="urgent",
        help="Go to the ticket whose deadline is nearest.",
        group=_MOVE,
        keys=("!",),
        where=Where.MAIN,
    ),
    Action(
        id="ticket.next",
        title="Next ticket",
        short="next",
        help="Open the next ticket of the list.",
        group=_MOVE,
        keys=("J",),
        where=Where.TICKET,
    ),
    Action(
        id="ticket.previous",
        title="Previous ticket",
        short="previous",
        help="Open the previous ticket of the list.",
        group=_MOVE,
        keys=("K",),
        where=Where.TICKET,
    ),
    # Look
    Action(
        id="list.open",
        title="Open the ticket",
        short="open",
        help="Open the ticket under the cursor.",
        group=_LOOK,
        keys=("enter", "o"),
        where=Where.LISTS,
        hint=1,
    ),
    Action(
        id="list.limit",
        title="Limit the list",
        short="limit",
        help="Show only what matches: words, or terms such as prio:1 owner:me sla:<30m.",
        group=_LOOK,
        keys=("l",),
        where=Where.QUEUE,
        hint=9,
    ),
    Action(
        id="list.clear",
        title="Clear the limit",
        short="clear",
        help="Show the whole view again.",
        group=_LOOK,
        keys=("L",),
        where=Where.QUEUE,
    ),
    Action(
        id="list.sort",
        title="Sort by another column",
        short="sort",
        help="Sort by urgency, number, age, last change, priority or owner.",
        group=_LOOK,
        keys=(",",),
        where=Where.QUEUE,
    ),
    Action(
        id="list.find",
        title="Find a word",
        short="find",
        help="In a list: go to the next line with these words, or fetch a ticket by its number from the"
        " desk. In a ticket: the next message with them.",
        group=_LOOK,
        keys=("/",),
        where=Where.QUEUE | Where.TICKET,
        hint=10,
    ),
    Action(
        id="list.find_next",
        title="Next match",
        short="next",
        help="Next match of the last find; with none, the next message of a ticket.",
        group=_LOOK,
        keys=("n",),
        where=Where.QUEUE | Where.TICKET,
    ),
    Action(
        id="list.find_previous",
        title="Previous match",
        short="previous",
        help="Previous match of the last find; with none, the previous message of a ticket.",
        group=_LOOK,
        keys=("N",),
        where=Where.QUEUE | Where.TICKET,
    ),
    Action(
        id="view.next",
        title="Next saved view",
        short="view",
        help="Show the next saved view.",
        group=_LOOK,
        keys=("J",),
        where=Where.QUEUE,
    ),
    Action(
        id="view.previous",
        title="Previous saved view",
        short="view",
        help="Show the previous saved view.",
        group=_LOOK,
        keys=("K",),
        where=Where.QUEUE,
    ),
    Action(
        id="view.choose",
        title="Choose a saved view",
        short="view",
        help="Show saved view 1 to 9.",
        group=_LOOK,
        keys=("1", "2", "3", "4", "5", "6", "7", "8", "9"),
        where=Where.QUEUE,
    ),
    Action(
        id="ticket.copy",
        title="Copy the number",
        short="copy",
        help="Send the ticket's number to the terminal's clipboard, and show it.",
        group=_LOOK,
        keys=("y",),
        where=Where.TICKETS,
        verb="show",
    ),
    # Go
    Action(
        id="go.queue",
        title="Queue",
        short="queue",
        help="Go to the queue.",
        group=_GO,
        keys=("g q",),
        where=Where.MAIN,
    ),
    Action(
        id="go.sla",
        title="SLA countdowns",
        short="SLA",
        help="Go to the countdowns, most urgent first.",
        group=_GO,
        keys=("W", "g w"),
        where=Where.MAIN,
        hint=11,
    ),
    Action(
        id="go.outbox",
        title="Outbox",
        short="outbox",
        help="Go to what waits to be sent, and what the desk refused.",
        group=_GO,
        keys=("U", "g o"),
        where=Where.MAIN,
    ),
    # Change
    Action(
        id="ticket.take",
        title="Take the ticket",
        short="take",
        help="Make yourself the owner.",
        group=_CHANGE,
        keys=("a",),
        where=Where.TICKETS,
        changes=True,
        hint=2,
        verb="take",
    ),
    Action(
        id="ticket.assign",
        title="Assign the ticket",
        short="assign",
        help="Give the ticket to somebody else, or to nobody.",
        group=_CHANGE,
        keys=("A",),
        where=Where.TICKETS,
        changes=True,
        verb="assign",
    ),
    Action(
        id="ticket.priority",
        title="Set the priority",
        short="priority",
        help="Choose a priority; p 1 is the most urgent.",
        group=_CHANGE,
        keys=("p",),
        where=Where.TICKETS,
        changes=True,
        hint=3,
        verb="priority",
    ),
    Action(
        id="ticket.raise",
        title="Raise the priority",
        short="raise",
        help="One step more urgent.",
        group=_CHANGE,
        keys=("+",),
        where=Where.TICKETS,
        changes=True,
    ),
    Action(
        id="ticket.lower",
        title="Lower the priority",
        short="lower",
        help="One step less urgent.",
        group=_CHANGE,
        keys=("-",),
        where=Where.TICKETS,
        changes=True,
    ),
    Action(
        id="ticket.status",
        title="Set the status",
        short="status",
        help="Open, waiting for the customer, on hold, with a vendor.",
        group=_CHANGE,
        keys=("s",),
        where=Where.TICKETS,
        changes=True,
        verb="status",
    ),
    Action(
        id="ticket.resolve",
        title="Resolve and tell the customer",
        short="resolve",
        help="Write the notice that it is resolved; sending it resolves the ticket.",
        group=_CHANGE,
        keys=("R",),
        where=Where.TICKETS,
        changes=True,
        hint=6,
        verb="resolve",
    ),
    Action(
        id="ticket.close",
        title="Close the ticket",
        short="close",
        help="Close with one of the reasons that the policy knows.",
        group=_CHANGE,
        keys=("C",),
        where=Where.TICKETS,
        tier=Tier.CONFIRM,
        changes=True,
        hint=7,
        verb="close",
    ),
    Action(
        id="ticket.reopen",
        title="Reopen the ticket",
        short="reopen",
        help="Open a resolved or closed ticket again, where the policy allows it.",
        group=_CHANGE,
        keys=("O",),
        where=Where.TICKETS,
        tier=Tier.CONFIRM,
        changes=True,
        verb="reopen",
    ),
    Action(
        id="app.undo",
        title="Undo",
        short="undo",
        help="Take back your last change while it is still held here, before it is sent.",
        group=_CHANGE,
        keys=("u",),
        where=Where.MAIN,
        hint=8,
    ),
    # Write
    Action(
        id="ticket.reply",
        title="Reply to the customer",
        short="reply",
        help="Write to the customer. Escape, then y, sends; the draft is kept until then.",
        group=_WRITE,
        keys=("r",),
        where=Where.TICKETS,
        changes=True,
        hint=4,
        verb="reply",
    ),
    Action(
        id="ticket.comment",
        title="Write an internal note",
        short="note",
        help="Write a note that the customer never sees.",
        group=_WRITE,
        keys=("c",),
        where=Where.TICKETS,
        changes=True,
        hint=5,
        verb="comment",
    ),
    Action(
        id="ticket.new",
        title="Open a new ticket",
        short="new",
        help="Open a ticket, for instance for somebody on the phone; also without a network.",
        group=_WRITE,
        keys=("i",),
        where=Where.MAIN,
        changes=True,
        verb="new",
    ),
    # Outbox
    Action(
        id="outbox.retry",
        title="Try again",
        short="try again",
        help="Send the operation again, also one that the desk refused.",
        group="Outbox",
        keys=("t",),
        where=Where.OUTBOX,
        changes=True,
        hint=2,
    ),
    Action(
        id="outbox.drop",
        title="Drop",
        short="drop",
        help="Give the operation up; the ticket keeps the desk's value.",
        group="Outbox",
        keys=("d",),
        where=Where.OUTBOX,
        tier=Tier.CONFIRM,
        changes=True,
        hint=3,
    ),
    # techdesk
    Action(
        id="app.sync",
        title="Sync now",
        short="sync",
        help="Send and fetch now, without waiting.",
        group=_APP,
        keys=("$", "f5"),
        where=Where.MAIN,
        verb="sync",
    ),
    Action(
        id="app.palette",
        title="Every command by name",
        short="commands",
        help="Type a few letters of what you want to do.",
        group=_APP,
        keys=(":", "ctrl+p"),
        where=Where.MAIN,
        hint=12,
    ),
    Action(
        id="app.help",
        title="Help",
        short="help",
        help="All keys of this screen.",
        group=_APP,
        keys=("?", "f1"),
        where=Where.MAIN,
        hint=13,
    ),
    Action(
        id="app.redraw",
        title="Draw the screen again",
        short="redraw",
        help="Paint everything anew, when something else wrote on the terminal.",
        group=_APP,
        keys=("ctrl+l",),
        where=Where.MAIN,
    ),
    Action(
        id="app.back",
        title="Back",
        short="back",
        help="Leave this screen; at the queue, clear the limit.",
        group=_APP,
        keys=("escape", "backspace"),
        where=Where.MAIN,
    ),
    Action(
        id="app.leave",
        title="Back, or quit at the queue",
        short="quit",
        help="Leave this screen; at the queue, end techdesk (it asks only with unsent work).",
        group=_APP,
        keys=("q",),
        where=Where.MAIN,
        hint=14,
    ),
    Action(
        id="app.quit",
        title="Quit",
        short="quit",
        help="End techdesk; unsent work stays and is sent next time.",
        group=_APP,
        keys=("ctrl+q",),
        where=Where.MAIN,
    ),
    # Composer
    Action(
        id="composer.finish",
        title="Finish writing",
        short="send…",
        help="Show what can be done with it: send, keep, discard.",
        group="Composer",
        keys=("escape", "ctrl+s"),
        where=Where.COMPOSER,
        hint=1,
    ),
    Action(
        id="composer.editor",
        title="Write in $EDITOR",
        short="editor",
        help="Write in your own editor; what is saved there comes back here.",
        group="Composer",
        keys=("ctrl+g",),
        where=Where.COMPOSER,
        hint=2,
    ),
)

_BY_ID = {action.id: action for action in ACTIONS}


def action(action_id: str) -> Action:
    """The action of that id; KeyError if there is none (a bug)."""
    return _BY_ID[action_id]


def actions_on(where: Where, *, read_only: bool = False) -> tuple[Action, ...]:
    """The actions of one screen, in order of declaration; without those that change, in read-only mode."""
    return tuple(a for a in ACTIONS if a.where & where and not (read_only and a.changes))
