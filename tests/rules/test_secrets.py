"""Secrets in texts are dots: those that a policy names, and passwords that are called so (W6, DD14)."""

from __future__ import annotations

import pytest

from techdesk.policies.book import PolicyBook
from techdesk.rules.checklists import found
from techdesk.rules.secrets import DOTS, hidden

BOOK = PolicyBook.load()


@pytest.mark.parametrize(
    ("policy", "text", "secret"),
    [
        ("wildix", "login: admin / password: hunter2", "hunter2"),
        ("wildix", "login: admin / password: hunter2", "admin"),
        ("wildix", "Credentials = root:toor", "root:toor"),
        ("data-dynamics", "account: svc-backup", "svc-backup"),
        ("data-dynamics", "pwd:s3cret!", "s3cret!"),
        ("dynamix", "VPN password: hunter2", "hunter2"),
        ("phonism", "Kennwort = geheim", "geheim"),
        ("", "passphrase: correct-horse", "correct-horse"),
    ],
)
def test_a_secret_is_dots(policy: str, text: str, secret: str) -> None:
    shown = hidden(text, BOOK.get(policy) if policy else None)
    assert secret not in shown
    assert DOTS in shown
    assert hidden(shown, BOOK.get(policy) if policy else None) == shown, "dots stay dots"


@pytest.mark.parametrize(
    ("policy", "text"),
    [
        ("dynamix", "account: 4711"),  # no secret but where the policy says so
        ("wildix", "The password does not work. Login fails."),
        ("dynamix", "Reset password and unlock for 3 users"),
        ("data-dynamics", "https://desk.example/a?b=c"),
    ],
)
def test_what_is_none_is_left_alone(policy: str, text: str) -> None:
    assert hidden(text, BOOK.get(policy)) == text


@pytest.mark.parametrize(("policy", "checklist"), [("wildix", "intake"), ("data-dynamics", "information")])
def test_that_it_was_given_is_still_found(policy: str, checklist: str) -> None:
    """A checklist asks whether it was given: it reads the text with the dots as well."""
    named = BOOK.get(policy)
    assert named is not None
    listed = named.rulebook.checklist(checklist)
    assert listed is not None
    (item,) = (each for each in listed.items if each.masked)
    shown = hidden("password: hunter2", named)
    assert found(item, shown)
    assert "hunter2" not in shown
