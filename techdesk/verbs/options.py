"""Options that every verb takes, before or after its name."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeVar

import click

from techdesk.verbs.choices import Choices

Function = TypeVar("Function", bound=Callable[..., Any])


def choices() -> Choices:
    """Those of the running command."""
    return click.get_current_context().find_root().ensure_object(Choices)


def _keep(context: click.Context, parameter: click.Parameter, value: Any) -> None:
    if value and parameter.name:
        setattr(context.find_root().ensure_object(Choices), parameter.name, value)


def seconds(value: str | float) -> float:
    """A time to wait, as click's ``type``: a number from 0 to a day. ``nan`` and ``inf`` are no time."""
    try:
        given = float(value)
    except ValueError:
        given = math.nan
    if not 0 <= given <= 86_400:
        raise click.BadParameter(f"'{value}' is no number of seconds from 0 to 86400.")
    return given


_COMMON = (
    click.option(
        "--profile", metavar="NAME", expose_value=False, callback=_keep, help="Which connection to use."
    ),
    click.option(
        "--offline",
        is_flag=True,
        expose_value=False,
        callback=_keep,
        help="Never touch the network; changes wait in the outbox.",
    ),
    click.option(
        "--read-only", is_flag=True, expose_value=False, callback=_keep, help="Refuse every change."
    ),
)


def common(function: Function) -> Function:
    """Give a command the options that every verb takes."""
    for option in reversed(_COMMON):
        function = option(function)
    return function
