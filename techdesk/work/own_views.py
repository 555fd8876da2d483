"""The views of a profile: those that are there from the start, and the user's own from the settings file."""

from __future__ import annotations

from collections.abc import Sequence

from techdesk.config.problems import Problem, near
from techdesk.config.views import ViewSettings
from techdesk.query.parse import parse
from techdesk.query.tree import QueryError
from techdesk.query.views import ORDER_NAMES, VIEWS, View


def views_with(own: Sequence[ViewSettings], file: str) -> tuple[tuple[View, ...], tuple[Problem, ...]]:
    """All views in their places, and what is wrong with the user's own.

    One that has the name of a built-in one takes its place; one with a key goes to that place; the others
    stand at the end.
    """
    views = {view.id: view for view in VIEWS}
    problems: list[Problem] = []
    for settings in own:
        wrong = _problem(settings, file)
        if wrong is not None:
            problems.append(wrong)
            continue
        views[settings.name] = view_of(settings)
    wanted = {settings.key: settings.name for settings in own if settings.key and settings.name in views}
    placed = [view for name, view in views.items() if name not in wanted.values()]
    for key in sorted(wanted):
        placed.insert(key - 1, views[wanted[key]])
    return tuple(placed), tuple(problems)


def view_of(settings: ViewSettings) -> View:
    """The view that a section describes."""
    title = settings.title.strip() or settings.name
    return View(
        id=settings.name,
        title=title,
        limit=settings.limit,
        order=settings.order,
        hint=f"No ticket is in {title} now.",
    )


def _problem(settings: ViewSettings, file: str) -> Problem | None:
    query = parse(settings.limit)
    if isinstance(query, QueryError):
        before, after = settings.limit[: query.position], settings.limit[query.position :]
        allowed = f"Allowed there: {', '.join(query.allowed[:8])}." if query.allowed else "docs/limits.md."
        return Problem(
            file=file,
            line=settings.limit_line,
            what=f"view '{settings.name}': {query.message}, at {before}>>>{after}",
            remedy=allowed,
        )
    if settings.order.removeprefix("-") not in ORDER_NAMES:
        return Problem(
            file=file,
            line=settings.order_line,
            what=f"view '{settings.name}': there is no order '{settings.order}'",
            remedy=f"{near(settings.order.removeprefix('-'), ORDER_NAMES)}Allowed: {', '.join(ORDER_NAMES)};"
            " with - before it the other way round.",
        )
    return None
