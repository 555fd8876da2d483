"""Facts about customers: read from TOML and CSV, with their source, every mistake with its line."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from techdesk.config.settings import Settings, parse
from techdesk.model import Person, Role
from techdesk.rules.customer import CustomerBook, listed
from techdesk.work.customer_files import load_customers

KIM = Person(id="kim", name="Kim Lee", email="kim@dunmore.example")
LENA = Person(id="lena", name="Lena Vogt", email="lena@desk.example", role=Role.TECHNICIAN)

TOML = """\
[teams]
swat = ["lena@desk.example"]

[[customers]]
name = "Dunmore Cloud"
contract_ends = 2027-03-31
on_hold = false
openers = ["kim@dunmore.example"]

[[customers]]
name = "Greyford Freight"
on_hold = true
"""


def read(folder: Path, name: str, text: str) -> tuple[CustomerBook, list[str]]:
    (folder / name).write_text(text, encoding="utf-8")
    book, problems = load_customers([folder / name])
    return book, [problem.words for problem in problems]


def test_a_toml_file(tmp_path: Path) -> None:
    book, wrong = read(tmp_path, "customers.toml", TOML)
    assert wrong == []
    dunmore = book.find("dunmore cloud")
    assert dunmore is not None
    end = datetime.fromtimestamp(dunmore.contract_ends or 0).astimezone()
    assert (end.date().isoformat(), end.hour, end.minute) == ("2027-04-01", 0, 0), "to the end of that day"
    assert dunmore.on_hold is False
    assert listed(dunmore.openers, KIM)
    assert dunmore.licence_ends is None, "not known"
    assert dunmore.source.startswith("customers.toml, 20")
    assert book.in_team("swat", LENA) is True
    assert book.in_team("swat", KIM) is False
    assert book.in_team("night", LENA) is None
    assert book.find("Nobody") is None
    assert book.find("") is None


def test_a_csv_file_adds_to_what_a_toml_file_says(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(TOML, encoding="utf-8")
    (tmp_path / "b.csv").write_text(
        "name,tier,emergency_on_call,vip,maintenance_ends\n"
        "Dunmore Cloud,Gold,yes,kim; lee@dunmore.example,2026-08-31T12:00:00+02:00\n"
        "Greyford Freight,,,,\n",
        encoding="utf-8",
    )
    book, problems = load_customers([tmp_path / "a.toml", tmp_path / "b.csv"])
    assert problems == ()
    dunmore, greyford = book.find("Dunmore Cloud"), book.find("Greyford Freight")
    assert dunmore is not None
    assert greyford is not None
    assert (dunmore.tier, dunmore.emergency_on_call, dunmore.on_hold) == ("Gold", True, False)
    assert dunmore.vip == ("kim", "lee@dunmore.example")
    assert dunmore.maintenance_ends == 1_788_170_400
    assert "a.toml" in dunmore.source
    assert "b.csv" in dunmore.source
    assert (greyford.tier, greyford.emergency_on_call, greyford.on_hold) == ("", None, True)


def test_every_mistake_has_its_line_and_costs_the_file(tmp_path: Path) -> None:
    book, wrong = read(
        tmp_path,
        "customers.toml",
        '[[customers]]\nname = "A"\ntire = "Gold"\n\n[[customers]]\non_hold = true\n\n'
        '[[customers]]\nname = "B"\non_hold = "perhaps"\ncontract_ends = "soon"\n',
    )
    assert book.customers == {}
    assert len(wrong) == 4
    assert ":1: no such fact 'tire' of A. Did you mean 'tier'?" in wrong[0]
    assert ":5: a customer without a name" in wrong[1]
    assert ":8: on_hold must be true or false, not 'perhaps'" in wrong[2]
    assert ":8: contract_ends must be a date, not 'soon'" in wrong[3]


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    _, wrong = read(tmp_path, "customers.toml", "[[customers\n")
    assert ":1: not TOML" in wrong[0]
    _, problems = load_customers([tmp_path / "none.csv"])
    assert "cannot be read" in problems[0].words
    _, wrong = read(tmp_path, "x.toml", "clients = 1\n")
    assert "no such key 'clients'" in wrong[0]


def test_the_settings_name_the_files() -> None:
    text = '[facts]\ncustomers = ["customers.toml", "/srv/licences.csv"]\n'
    settings = parse(text, "/etc/desk/config.toml")
    assert isinstance(settings, Settings)
    assert settings.customers_at() == (Path("/etc/desk/customers.toml"), Path("/srv/licences.csv"))
    wrong = parse('[facts]\ncustomers = ["customers.xls"]\n', "config.toml")
    assert isinstance(wrong, tuple)
    assert "config.toml:2: customers must name files" in wrong[0].words


def test_the_demos_file_is_one_of_them(tmp_path: Path) -> None:
    from techdesk.demo import facts

    now = 1_793_714_520
    facts.write(tmp_path, now)
    book, problems = load_customers([tmp_path / facts.NAME])
    assert problems == ()
    held, expired = book.find("Greyford Freight (on hold)"), book.find("Oldfield Press (contract expired)")
    lapsed = book.find("Quarry Analytics (licence lapsed)")
    assert held is not None
    assert expired is not None
    assert lapsed is not None
    assert held.on_hold
    assert expired.contract_ends is not None
    assert expired.contract_ends < now
    assert lapsed.licence_ends is not None
    assert lapsed.licence_ends < now
