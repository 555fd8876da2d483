"""Views of the user's own: read with file and line, put in their places, added to the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from techdesk.config.edit import add_view
from techdesk.config.settings import Settings, load, parse
from techdesk.config.views import ViewSettings
from techdesk.query import VIEWS
from techdesk.query.views import ORDER_NAMES
from techdesk.screens.own_views import name_of, together
from techdesk.store.orders import ORDERS
from techdesk.work.own_views import views_with

FILE = """
[views.acme-late]
title = "Acme, late"
limit = 'org:"Acme" sla:<1h'
order = "-created"
key = 2

[views.waiting]
limit = "status:waiting,vendor"
"""


def read(text: str) -> Settings:
    settings = parse(text, "config.toml")
    assert isinstance(settings, Settings), settings
    return settings


def test_they_stand_where_they_are_wanted_and_replace_those_of_their_name() -> None:
    settings = read(FILE)
    views, problems = views_with(settings.views, settings.file)
    assert not problems
    assert [view.id for view in views[:3]] == ["all", "acme-late", "mine"]
    assert (views[1].title, views[1].order) == ("Acme, late", "-created")
    (waiting,) = (view for view in views if view.id == "waiting")
    assert (waiting.title, waiting.limit) == ("waiting", "status:waiting,vendor")
    assert len(views) == len(VIEWS) + 1


@pytest.mark.parametrize(
    ("text", "line", "part"),
    [
        ('[views.a]\nlimit = "ownr:me"', 2, "did you mean owner:"),
        ('[views.a]\nlimit = "prio:high"', 2, "at prio:>>>high"),
        ('[views.a]\nlimit = "a"\norder = "subjct"', 3, "Did you mean 'subject'"),
    ],
)
def test_what_is_wrong_in_one_is_told_with_its_line(text: str, line: int, part: str) -> None:
    settings = read(text)
    _, (problem,) = views_with(settings.views, settings.file)
    assert problem.line == line
    assert part in problem.words


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("views = 3", "views must be sections"),
        ('[views."a b"]\nlimit = "x"', "no name of a view"),
        ('[views.a]\ntitle = "x"', "has no limit"),
        ("[views.a]\nlimit = 3", "limit must be text"),
        ('[views.a]\nlimit = "x"\nkey = 10', "key cannot be 10"),
        ('[views.a]\nlimit = "x"\nkey = 1\n[views.b]\nlimit = "y"\nkey = 1', "both want key 1"),
        ('[views.a]\nlimt = "x"', "no such setting 'limt'"),
    ],
)
def test_a_section_that_is_none_is_told_by_the_settings(text: str, part: str) -> None:
    problems = parse(text, "config.toml")
    assert isinstance(problems, tuple)
    assert part in problems[0].words


def test_one_is_added_and_every_line_before_it_kept(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    before = '# mine\n[profiles.work]\nurl = "https://desk.example/"'
    file.write_text(before)
    view = ViewSettings(name="late", title='Late "ones"', limit='org:"A\\B" sla:<1h', order="-created")
    added = add_view(view, file)
    assert isinstance(added, Settings)
    assert file.read_text().startswith(before + "\n\n[views.late]\n")
    again = load(file)
    assert isinstance(again, Settings)
    assert (again.views[0].title, again.views[0].limit) == (view.title, view.limit)
    refused = add_view(view, file)
    assert isinstance(refused, tuple)
    assert "there is a view 'late' already" in refused[0].words
    assert refused[0].line == 5


def test_a_file_with_mistakes_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("not toml [")
    refused = add_view(ViewSettings(name="late", title="Late", limit="sla:<1h"), file)
    assert isinstance(refused, tuple)
    assert file.read_text() == "not toml ["


def test_names_and_limits_put_together() -> None:
    assert name_of("Acme, late!") == "acme-late"
    assert name_of("電話") == ""
    assert together("status:active", "a OR b") == "status:active (a OR b)"
    assert together("", "a OR b") == "a OR b"


def test_the_names_of_orders_are_those_that_the_store_knows() -> None:
    assert set(ORDER_NAMES) == set(ORDERS)
