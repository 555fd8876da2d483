"""Who is who. RT names people by login in tickets and by number in the log, and tells one user at a time."""

from __future__ import annotations

from collections.abc import Iterable

from techdesk.desks.port import Failure
from techdesk.desks.rt.answers import UserAnswer, UserRecord, whole
from techdesk.desks.rt.mapping import NOBODY, SYSTEM, person
from techdesk.desks.rt.rest import Rest
from techdesk.model import Person, Role


class Directory:
    """What this session has learned of people. May be forgotten at any time: it is asked for again."""

    def __init__(self, rest: Rest) -> None:
        self._rest = rest
        self._users: dict[str, UserAnswer] = {}
        self._privileged: dict[str, bool] = {NOBODY: False, SYSTEM: True}
        self._logins: dict[int, str] = {}

    def meet(self, users: Iterable[UserAnswer | None], *, technician: bool = False) -> None:
        """Take note of users as an answer named them, in full or by login only."""
        for user in users:
            if user is None or not user.id or user.id == NOBODY:
                continue
            if user.real_name is not None or user.id not in self._users:
                self._users[user.id] = user
            if technician:
                self._privileged[user.id] = True

    def is_technician(self, login: str) -> bool:
        """Whether RT calls the user privileged; unknown ones are customers."""
        return self._privileged.get(login, False)

    def login(self, number: str | None) -> str:
        """The login behind a user's number; empty for Nobody, the number itself for one that is not told."""
        found = self._logins.get(whole(number), number or "")
        return "" if found == NOBODY else found

    def person(self, login: str) -> Person | None:
        """A person to store; None for Nobody."""
        if not login or login == NOBODY:
            return None
        user = self._users.get(login) or UserAnswer(id=login)
        return person(user, Role.TECHNICIAN if self.is_technician(login) else Role.REQUESTER)

    async def ask(self, logins: Iterable[str], numbers: Iterable[int]) -> Failure | None:
        """Look up those that are not known yet: one request for each, once a session."""
        wanted = [login for login in dict.fromkeys(logins) if login and login not in self._privileged]
        wanted += [str(number) for number in dict.fromkeys(numbers) if number and number not in self._logins]
        for name in wanted:
            record = await self._rest.user(name)
            if isinstance(record, Failure):
                return record
            if record is None:
                if not name.isdigit():
                    self._privileged[name] = False
                else:
                    self._logins[int(name)] = name
                continue
            self.file(record)
            if name.isdigit():
                self._logins[int(name)] = record.name
        return None

    def file(self, record: UserRecord) -> None:
        """Take note of a user's own record."""
        if record.number:
            self._logins[record.number] = record.name
        if record.name in (NOBODY, SYSTEM):
            return
        self._privileged[record.name] = whole(record.privileged) == 1
        known = self._users.get(record.name)
        self._users[record.name] = UserAnswer(
            id=record.name,
            real_name=record.real_name,
            email_address=record.email_address,
            organization=record.organization or (known.organization if known else None),
        )
