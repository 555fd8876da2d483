"""What stops sync is told with what is kept and what to do."""

from __future__ import annotations

import msgspec

from techdesk.desks.port import FailureKind
from techdesk.store.rows import SyncPhase, SyncState
from techdesk.work.sync_trouble import _REMEDIES, needs_a_person, sync_trouble

OTHER = SyncState(
    phase=SyncPhase.ERROR,
    error="This is another help desk than last time (this is Ravi at RT).",
    trouble="other_desk",
    account_name="Bea",
    server="https://desk.example",
)


def test_another_account_says_whose_the_cache_is_and_that_nothing_is_lost() -> None:
    words = sync_trouble(OTHER, 3)
    assert words.startswith("This is another help desk")
    assert "3 unsent changes wait here, nothing is lost" in words
    assert "belongs to Bea at https://desk.example" in words
    named = msgspec.structs.replace(OTHER, product="Office desk", server="09c23b22-0a07")
    assert "belongs to Bea at Office desk" in sync_trouble(named, 3)


def test_what_waiting_mends_is_a_badge_and_no_panel() -> None:
    offline = SyncState(phase=SyncPhase.OFFLINE, error="No network.", trouble="no_network")
    assert not needs_a_person(offline)
    assert sync_trouble(offline, 3) == ""


def test_every_remedy_is_of_a_failure_that_there_is() -> None:
    assert set(_REMEDIES) <= {kind.value for kind in FailureKind}


def test_a_full_disk_says_what_is_kept() -> None:
    full = SyncState(phase=SyncPhase.ERROR, error="The disk is full. Make room.", trouble="file:full")
    assert needs_a_person(full)
    assert sync_trouble(full, 1).startswith(
        "The disk is full. Make room. Nothing is sent or fetched; 1 unsent"
    )
