"""The preview pane: what it shows, where it stands, what it remembers; closed it costs nothing."""

from __future__ import annotations

import re

import msgspec

from techdesk.model import Direction, Visibility
from techdesk.rules.records import SNOOZE, Record, encode
from techdesk.screens.queue import QueueScreen
from techdesk.store.rows import TicketView
from techdesk.text import safe_text
from techdesk.widgets.preview import Preview
from tests.screens.conftest import settled
from tests.screens.desk_fixture import screen_text
from tests.screens.seeded import NOW, Desk, message, page, ticket
from tests.screens.test_queue import an_app, number_at_cursor, queue_of, said


async def test_it_shows_the_ticket_under_the_cursor_and_follows_it(desk: Desk) -> None:
    app = an_app(desk)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        queue = queue_of(app)
        asked: list[str] = []
        submit = app.reading.submit

        def counting(group: str, *rest: object, **how: bool) -> None:
            asked.append(group)
            submit(group, *rest, **how)

        app.reading.submit = counting
        await pilot.press("j", ">")
        assert "preview" not in asked
        assert said(app).startswith("The preview is closed; z opens it")
        await pilot.press("z")
        await settled(pilot)
        pane = queue.query_one(Preview)
        assert pane.has_class("-below")
        assert pane.key == queue.table.cursor_key
        text = screen_text(app)
        assert f" {number_at_cursor(app)}  " in text
        before = number_at_cursor(app)
        await pilot.press("j")
        await settled(pilot)
        assert number_at_cursor(app) != before
        assert f" {number_at_cursor(app)}  " in screen_text(app).split("▔")[-1]
        # The cursor stays in sight above the pane.
        await pilot.press("G")
        await settled(pilot)
        rows = screen_text(app).splitlines()
        assert any(number_at_cursor(app) in line and line.startswith("▌") for line in rows)
        await pilot.press("z")
        await settled(pilot)
        assert not queue.query(Preview)
        assert queue.table.styles.margin.bottom == 0


async def test_it_stands_at_the_right_of_a_wide_screen_and_is_there_again_after_a_restart(desk: Desk) -> None:
    app = an_app(desk)
    async with app.run_test(size=(130, 30)) as pilot:
        await settled(pilot)
        await pilot.press("z")
        await settled(pilot)
        await desk_written(app)
    app = an_app(desk)
    async with app.run_test(size=(130, 30)) as pilot:
        await settled(pilot)
        await pilot.pause()
        await settled(pilot)
        queue = queue_of(app)
        pane = queue.query_one(Preview)
        assert pane.has_class("-right")
        assert queue.table.region.right <= pane.region.x
        await pilot.resize_terminal(80, 24)
        await settled(pilot)
        assert pane.has_class("-below")
        assert queue.table.region.bottom <= pane.region.y
        assert queue.table.region.width == 80


async def desk_written(app: object) -> None:
    """Wait for what is remembered to be on the disk."""
    import asyncio

    writer = app.workbench.writer
    await asyncio.wrap_future(writer.remember("nothing", ""))


async def test_hostile_text_stays_text(desk: Desk) -> None:
    app = an_app(desk)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("z")
        await settled(pilot)
        queue = queue_of(app)
        assert isinstance(queue, QueueScreen)
        key = queue.table.cursor_key
        assert key is not None
        view = desk.workbench.reader.ticket(key)
        assert isinstance(view, TicketView)
        subject = safe_text("[red]x[/red] [@click=app.quit]y[/] [/foo] \x1b[2J")
        row = msgspec.structs.replace(view.row, subject=subject)
        queue.query_one(Preview).show(msgspec.structs.replace(view, row=row), (), queue.desk.now)
        await pilot.pause()
        assert "[red]x[/red] [@click=app.quit]y[/] [/foo]" in screen_text(app)
        assert "No message has come or gone yet." in screen_text(app)


async def test_a_record_that_techdesks_share_is_told_without_its_line_for_machines(desk: Desk) -> None:
    record = Record(id="r1", kind=SNOOZE, at=NOW, by="u1", fields={"until": "1", "when": "monday"})
    note = msgspec.structs.replace(
        message(900, of=1, at=NOW),
        direction=Direction.OUTBOUND,
        visibility=Visibility.INTERNAL,
        body=encode(record, "Snoozed until monday"),
    )
    reply = msgspec.structs.replace(
        message(901, of=1, at=NOW - 60), direction=Direction.OUTBOUND, body="We look."
    )
    written = [note, reply, message(902, of=1, at=NOW - 120)]
    desk.feed.apply(page(ticket(1, due_in=60), messages=written, cursor="2"), now=NOW)
    app = an_app(desk)
    async with app.run_test(size=(130, 30)) as pilot:
        await settled(pilot)
        await pilot.press("z")
        await settled(pilot)
        queue = queue_of(app)
        queue.table.move_to_key(desk.key(1))
        await settled(pilot)
        assert "Snoozed until monday" in screen_text(app)
        assert "techdesk-record" not in screen_text(app)
        # Who wrote is told by the signs of the conversation: > is the customer there, < is us.
        signs = re.findall(r"([#<>~]) .*  .*(internal note|reply|customer)", screen_text(app))
        assert signs == [("#", "internal note"), ("<", "reply"), (">", "customer")]
