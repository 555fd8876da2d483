"""Policies and histories for tests, in a few words."""

from __future__ import annotations

from techdesk.model import Channel, Direction, Status, Visibility
from techdesk.sla.calendar import Calendar
from techdesk.sla.evaluate import evaluate
from techdesk.sla.evaluation import Evaluation, Metric, TargetState, Verdict
from techdesk.sla.history import Change, History, MessageFact
from techdesk.sla.policy import Policy
from techdesk.sla.policy_text import parse_policy

HEAD = """
schema = 1
name = "test"
title = "Test"
version = "1"
source = "a test"
[calendars.always]
zone = "Etc/UTC"
hours = "24x7"
[calendars.office]
zone = "Etc/UTC"
hours = { mon-fri = "09:00-17:00" }
[[priorities]]
level = 1
label = "P1"
title = "Critical"
[[priorities]]
level = 2
label = "P2"
title = "High"
"""


def policy(targets: str, top: str = "") -> Policy:
    """A policy with two priorities, and the calendars ``always`` and ``office`` (UTC, 09:00 to 17:00)."""
    return parse_policy(top + HEAD + targets, "test.toml")


def target(metric: str = "first_response", **fields: object) -> str:
    """One ``[[targets]]`` table; by default an hour around the clock. Values are TOML."""
    values: dict[str, object] = {
        "metric": f'"{metric}"',
        "name": f'"{metric}"',
        "source": '"1"',
        "kind": '"duration"',
        "amount": '"1h"',
        "calendar": '"always"',
    } | fields
    lines = "\n".join(f"{key} = {value}" for key, value in values.items() if value is not None)
    return f"\n[[targets]]\n{lines}\n"


def run(policy: Policy, history: History, now: int) -> Evaluation:
    """Evaluate with freshly compiled calendars."""
    return evaluate(policy, history, now, {name: Calendar(spec) for name, spec in policy.calendars.items()})


def one(evaluation: Evaluation, metric: Metric, verdict: Verdict | None = None) -> TargetState:
    """The only target of a metric (with a verdict)."""
    (state,) = [
        state
        for state in evaluation.targets
        if state.metric is metric and (verdict is None or state.verdict is verdict)
    ]
    return state


def reply(at: int, *, automatic: bool = False) -> MessageFact:
    """A public message by the desk."""
    return MessageFact(at=at, direction=Direction.OUTBOUND, visibility=Visibility.PUBLIC, automatic=automatic)


def note(at: int, channel: Channel = Channel.UNKNOWN) -> MessageFact:
    """An internal note; with the channel ``phone`` a logged call."""
    return MessageFact(at=at, direction=Direction.OUTBOUND, visibility=Visibility.INTERNAL, channel=channel)


def customer(at: int, *, automatic: bool = False) -> MessageFact:
    """A message by the customer."""
    return MessageFact(at=at, direction=Direction.INBOUND, visibility=Visibility.PUBLIC, automatic=automatic)


def status(at: int, old: Status, new: Status) -> Change:
    """A change of status."""
    return Change(at=at, field="status", old=old.value, new=new.value)


def priority(at: int, old: int | None, new: int | None) -> Change:
    """A change of priority."""
    return Change(
        at=at,
        field="priority",
        old=None if old is None else str(old),
        new=None if new is None else str(new),
    )
