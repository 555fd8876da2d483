"""What every verb and the screens share: settings, store, policies, clock and desk of one profile."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from techdesk.actions.wording import Surface
from techdesk.clock import SystemClock
from techdesk.config.places import DEMO, make_private, profile_folder
from techdesk.config.problems import Problem
from techdesk.config.settings import ProfileSettings, Settings, load
from techdesk.store.database import Database
from techdesk.store.trouble import StoreUnusable, unusable
from techdesk.verbs.choices import Choices
from techdesk.verbs.demo_place import NO_DEMO, DemoDesk, demo_desk, demo_profile, running_demo
from techdesk.verbs.site_files import SiteFiles
from techdesk.verbs.speech import Exit, Failed, say

if TYPE_CHECKING:
    from techdesk.actions.replay import Replay
    from techdesk.actions.workbench import Workbench
    from techdesk.desks.port import Capabilities, HelpDesk, ServerClock
    from techdesk.model import Operation
    from techdesk.policies.book import PolicyBook
    from techdesk.query.views import View
    from techdesk.rules.customer import CustomerBook
    from techdesk.rules.rota import Rota
    from techdesk.sla.history import History
    from techdesk.store.reader import Reader
    from techdesk.sync.thread import SyncThread


class Session:
    """One profile, opened. Close it, or use it in a ``with`` statement."""

    def __init__(
        self,
        profile: ProfileSettings,
        settings: Settings,
        folder: Path,
        *,
        offline: bool = False,
        read_only: bool = False,
        surface: Surface = Surface.VERBS,
    ) -> None:
        """Raises ``Failed`` where the profile's store cannot be used."""
        self.profile = profile
        self._settings = settings
        self.views = _views(settings)
        self.offline = offline
        self.driver = settings.driver
        """What draws on the terminal."""
        self.clock = SystemClock()
        self._site = SiteFiles(settings, demo=folder / "desk" if profile.name == DEMO else None)
        self._workbench: Workbench | None = None
        self._customer_book: CustomerBook | None = None
        self._desk_grades: bool | None = None
        try:
            make_private(folder)
            self.database = Database.open_or_look(folder, self._site, complete=self._completed)
        except StoreUnusable as error:
            raise Failed(Exit.ERROR, error.words, error.remedy) from None
        except OSError as error:
            unmade = unusable(error, folder)
            raise Failed(Exit.ERROR, unmade.words, unmade.remedy) from None
        if self.database.trouble is not None and surface is Surface.VERBS:
            trouble = self.database.trouble
            say(
                f"{trouble.words} {trouble.remedy} It is only looked at here: nothing can be changed or sent."
            )
        self._read_only = read_only
        self._surface = surface
        self._reader: Reader | None = None
        self._replay: Replay | None = None
        self._token = ""
        self._demo: DemoDesk | None = None
        """Where the demo's desk listened when it was looked for last."""
        state = self.reader.sync_state()
        self.clock.set_offset(state.offset)

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the store, after what was queued is written."""
        self.database.close()

    @property
    def settings(self) -> Settings:
        """The settings file."""
        return self._settings

    @property
    def book(self) -> PolicyBook:
        """The policies, with the site's own and the settings' rules."""
        return self._site.book

    @property
    def reader(self) -> Reader:
        """The store, for this thread."""
        if self._reader is None:
            self._reader = self.database.reader()
        return self._reader

    def rota(self) -> Rota:
        """Who is on call and at the desk, as the site's files say; reads them."""
        return self._site.rota(self.clock.now())

    def _known_customers(self) -> CustomerBook:
        """What the site's files say of customers, read once."""
        if self._workbench is not None:
            return self._workbench.customers
        if self._customer_book is None:
            self._customer_book = self._site.customers()
        return self._customer_book

    def _completed(self, history: History) -> History:
        from techdesk.rules.customer import completed

        if self._desk_grades is None:
            told = self._remembered()
            self._desk_grades = told is not None and told.always_graded
        known = completed(history, self._known_customers())
        return msgspec.structs.replace(known, graded_by_desk=True) if self._desk_grades else known

    def _replayed(self, operation: Operation) -> str:
        """Why the gates no longer let a waiting operation go out; asked by the sync thread alone."""
        if self._replay is None:
            from techdesk.actions.replay import Replay

            self._replay = Replay(self.database, self.book, self._known_customers)
        return self._replay(operation)

    @property
    def workbench(self) -> Workbench:
        """What changes tickets; made when first asked for."""
        if self._workbench is None:
            from techdesk.actions.workbench import Workbench

            self._workbench = Workbench(
                self.database,
                self.book,
                self.clock,
                self.profile,
                read_only=self._read_only,
                surface=self._surface,
                customers=self._known_customers(),
            )
            self._workbench.remembered = self._remembered
            self._workbench.read_rota = self.rota
            self._workbench.notices = self._settings.notices
            self._workbench.replies, self._workbench.macros = self._site.texts()
        return self._workbench

    @property
    def _capabilities_file(self) -> Path:
        return self.database.folder / "capabilities.json"

    def _remembered(self) -> Capabilities | None:
        """What the desk could do last time: known before an adapter is loaded, and offline."""
        from techdesk.desks.port import Capabilities

        try:
            return msgspec.json.decode(self._capabilities_file.read_bytes(), type=Capabilities)
        except (OSError, msgspec.DecodeError):
            return None

    def _remember(self, capabilities: Capabilities) -> None:
        """Keep it for the next start. Without it a refusal comes from the desk instead of from us."""
        from techdesk.config.edit import write_private

        self._desk_grades = capabilities.always_graded
        text = msgspec.json.encode(capabilities).decode()
        with contextlib.suppress(OSError):
            if not self._capabilities_file.exists() or self._capabilities_file.read_text() != text:
                write_private(self._capabilities_file, text, follow=False)

    def need_token(self) -> None:
        """Find the token, once. Raises ``Failed`` where there is none, before anything is tried with it."""
        if not self._token:
            from techdesk.verbs.adapter import CannotConnect, token_of

            try:
                self._token = token_of(self.profile)
            except CannotConnect as problem:
                raise Failed(problem.status, f"{problem}.", "What was queued waits here.") from None

    def sync_thread(self, on_change: Callable[[], None] = lambda: None) -> SyncThread:
        """Sync for this profile, not started. Raises ``Failed`` where the store is only looked at."""
        if self.database.trouble is not None:
            raise Failed(Exit.ERROR, self.database.trouble.words, self.database.trouble.remedy)
        from techdesk.sync.thread import SyncThread
        from techdesk.verbs.logbook import keep_log

        keep_log(self.database.folder)
        return SyncThread(
            self.database,
            self.make_desk,
            self.clock,
            self.profile.scope,
            offline=self.offline,
            on_change=on_change,
            replay=self._replayed,
            notices=self.settings.notices,
            moved=self._demo_moved,
        )

    def _demo_moved(self) -> bool:
        """Whether the demo's desk was started after us, or again."""
        found = demo_desk(self.database.folder) if self.profile.name == DEMO else None
        return found is not None and found != self._demo

    def _find_demo(self) -> None:
        """Where its desk listens now. Raises ``NotThere`` while nobody has started it."""
        found = demo_desk(self.database.folder)
        if found is not None:
            self._demo = found
            self.profile = demo_profile(found)
        elif not self.profile.url:
            from techdesk.desks.port import NotThere

            raise NotThere(NO_DEMO)

    def make_desk(self, clock: ServerClock) -> HelpDesk:
        """The adapter, connected lazily. Raises LookupError or ValueError, in words for people."""
        from techdesk.verbs.adapter import desk_of, token_of

        if self.profile.name == DEMO:
            self._find_demo()
        desk = desk_of(self.profile, clock, self._token or token_of(self.profile))
        self._remember(desk.capabilities)
        if self._workbench is not None:
            self._workbench.capabilities = desk.capabilities
        return desk


def _views(settings: Settings) -> tuple[View, ...]:
    """The saved views, the user's own among them; what is wrong with one ends the verb."""
    from techdesk.query.views import VIEWS

    if not settings.views:
        return VIEWS
    from techdesk.work.own_views import views_with

    views, problems = views_with(settings.views, settings.file)
    if problems:
        raise mistaken(settings_problems(settings))
    return views


def settings_or_fail() -> Settings:
    """The settings file; what is wrong with it ends the verb."""
    loaded = load()
    if isinstance(loaded, Settings):
        return loaded
    raise mistaken(loaded)


def settings_problems(settings: Settings) -> tuple[Problem, ...]:
    """What the parts find wrong whose words the settings only quote: views and keys."""
    from techdesk.actions.keymap import Keymap, read
    from techdesk.work.own_views import views_with

    keys = read(settings.keys, settings.file)
    found = (*views_with(settings.views, settings.file)[1], *(() if isinstance(keys, Keymap) else keys))
    return tuple(sorted(found, key=lambda problem: problem.line))


def mistaken(problems: Sequence[Problem]) -> Failed:
    """All mistakes of the settings as the end of a verb."""
    told = "\n".join(problem.words for problem in problems)
    return Failed(Exit.ERROR, f"the settings have mistakes:\n{told}")


def chosen_profile(choices: Choices, settings: Settings) -> ProfileSettings | None:
    """The profile that the command line or the settings name; None where there is none yet."""
    if choices.profile == DEMO or (not choices.profile and settings.default_profile == DEMO):
        profile: ProfileSettings | Problem | None = running_demo()
    else:
        profile = settings.chosen(choices.profile)
    if isinstance(profile, Problem):
        raise Failed(Exit.ERROR, profile.words)
    return profile


def open_session(choices: Choices, *, surface: Surface = Surface.VERBS) -> Session | None:
    """That profile, opened."""
    settings = settings_or_fail()
    profile = chosen_profile(choices, settings)
    if profile is None:
        return None
    return Session(
        profile,
        settings,
        profile_folder(profile.name),
        offline=choices.offline,
        read_only=choices.read_only,
        surface=surface,
    )


def need_session(choices: Choices) -> Session:
    """As ``open_session``; without a profile the verb ends with what to do."""
    session = open_session(choices)
    if session is None:
        raise Failed(
            Exit.ERROR,
            "There is no connection to a help desk yet.",
            "'techdesk connect URL' makes one; 'techdesk demo' shows everything without one.",
        )
    return session
