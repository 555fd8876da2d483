"""Fields without a rule of a policy: tags, put on and taken off, never replaced."""

from __future__ import annotations

import pytest

from techdesk.actions.fielding import change_words, changed, tags_typed
from techdesk.desks.port import Capabilities, Guarantee
from tests.actions.conftest import Bench


@pytest.mark.parametrize(
    ("line", "added", "removed"),
    [
        ("vpn", ("vpn",), ()),
        ("site b", ("site b",), ()),
        ("vpn, site b, -printer", ("vpn", "site b"), ("printer",)),
        ("+vpn -printer #lab", ("vpn", "lab"), ("printer",)),
        ("  ", (), ()),
        ("-, +, #", (), ()),
        ("a\x1b[31mb", ("a�[31mb",), ()),
    ],
)
def test_what_is_typed_says_which_tags_go_on_and_off(
    line: str, added: tuple[str, ...], removed: tuple[str, ...]
) -> None:
    assert tags_typed(line) == (added, removed)


def test_a_list_is_changed_and_not_replaced() -> None:
    assert changed(["VPN", "lab"], ["vpn", "new"], ["LAB"]) == ["VPN", "new"]
    assert change_words("tags", ["VPN", "lab"], ["VPN", "new"]) == "tags +new -lab"


def test_tags_are_put_on_and_taken_off_with_what_was_there_as_base(bench: Bench) -> None:
    (first,) = bench.queued("ticket.tag", "TD-2", add=["vpn", "lab"])
    assert first.sets == {"tags": ["vpn", "lab"]}
    assert first.base == {"tags": []}
    (second,) = bench.queued("ticket.tag", "TD-2", add=["VPN"], remove=["Lab"])
    assert second.sets == {"tags": ["vpn"]}
    assert second.base == {"tags": ["vpn", "lab"]}
    row = bench.workbench.reader.row(bench.key("TD-2"))
    assert row is not None
    assert row.tags == ("vpn",)
    assert bench.workbench.reader.tags() == ["vpn"]


def test_a_tag_that_is_there_already_is_told_and_not_sent(bench: Bench) -> None:
    bench.queued("ticket.tag", "TD-2", add=["vpn"])
    assert bench.refused("ticket.tag", "TD-2", add=["vpn"]).rule == "generic.same"
    assert bench.refused("ticket.tag", "TD-2").rule == "generic.same"


def test_a_desk_without_tags_says_so(bench: Bench) -> None:
    bench.workbench.capabilities = Capabilities(
        guarantee=Guarantee.C, keys=False, precondition=True, tombstones=True, settable=("status", "owner")
    )
    refused = bench.refused("ticket.tag", "TD-2", add=["vpn"])
    assert refused.rule == "generic.field_unknown"
    assert "tags" in refused.why
