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
    CONFLICTS = auto()
    BULK = auto()
    RUN = auto()
    TICKET_LISTS = QUEUE | SLA
    LISTS = QUEUE | SLA | OUTBOX | CONFLICTS
    TICKETS = QUEUE | TICKET | SLA
    MAIN = QUEUE | TICKET | SLA | OUTBOX | CONFLICTS
    ALL = MAIN | BULK | RUN


class Tier(IntEnum):
    """How an action is confirmed (UX section 7.2)."""

    NONE = 0
    """At once: it has undo."""
    CONFIRM = 1
    """Yes or no, naming the ticket."""
    PREVIEW = 2
    TYPED = 3


class Action(Struct, frozen=True):
    """One thing that a technician can do."""

    id: str
    title: str
    """As in the palette: ``Take the ticket``."""
    short: str
    """One or two words for the hint bar."""
    group: str
    keys: tuple[str, ...]
    """As typed: ``a``, ``ctrl+q``; ``g q`` is one key after another."""
    where: Where
    help: str
    """A sentence for the help screen."""
    tier: Tier = Tier.NONE
    changes: bool = False
    """Whether it changes something at the desk: left out in read-only mode."""
    hint: int = 0
    """Rank in the hint bar, 1 first; 0 is not shown there."""
    verb: str = ""
    """The command line's word for it."""


_MOVE = "Move"
_LOOK = "Look"
_MARK = "Mark"
_GO = "Go to"
_CHANGE = "Change a ticket"
_WRITE = "Write"
_APP = "techdesk"
_OUTBOX = "Outbox"
_CONFLICTS = "Conflicts"
_COMPOSER = "Composer"
_BULK = "Many tickets at once"

# fmt: off
ACTIONS: tuple[Action, ...] = (
    # Move
    Action("list.down", "Next line", "down", _MOVE, ("j", "down"), Where.ALL,
           "Move down one line, or scroll down."),
    Action("list.up", "Previous line", "up", _MOVE, ("k", "up"), Where.ALL,
           "Move up one line, or scroll up."),
    Action("list.page_down", "Page down", "page", _MOVE, ("pagedown", "ctrl+d"), Where.ALL,
           "Move down one page."),
    Action("list.page_up", "Page up", "page", _MOVE, ("pageup", "ctrl+u"), Where.ALL,
           "Move up one page."),
    Action("list.top", "First line", "top", _MOVE, ("g g", "home"), Where.ALL,
           "Go to the first line."),
    Action("list.bottom", "Last line", "end", _MOVE, ("G", "end"), Where.ALL,
           "Go to the last line."),
    Action("list.next_unread", "Next unread ticket", "unread", _MOVE, ("tab",), Where.QUEUE | Where.TICKET,
           "Go to the next ticket with a message that you have not seen."),
    Action("list.previous_unread", "Previous unread ticket", "unread", _MOVE, ("shift+tab",),
           Where.QUEUE | Where.TICKET,
           "Go to the previous ticket with a message that you have not seen."),
    Action("list.urgent", "Most urgent ticket", "urgent", _MOVE, ("!",), Where.MAIN,
           "Go to the ticket whose deadline is nearest."),
    Action("ticket.next", "Next ticket", "next", _MOVE, ("J",), Where.TICKET,
           "Open the next ticket of the list."),
    Action("ticket.previous", "Previous ticket", "previous", _MOVE, ("K",), Where.TICKET,
           "Open the previous ticket of the list."),
    # Look
    Action("list.open", "Open the ticket", "open", _LOOK, ("enter", "o"), Where.LISTS | Where.RUN,
           "Open the ticket under the cursor.", hint=1),
    Action("list.limit", "Limit the list", "limit", _LOOK, ("l",), Where.QUEUE,
           "Show only what matches: words, or terms such as prio:1 owner:me sla:<30m.", hint=9),
    Action("list.clear", "Clear the limit", "clear", _LOOK, ("L",), Where.QUEUE,
           "Show the whole view again."),
    Action("list.sort", "Sort by another column", "sort", _LOOK, (",",), Where.QUEUE,
           "Sort by any column: its letter sorts the usual way, its capital the other way round."),
    Action("list.find", "Find a word", "find", _LOOK, ("/",), Where.QUEUE | Where.TICKET,
           "In a list: go to the next line with these words, or fetch a ticket by its number from the "
           "desk. In a ticket: the next message with them.", hint=10),
    Action("list.find_next", "Next match", "next", _LOOK, ("n",), Where.QUEUE | Where.TICKET,
           "Next match of the last find; with none, the next message of a ticket."),
    Action("list.find_previous", "Previous match", "previous", _LOOK, ("N",), Where.QUEUE | Where.TICKET,
           "Previous match of the last find; with none, the previous message of a ticket."),
    Action("view.next", "Next saved view", "view", _LOOK, ("J",), Where.QUEUE,
           "Show the next saved view."),
    Action("view.previous", "Previous saved view", "view", _LOOK, ("K",), Where.QUEUE,
           "Show the previous saved view."),
    Action("view.choose", "Choose a saved view", "view", _LOOK, ("1", "2", "3", "4", "5", "6", "7", "8", "9"),
           Where.QUEUE,
           "Show saved view 1 to 9."),
    Action("list.preview", "Show or hide the preview", "preview", _LOOK, ("z",), Where.QUEUE,
           "The ticket under the cursor beside the list: its head and its last messages."),
    Action("preview.down", "Scroll the preview down", "preview", _LOOK, (">",), Where.QUEUE,
           "Half a page further down in the preview."),
    Action("preview.up", "Scroll the preview up", "preview", _LOOK, ("<",), Where.QUEUE,
           "Half a page back up in the preview."),
    Action("view.save", "Save this limit as a view", "save view", _LOOK, ("V",), Where.QUEUE,
           "Keep what the list shows now as a view of your own, in the settings file."),
    Action("ticket.quotes", "Show or fold quoted text", "quotes", _LOOK, ("z",), Where.TICKET,
           "Show every quoted passage of the conversation in full, or fold the long ones again."),
    Action("ticket.history", "Show or hide the log", "history", _LOOK, ("h",), Where.TICKET,
           "Put every change of the ticket's fields between its messages, or take them out again."),
    Action("ticket.explain", "How the deadlines came about", "explain", _LOOK, ("D",), Where.TICKETS,
           "Show what moved each deadline (hours, holidays, pauses, regrading), and the policy's readings.",
           verb="explain"),
    Action("ticket.reveal", "Show what is hidden, for a moment", "reveal", _LOOK, ("X",), Where.TICKET,
           "Passwords and other secrets of the conversation are dots; show them for ten seconds.",
           verb="show"),
    Action("ticket.attachments", "Save an attachment", "files", _LOOK, ("v",), Where.TICKET,
           "Choose one of the ticket's files; it is fetched, and saved where you say; never opened.",
           verb="attachments"),
    Action("ticket.copy", "Copy the number", "copy", _LOOK, ("y",), Where.TICKETS,
           "Send the ticket's number to the terminal's clipboard, and show it.", verb="show"),
    # Mark
    Action("marks.next", "Mark the ticket, and go down", "mark", _MARK, ("space",), Where.TICKET_LISTS,
           "Mark the ticket under the cursor, or take its mark off, and go down one line. "
           "What changes tickets goes to the marked ones."),
    Action("marks.toggle", "Mark the ticket", "mark", _MARK, ("x", "t"), Where.TICKET_LISTS,
           "Mark the ticket under the cursor, or take its mark off."),
    Action("marks.range", "Mark a range", "range", _MARK, ("v",), Where.TICKET_LISTS,
           "Begin a range: moving marks what lies between. The same key ends it."),
    Action("marks.extend_down", "Mark, and extend downwards", "extend", _MARK, ("shift+down",),
           Where.TICKET_LISTS,
           "Mark from here to the next line, and on."),
    Action("marks.extend_up", "Mark, and extend upwards", "extend", _MARK, ("shift+up",), Where.TICKET_LISTS,
           "Mark from here to the line above, and on."),
    Action("marks.matching", "Mark what matches", "mark", _MARK, ("T",), Where.QUEUE,
           "Type a limit: what it fits in this list is marked."),
    Action("marks.not_matching", "Unmark what matches", "unmark", _MARK, ("ctrl+t",), Where.QUEUE,
           "Type a limit: what it fits in this list is no longer marked."),
    Action("marks.all", "Mark all of this list", "all", _MARK, ("* a",), Where.TICKET_LISTS,
           "Mark every ticket that the view and the limit show."),
    Action("marks.none", "Unmark everything", "none", _MARK, ("* n",), Where.TICKET_LISTS,
           "Take the marks off, hidden ones included; undo right after brings them back."),
    Action("marks.invert", "Invert the marks of this list", "invert", _MARK, ("* i",), Where.TICKET_LISTS,
           "Mark what is not marked in this list, and the other way round."),
    Action("marks.stale", "Mark what was left lying", "stale", _MARK, ("* s",), Where.TICKET_LISTS,
           "Mark what has waited, been held or been resolved for days, also where the view hides it. "
           "Which of it may be closed is for the preview."),
    Action("marks.breached", "Mark what is breached", "breached", _MARK, ("* b",), Where.TICKET_LISTS,
           "Mark the tickets of this list whose deadline is over."),
    Action("marks.unread", "Mark what is unread", "unread", _MARK, ("* u",), Where.TICKET_LISTS,
           "Mark the tickets of this list with a message that you have not seen."),
    Action("marks.organisation", "Mark the same organisation", "organisation", _MARK, ("* o",),
           Where.TICKET_LISTS,
           "Mark the tickets of this list that are of the same organisation as this one."),
    Action("marks.requester", "Mark the same requester", "requester", _MARK, ("* r",), Where.TICKET_LISTS,
           "Mark the tickets of this list that the same person opened."),
    Action("marks.apply", "Act on the marked tickets", "to the marks", _MARK, (";",), Where.TICKET_LISTS,
           "As in mutt, before a key: it goes to the marked tickets. It does so without it, too."),
    # Go to
    Action("go.queue", "Queue", "queue", _GO, ("g q",), Where.ALL,
           "Go to the queue."),
    Action("go.sla", "SLA countdowns", "SLA", _GO, ("W", "g w"), Where.MAIN,
           "Go to the countdowns, most urgent first.", hint=11),
    Action("go.outbox", "Outbox", "outbox", _GO, ("U", "g o"), Where.MAIN | Where.RUN,
           "Go to what waits to be sent, and what the desk refused."),
    Action("go.conflicts", "Conflicts", "conflicts", _GO, ("g c",), Where.MAIN | Where.RUN,
           "Go to what waits for your decision: what you wanted beside what the desk holds now.",
           verb="conflicts"),
    Action("go.report", "Objectives of the day", "report", _GO, ("g r",), Where.MAIN,
           "Show which objectives were missed, which will be today and tomorrow, and who owns them.",
           verb="report"),
    Action("play.toggle", "Play: the next best ticket", "play", _GO, ("P",), Where.QUEUE | Where.TICKET,
           "Open the ticket that most needs you, and the next when that is done; on it, stop playing.",
           verb="next"),
    Action("play.skip", "Skip the ticket that is played", "skip", _GO, ("S",), Where.QUEUE | Where.TICKET,
           "Go on to the next best ticket; the reason goes into the journal."),
    # Change a ticket
    Action("ticket.take", "Take the ticket", "take", _CHANGE, ("a",), Where.TICKETS,
           "Make yourself the owner.", changes=True, hint=2, verb="take"),
    Action("ticket.assign", "Assign the ticket", "assign", _CHANGE, ("A",), Where.TICKETS,
           "Give the ticket to somebody else, or to nobody.", changes=True, verb="assign"),
    Action("ticket.priority", "Set the priority", "priority", _CHANGE, ("p",), Where.TICKETS,
           "Choose a priority; p 1 is the most urgent.", changes=True, hint=3, verb="priority"),
    Action("ticket.raise", "Raise the priority", "raise", _CHANGE, ("+",), Where.TICKETS,
           "One step more urgent.", changes=True),
    Action("ticket.lower", "Lower the priority", "lower", _CHANGE, ("-",), Where.TICKETS,
           "One step less urgent.", changes=True),
    Action("ticket.status", "Set the status", "status", _CHANGE, ("s",), Where.TICKETS,
           "Open, waiting for the customer, on hold, with a vendor.", changes=True, verb="status"),
    Action("ticket.queue", "Move to another queue", "queue", _CHANGE, ("Q",), Where.TICKETS,
           "Choose the queue: the one that it is in first, each with its open tickets.",
           changes=True, verb="queue"),
    Action("ticket.tag", "Put tags on, or take them off", "tags", _CHANGE, ("#",), Where.TICKETS,
           "Choose a tag: one that is on the ticket is taken off. Or type: vpn, -printer.",
           changes=True, verb="tag"),
    Action("ticket.time", "Log working time", "time", _CHANGE, ("w",), Where.TICKETS,
           "Minutes, and what for: 25, 1h30, 25 called Kim. It is added to what others logged.",
           changes=True, verb="time"),
    Action("ticket.snooze", "Snooze until an hour", "snooze", _CHANGE, ("Z",), Where.TICKETS,
           "Put it out of the working views until an hour or the customer writes; on hold, where it was open"
           " and that stops no clock.", changes=True, verb="snooze"),
    Action("ticket.watch", "Watchers: who gets copies", "watchers", _CHANGE, ("F",), Where.TICKETS,
           "Put people on copy, or yourself; whoever is chosen again is taken off.",
           changes=True, verb="watch"),
    Action("ticket.link", "Link to another ticket", "link", _CHANGE, ("& l",), Where.TICKETS,
           "Say what it depends on, refers to, or is a part of.", changes=True, verb="link"),
    Action("ticket.unlink", "Take a link off", "unlink", _CHANGE, ("& u",), Where.TICKETS,
           "Choose one of its links; the other ticket loses it too.", changes=True, verb="unlink"),
    Action("ticket.merge", "Merge into another ticket", "merge", _CHANGE, ("& m",), Where.TICKETS,
           "Its conversation moves there, and this ticket is no more. Once sent, nothing brings it back.",
           tier=Tier.CONFIRM, changes=True, verb="merge"),
    Action("ticket.macro", "Apply a macro", "macro", _CHANGE, ("@",), Where.TICKETS,
           "Choose a macro of your settings. It shows what it would change, and asks.",
           changes=True, verb="macro"),
    Action("ticket.resolve", "Resolve and tell the customer", "resolve", _CHANGE, ("R",), Where.TICKETS,
           "Write the notice that it is resolved; sending it resolves the ticket.",
           changes=True, hint=6, verb="resolve"),
    Action("ticket.close", "Close the ticket", "close", _CHANGE, ("C",), Where.TICKETS,
           "Close with one of the reasons that the policy knows.",
           tier=Tier.CONFIRM, changes=True, hint=7, verb="close"),
    Action("ticket.reopen", "Reopen the ticket", "reopen", _CHANGE, ("O",), Where.TICKETS,
           "Open a resolved or closed ticket again; where the policy forbids it, a new ticket that names it.",
           tier=Tier.CONFIRM, changes=True, verb="reopen"),
    Action("app.undo", "Undo", "undo", _CHANGE, ("u",), Where.MAIN | Where.RUN,
           "Take back your last change; of one that has been sent, send the opposite (it asks).", hint=8),
    # Write
    Action("ticket.reply", "Reply to the customer", "reply", _WRITE, ("r",), Where.TICKETS,
           "Write to the customer. Escape, then y, sends; the draft is kept until then.",
           changes=True, hint=4, verb="reply"),
    Action("ticket.comment", "Write an internal note", "note", _WRITE, ("c",), Where.TICKETS,
           "Write a note that the customer never sees.", changes=True, hint=5, verb="comment"),
    Action("ticket.new", "Open a new ticket", "new", _WRITE, ("i",), Where.MAIN,
           "Open a ticket, for instance for somebody on the phone; also without a network.",
           changes=True, verb="new"),
    # Pass on and note
    Action("ticket.escalate", "Escalate or hand over", "escalate", _CHANGE, ("e",), Where.TICKETS,
           "Everywhere a ticket can go: the next step of the policy's escalation path, its dedicated team, "
           "another support level.",
           changes=True, verb="escalate"),
    Action("ticket.hand_off", "Hand over to another support level", "hand over", _CHANGE, ("E",),
           Where.TICKETS,
           "Give the ticket to the next support level, where its checklist is done.",
           changes=True, verb="handoff"),
    Action("ticket.call", "Log a call", "call", _WRITE, ("b",), Where.TICKETS,
           "Write down a telephone call: who called, and what was said.", changes=True, verb="call"),
    Action("ticket.record", "Note a fact", "fact", _WRITE, ("f",), Where.QUEUE | Where.TICKET,
           "Write down what the rules ask for: a call, an absence, a review, a checklist, a try to reach "
           "somebody.",
           changes=True, verb="record"),
    # Outbox
    Action("outbox.retry", "Try again", "try again", _OUTBOX, ("t",), Where.OUTBOX,
           "Send the operation again, also one that the desk refused; a conflict is shown first.",
           changes=True, hint=2),
    Action("outbox.drop", "Drop", "drop", _OUTBOX, ("d",), Where.OUTBOX,
           "Give the operation up; the ticket keeps the desk's value.",
           tier=Tier.CONFIRM, changes=True, hint=3),
    Action("outbox.edit", "Edit", "edit", _OUTBOX, ("e",), Where.OUTBOX,
           "Write the text anew, choose another value, fill the new ticket's form in again.",
           changes=True, hint=4),
    # Conflicts
    Action("conflict.mine", "Keep mine", "keep mine", _CONFLICTS, ("m", "t"), Where.CONFLICTS,
           "Send it again over what the desk holds now; a close asks the policy's rules anew.",
           changes=True, hint=2, verb="settle"),
    Action("conflict.theirs", "Take theirs", "take theirs", _CONFLICTS, ("d",), Where.CONFLICTS,
           "Give mine up: the desk's value stays, a ticket stays open, a text becomes a draft again.",
           changes=True, hint=3, verb="settle"),
    Action("conflict.edit", "Edit", "edit", _CONFLICTS, ("e",), Where.CONFLICTS,
           "Write the text anew, choose another value, or decide field by field where several met a change.",
           changes=True, hint=4),
    Action("conflict.reopen", "Reopen the ticket", "reopen", _CONFLICTS, ("O",), Where.CONFLICTS,
           "Of a close that met the customer's message at the desk: open the ticket again.",
           tier=Tier.CONFIRM, changes=True),
    Action("conflict.move", "Carry it over to the other ticket", "carry over", _CONFLICTS, ("v",),
           Where.CONFLICTS,
           "Of a merged ticket: do it to the ticket that it was merged into.", changes=True, verb="settle"),
    Action("conflict.save", "Save the text in a file", "save text", _CONFLICTS, ("s",), Where.CONFLICTS,
           "Of a deleted ticket: write the text to a file of its own, then drop it here.",
           changes=True, verb="settle"),
    # Many tickets at once
    Action("go.bulk", "Bulk run", "bulk run", _GO, ("g b",), Where.MAIN,
           "Go to the newest change of many tickets: how far it has come, what was not done.", verb="bulk"),
    Action("bulk.go", "Do it", "do it", _BULK, ("y",), Where.BULK,
           "Change the tickets of the first groups; for many, the number is typed.",
           changes=True, hint=1, verb="apply"),
    Action("bulk.open", "Look into the group", "look", _BULK, ("enter", "o"), Where.BULK,
           "Show the tickets of the group under the cursor.", hint=2),
    Action("bulk.exclude", "Leave out, or take in again", "leave out", _BULK, ("x", "space"), Where.BULK,
           "Leave out the ticket or the group under the cursor; once more takes it in again.", hint=3),
    Action("bulk.tell", "What the customers hear", "customers", _BULK, ("r",), Where.BULK,
           "Tell the customers in the standing words, in your own, or not at all.", hint=4),
    Action("bulk.reason", "The reason", "reason", _BULK, ("w",), Where.BULK,
           "Close all of them for one reason, instead of the one that each log proves.", hint=5),
    Action("bulk.canary", "A few first", "few first", _BULK, ("f",), Where.BULK,
           "Do five first, look at the answers, then decide about the others.", hint=6),
    Action("bulk.save", "Save the plan", "save", _BULK, ("e",), Where.BULK,
           "Write the plan into a file for 'techdesk apply'.", hint=7, verb="plan"),
    Action("run.halt", "Halt the run", "halt", _BULK, ("escape",), Where.RUN,
           "Stop after what is in flight and give the rest back as marks; after the end, leave.", hint=1),
    Action("run.go_on", "Send the others", "go on", _BULK, ("y",), Where.RUN,
           "After the first few: send the rest.", changes=True, hint=2),
    Action("run.save", "Save a report", "report", _BULK, ("e",), Where.RUN,
           "Write what became of each ticket into two files, CSV and JSON.", hint=3),
    # techdesk
    Action("app.sync", "Sync now", "sync", _APP, ("$", "f5"), Where.MAIN,
           "Send and fetch now, without waiting.", verb="sync"),
    Action("app.palette", "Every command by name", "commands", _APP, (":", "ctrl+p"), Where.ALL,
           "Type a few letters of what you want to do.", hint=12),
    Action("app.help", "Help", "help", _APP, ("?", "f1"), Where.ALL,
           "All keys of this screen; / finds a key or a word there.", hint=13),
    Action("app.redraw", "Draw the screen again", "redraw", _APP, ("ctrl+l",), Where.ALL,
           "Paint everything anew, when something else wrote on the terminal."),
    Action("app.back", "Back", "back", _APP, ("escape", "backspace"), Where.MAIN | Where.BULK,
           "Leave this screen; at the queue, clear the limit."),
    Action("app.leave", "Back, or quit at the queue", "quit", _APP, ("q",), Where.ALL,
           "Leave this screen; at the queue, end techdesk. It asks first where work is unsent or a review is"
           " owed.", hint=14),
    Action("app.quit", "Quit", "quit", _APP, ("ctrl+q",), Where.ALL,
           "End techdesk; unsent work stays and is sent next time."),
    # Composer
    Action("composer.finish", "Finish writing", "send…", _COMPOSER, ("escape", "ctrl+s"), Where.COMPOSER,
           "Show what can be done with it: send, keep, discard.", hint=1),
    Action("composer.canned", "Put in a canned reply", "canned", _COMPOSER, ("ctrl+t",), Where.COMPOSER,
           "Choose a text of your settings or of the ticket's policy; it goes in at the cursor, with names "
           "and numbers filled in.",
           hint=3, verb="reply"),
    Action("composer.editor", "Write in $EDITOR", "editor", _COMPOSER, ("ctrl+g",), Where.COMPOSER,
           "Write in your own editor; what is saved there comes back here.", hint=2),
)
# fmt: on

_BY_ID = {action.id: action for action in ACTIONS}


def action(action_id: str) -> Action:
    """The action of that id; KeyError if there is none (a bug)."""
    return _BY_ID[action_id]


def actions_on(where: Where, *, read_only: bool = False) -> tuple[Action, ...]:
    """The actions of one screen, in order of declaration; without those that change, in read-only mode."""
    return tuple(a for a in ACTIONS if a.where & where and not (read_only and a.changes))
