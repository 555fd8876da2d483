"""What the cache's file does to verbs: words, nothing lost, and a way on."""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path

import pytest

from techdesk.store.connection import connect
from techdesk.sync.leader import Leadership
from techdesk.verbs.logbook import NAME, keep_log
from techdesk.verbs.speech import Exit
from tests.cli.conftest import Run, Served


@pytest.fixture
def cache(run: Run, connected: Served, folders: Path) -> Path:
    """The file of the profile, with a change in it that is not sent."""
    number = json.loads(run("list", "--json").stdout)[0]["number"]
    assert run("comment", number, "Not sent yet.", "--offline").exit_code == 0
    path = folders / "state" / "profiles" / "work" / "techdesk.db"
    connection = connect(path, writable=True)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    connection.close()
    return path


def test_a_newer_file_is_listed_and_nothing_is_changed(run: Run, cache: Path) -> None:
    connection = connect(cache, writable=True)
    connection.execute("PRAGMA user_version = 999")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    connection.close()
    listed = run("list", "--json")
    assert listed.exit_code == 0
    assert json.loads(listed.stdout)
    assert "newer techdesk" in listed.stderr
    number = json.loads(listed.stdout)[0]["number"]
    refused = run("comment", number, "x")
    assert refused.exit_code == Exit.REFUSED
    assert "newer techdesk" in refused.stderr
    ended = run("sync")
    assert ended.exit_code == Exit.ERROR
    assert "newer techdesk" in ended.stderr
    assert ended.exception is None or isinstance(ended.exception, SystemExit), "words, no traceback"
    looked = run("doctor")
    assert looked.exit_code == Exit.ERROR
    assert "read-only" in looked.stdout
    assert "1 unsent" in looked.stdout


def test_doctor_tells_of_a_file_that_is_no_database_and_begins_anew(run: Run, cache: Path) -> None:
    cache.write_bytes(os.urandom(50_000))
    failed = run("list")
    assert failed.exit_code == Exit.ERROR
    assert "--recover" in failed.stderr
    told = run("doctor")
    assert "is damaged" in told.stdout
    assert run("doctor", "--recover").exit_code == 0
    assert run("sync").exit_code == 0
    assert json.loads(run("list", "--json").stdout)
    (aside,) = [each for each in cache.parent.iterdir() if each.name == "techdesk.db.damaged-1"]
    assert aside.stat().st_size == 50_000


def test_recover_leaves_a_good_file_alone_and_rescue_reads_it(run: Run, cache: Path, tmp_path: Path) -> None:
    refused = run("doctor", "--recover")
    assert refused.exit_code == Exit.REFUSED
    assert "not damaged" in refused.stderr
    target = tmp_path / "unsent.json"
    saved = run("doctor", "--rescue", str(target))
    assert saved.exit_code == 0
    assert "note (13 characters)" in saved.stdout
    assert json.loads(target.read_bytes())["operations"][0]["values"]["text"] == "Not sent yet."
    assert run("doctor", "--rescue", str(target)).exit_code == Exit.ERROR, "nothing is written over"


def test_recover_computes_anew_what_does_not_agree_and_leaves_the_rest(run: Run, cache: Path) -> None:
    connection = connect(cache, writable=True)
    connection.execute("UPDATE ticket_text SET subject = 'changed behind its back'")
    connection.close()
    told = run("doctor")
    assert told.exit_code == Exit.ERROR
    assert "the search does not say what the texts say" in told.stdout
    mended = run("doctor", "--recover")
    assert mended.exit_code == 0
    assert "computed anew" in mended.stderr
    assert "search and counts agree" in run("doctor").stdout
    assert [each for each in cache.parent.iterdir() if "damaged" in each.name] == []


def test_a_wipe_asks_and_forgets_all_but_unsent_work(run: Run, cache: Path) -> None:
    before = len(json.loads(run("list", "--json", "--count", "10000").stdout))
    refused = run("cache", "wipe")
    assert refused.exit_code == Exit.REFUSED
    assert "1 unsent and 0 drafts stay" in refused.stderr
    done = run("cache", "wipe", "--yes")
    assert done.exit_code == 0
    assert "1 with unsent work stay" in done.stderr
    assert len(json.loads(run("list", "--json", "--offline").stdout)) == 1
    assert run("sync").exit_code == 0
    assert len(json.loads(run("list", "--json", "--count", "10000").stdout)) == before
    assert json.loads(run("conflicts", "--json").stdout) == []


def test_a_wipe_beside_another_techdesk_is_not_begun(run: Run, cache: Path) -> None:
    other = Leadership(cache.parent)
    assert other.take()
    try:
        refused = run("cache", "wipe", "--yes")
    finally:
        other.release()
    assert refused.exit_code == Exit.ERROR
    assert "Another techdesk has this profile open" in refused.stderr
    assert len(json.loads(run("list", "--json").stdout)) > 1


def test_a_page_that_is_damaged_ends_a_verb_with_words(run: Run, cache: Path) -> None:
    size = cache.stat().st_size
    with cache.open("r+b") as file:
        for at in range(4096 * 12, size, 4096):
            file.seek(at)
            file.write(os.urandom(4096))
    failed = run("list")
    assert failed.exit_code == Exit.ERROR
    assert f"{cache} is damaged" in " ".join(failed.stderr.split())
    assert "Traceback" not in failed.stderr
    assert run("doctor").exit_code == Exit.ERROR


def test_a_token_that_others_can_read_is_told_of(run: Run, connected: Served, folders: Path) -> None:
    (folders / "config" / "tokens" / "work").chmod(0o644)
    told = run("doctor")
    assert told.exit_code == Exit.ERROR
    assert "can be read by others" in told.stdout
    assert connected.token not in told.stdout + told.stderr


def test_log_lines_go_to_a_private_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = logging.getLogger("techdesk.sync.test")
    keep_log(tmp_path)
    log.warning("the desk has %d tickets", 3)
    path = tmp_path / NAME
    assert "the desk has 3 tickets" in path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600
    keep_log(tmp_path / "nowhere")
    log.warning("nobody hears this")
    said = capsys.readouterr()
    assert said.out == said.err == ""
