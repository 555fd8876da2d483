"""Keeping what a list shows as a view of one's own, in the settings file."""

from __future__ import annotations

import re

from techdesk.config.edit import add_view
from techdesk.config.settings import Settings
from techdesk.config.views import VIEW_NAME, ViewSettings
from techdesk.query.views import View
from techdesk.screens.pick import Choice, Pick
from techdesk.text import safe_text
from techdesk.work.own_views import view_of


def name_of(title: str) -> str:
    """The name of the section for a title: ``Acme, late`` is ``acme-late``; empty where nothing is left."""
    return re.sub(r"[^a-z0-9_]+", "-", title.lower()).strip("-")[:40].strip("-")


def together(*limits: str) -> str:
    """Limits that all hold, as one text."""
    given = [limit.strip() for limit in limits if limit.strip()]
    return " ".join(f"({limit})" if " OR " in limit and len(given) > 1 else limit for limit in given)


def ask_name(limit: str, taken: frozenset[str]) -> Pick:
    """A dialog for the name of a view; it answers with the name, or None."""

    def offer(typed: str) -> Choice | None:
        name = name_of(typed)
        if not VIEW_NAME.fullmatch(name):
            return None
        there = "There is a view of that name; choose another." if name in taken else ""
        return Choice(id=typed, label=f"Save as {typed}", detail=limit, disabled_reason=there)

    return Pick(
        "A name for this view",
        (),
        offer=offer,
        placeholder="a name, for instance: Acme, late",
        nothing="A name has Latin letters or digits.",
    )


def keep_view(title: str, limit: str, order: str) -> View | str:
    """Write a view to the settings file; the view, or why it was not written, in words."""
    settings = ViewSettings(name=name_of(title), title=safe_text(title), limit=limit, order=order)
    try:
        written = add_view(settings)
    except OSError as error:
        return f"The settings file could not be written: {error.strerror or error}. The limit is as it was."
    if not isinstance(written, Settings):
        return f"Not saved: {written[0].words}"
    return view_of(settings)
