"""Reads the targets of a policy file."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from techdesk.model import Channel, Status
from techdesk.sla.calendar import CalendarSpec, DayMode
from techdesk.sla.evaluation import Metric
from techdesk.sla.policy import (
    DEFAULT_EVENTS,
    Match,
    OpenedWhen,
    StartEvent,
    StopEvent,
    Target,
    TargetKind,
    Thresholds,
)
from techdesk.sla.policy_table import Document, Table


def read_thresholds(table: Table, default: Thresholds) -> Thresholds:
    """When targets change their level, from a ``thresholds`` table."""
    thresholds = Thresholds(
        warning_share=table.integer("warning_share", default.warning_share, low=1, high=100),
        critical_share=table.integer("critical_share", default.critical_share, low=1, high=100),
        warning_left=table.seconds("warning_left", default.warning_left),
        warning_left_minimum=table.seconds("warning_left_minimum", default.warning_left_minimum),
    )
    table.done()
    if thresholds.critical_share < thresholds.warning_share:
        raise table.fail("critical_share", "comes before the warning", f"{thresholds.warning_share} to 100")
    return thresholds


def read_targets(
    table: Table,
    calendars: Mapping[str, CalendarSpec],
    levels: Mapping[str, set[int]],
    thresholds: Thresholds,
    calendar_readings: Mapping[str, tuple[str, ...]],
) -> tuple[Target, ...]:
    """One ``[[targets]]`` table, which is a target for each of the metrics that it names."""
    metrics = table.words("metric", Metric)
    if not metrics:
        raise table.fail("metric", "is missing", ", ".join(Metric))
    first = _read_target(table, metrics[0], calendars, levels, thresholds)
    readings = (*table.decided_by(), *table.texts("readings"), *calendar_readings.get(first.calendar, ()))
    table.done()
    first = replace(first, readings=tuple(dict.fromkeys(readings)))
    targets = [first]
    for metric in metrics[1:]:
        start, stop = DEFAULT_EVENTS[metric]
        targets.append(replace(first, metric=metric, start=start, stop=stop))
    return tuple(targets)


def _read_target(
    table: Table,
    metric: Metric,
    calendars: Mapping[str, CalendarSpec],
    levels: Mapping[str, set[int]],
    thresholds: Thresholds,
) -> Target:
    """The target of one metric. Which keys it may have depends on its kind."""
    kind = table.word("kind", TargetKind)
    start, stop = DEFAULT_EVENTS[metric]
    target = Target(
        metric=metric,
        name=table.text("name"),
        source=table.text("source"),
        kind=kind,
        match=_match(table.table("match"), calendars, levels),
        informational=table.flag("informational"),
        start=table.word("start", StartEvent, start),
        stop=table.word("stop", StopEvent, stop),
        notify=table.texts("notify"),
    )
    if target.start is StartEvent.CUSTOMER_MESSAGE and target.stop is not StopEvent.PUBLIC_REPLY:
        problem = "a clock that starts with a customer's message stops with a reply"
        raise table.fail("stop", problem, StopEvent.PUBLIC_REPLY.value)
    if kind in (TargetKind.IMMEDIATE, TargetKind.NONE):
        return replace(target, immediate=kind is TargetKind.IMMEDIATE)
    target = replace(
        target,
        calendar=calendar_name(table, "calendar", calendars),
        immediate=table.flag("immediate"),
        objective=table.flag("objective", True),
        pause_on=table.words("pause_on", Status),
        thresholds=read_thresholds(table.table("thresholds"), thresholds),
    )
    if kind is TargetKind.DURATION:
        target = replace(
            target,
            amount=table.seconds("amount"),
            soft_amount=table.seconds("soft_amount", 0),
            strict=table.flag("strict"),
            roll_to_open=calendar_name(table, "roll_to_open", calendars, required=False),
        )
        if target.amount == 0:
            raise table.fail("amount", "is zero", 'a span such as "1h", or kind = "immediate"')
        if target.soft_amount > target.amount:
            raise table.fail("soft_amount", "is over the amount", "a shorter span")
    elif kind is TargetKind.BUSINESS_DAYS:
        target = replace(
            target,
            days=table.integer("days", high=1000),
            soft_days=table.optional_integer("soft_days", high=1000),
            mode=table.word("mode", DayMode),
        )
        if target.soft_days is not None and target.soft_days > target.days:
            raise table.fail("soft_days", "are over the days", f"0 to {target.days}")
    else:
        target = replace(target, mode=DayMode.END_OF_DAY)
    return target


def _match(table: Table, calendars: Mapping[str, CalendarSpec], levels: Mapping[str, set[int]]) -> Match:
    match = Match(
        priority=table.integers("priority"),
        severity=table.integers("severity"),
        kind=table.texts("kind"),
        channel=table.words("channel", Channel),
        region=table.texts("region"),
        organisation=table.texts("organisation"),
        vip=table.optional_flag("vip"),
        graded=table.optional_flag("graded"),
        opened=table.optional_word("opened", OpenedWhen),
        opened_calendar=calendar_name(table, "opened_calendar", calendars, required=False),
    )
    for key, wanted in (("priority", match.priority), ("severity", match.severity)):
        for level in wanted:
            if level not in levels[key]:
                allowed = ", ".join(str(known) for known in sorted(levels[key]))
                raise table.fail(key, f"the policy has no {key} {level}", allowed)
    table.done()
    return match


def calendar_name(
    table: Table, key: str, calendars: Mapping[str, CalendarSpec], *, required: bool = True
) -> str:
    """The name of one of the policy's calendars; empty where the key is absent and not required."""
    name = table.text(key, None if required else "")
    if (name or required) and name not in calendars:
        raise table.fail(key, f"there is no calendar {name!r}", ", ".join(calendars))
    return name


def check_events(targets: tuple[Target, ...], document: Document) -> None:
    """One metric has one start and one stop: a regrade may change the number, not what is measured."""
    events: dict[Metric, tuple[StartEvent, StopEvent]] = {}
    for index, target in enumerate(targets):
        expected = events.setdefault(target.metric, (target.start, target.stop))
        if (target.start, target.stop) != expected:
            problem = f"{target.name!r} starts or stops unlike the other targets of {target.metric}"
            raise document.fail(("targets", index), problem, f"start {expected[0]}, stop {expected[1]}")
