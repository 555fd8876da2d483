"""When a draft has done its service.

A text that was given to be sent stays a draft until its operation is in the database: a refusal, a full disk
or the end of the power between the two must not cost it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.app import App

from techdesk.model import Direction, Draft, OperationKind

if TYPE_CHECKING:
    from techdesk.actions.workbench import Workbench

SETTLED = 0.5
"""Seconds after which an operation is in the database, or will not be."""


def was_queued(workbench: Workbench, draft: Draft) -> bool:
    """Whether an operation, or a message that one became, has just this text, and is not older."""
    text = draft.body.strip()
    reader = workbench.reader
    if any(
        operation.text.strip() == text and operation.created >= draft.updated
        for operation in reader.operations(ticket=draft.ticket, open_only=False)
    ):
        return True
    if draft.ticket is None:
        return False
    return any(
        entry.direction is Direction.OUTBOUND and entry.at >= draft.updated and entry.body.strip() == text
        for entry in reader.conversation(draft.ticket, count=20)
    )


def forget_when_queued(app: App[Any], workbench: Workbench, ticket: int | None, kind: OperationKind) -> None:
    """Drop the draft of what was given to be sent, once it is queued; the next composer looks again."""

    def look() -> None:
        draft = workbench.reader.draft(ticket, kind)
        if draft is not None and was_queued(workbench, draft):
            workbench.writer.drop_draft(ticket, kind)

    app.set_timer(SETTLED, look, name="forget draft")
