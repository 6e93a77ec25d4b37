"""What dbt works out anew for each node although it is the same, once for the process.

For each of its texts dbt makes a Jinja environment and compiles the text, that of hooks and tests
time and again. For each answer of the database, an empty one too, it makes testers of types, which
read calendars. For each node it connects, and looks up every one of some 700 macros in five places;
for each call of a macro it copies all that the node knows.
Of each statement it makes and writes events, which nobody reads. dbt has no setting for it. The
functions here do the same once, or not where nobody would see it.
"""

from __future__ import annotations

from functools import cache
from select import select
from time import monotonic
from types import CodeType
from typing import Any

# Of what dbt tells at work, what is listened to: see the callbacks in `build.py`.
HEARD = frozenset({"NodeStart", "LogHookStartLine", "LogModelResult", "LogSeedResult"})
# Routers and balancers forget connections that are idle, the strictest of them after minutes.
IDLE_SECONDS = 60


@cache
def be_thrifty() -> None:
    """Once a process, before dbt works."""
    _keep_testers()
    _keep_environments()
    _keep_compiled_texts()
    _look_macros_up_once()
    _keep_macros()
    _tell_what_is_heard()
    _make_what_is_told()
    _keep_connections()


def _keep_testers() -> None:
    from dbt_common.clients import agate_helper

    make: Any = agate_helper.build_type_tester
    made: dict[Any, Any] = {}

    def tester(text_columns: Any, string_null_values: Any = ("null", "")) -> Any:
        key = frozenset(text_columns), tuple(string_null_values)
        if key not in made:
            made[key] = make(*key)
        return made[key]

    agate_helper.build_type_tester = tester
    # Tables of agate do not change.
    agate_helper.empty_table = cache(agate_helper.empty_table)


def _keep_environments() -> None:
    from dbt_common.clients import jinja

    make: Any = jinja.get_environment
    made: dict[bool, Any] = {}

    def environment(node: Any = None, capture_macros: bool = False, native: bool = False) -> Any:
        if capture_macros:  # this one knows its node
            return make(node, capture_macros, native)
        if native not in made:
            made[native] = make(None, capture_macros, native)
        return made[native]

    jinja.get_environment = environment


def _keep_compiled_texts() -> None:
    from dbt_common.clients.jinja import MacroFuzzEnvironment

    environments: Any = MacroFuzzEnvironment
    make: Any = environments.compile
    made: dict[tuple[type, str], CodeType] = {}

    def code(self: Any, source: Any, *arguments: Any, **named: Any) -> Any:
        if arguments or named or not isinstance(source, str):
            return make(self, source, *arguments, **named)
        key = type(self), source
        if key not in made:
            made[key] = make(self, source)
        return made[key]

    environments.compile = code


class _Macros(dict[str, Any]):
    """What dbt's MacroNamespace finds under each name, looked up once."""

    def __init__(self, namespace: Any) -> None:
        self.get_from_package = namespace.get_from_package
        for places in reversed(list(namespace._search_order())):
            self.update(places)


def _look_macros_up_once() -> None:
    from dbt.clients.jinja import MacroGenerator
    from dbt.context.macros import MacroNamespaceBuilder

    builders: Any = MacroNamespaceBuilder
    generators: Any = MacroGenerator
    make: Any = builders.build_namespace

    def build(self: Any, macros: Any, context: Any) -> Any:
        for package, named in macros.items():
            made = {
                name: MacroGenerator(macro, context, self.node, self.thread_ctx)
                for name, macro in named.items()
            }
            is_internal = package in self.internal_package_names
            (self.internal_packages if is_internal else self.packages)[package] = made
            if not is_internal and package == self.search_package:
                self.locals = made
            elif not is_internal and package == self.root_package:
                self.globals = made
        return _Macros(make(self, {}, context))

    def generator(
        self: Any, macro: Any, context: Any = None, node: Any = None, stack: Any = None
    ) -> None:
        self.macro, self.context, self.node, self.stack = macro, context, node, stack

    builders.build_namespace, generators.__init__ = build, generator


def _keep_macros() -> None:
    """A generator is of one node, whose context is whole before a macro is called."""
    from dbt.clients.jinja import MacroGenerator

    generators: Any = MacroGenerator
    make: Any = generators.get_macro

    def macro(self: Any) -> Any:
        if "made" not in self.__dict__:
            self.made = make(self)
        return self.made

    generators.get_macro = macro


def _tell_what_is_heard() -> None:
    from dbt_common.events.base_types import EventLevel
    from dbt_common.events.event_manager import EventManager

    managers: Any = EventManager
    fire: Any = managers.fire_event
    unheard = (EventLevel.TEST, EventLevel.DEBUG, EventLevel.INFO)

    def told(self: Any, e: Any, level: Any = None, *arguments: Any, **named: Any) -> None:
        # A log that was asked for gets everything, and so does whoever else may act on a warning.
        if (
            self.loggers
            or arguments
            or named.get("force_warn_or_error_handling")
            or (level or e.level_tag()) not in unheard
            or type(e).__name__ in HEARD
        ):
            fire(self, e, level, *arguments, **named)

    managers.fire_event = told


def _make_what_is_told() -> None:
    """The message of an event is built when it is read, not with the event."""
    from dbt_common.events.base_types import BaseEvent

    events: Any = BaseEvent
    make: Any = events.__init__

    def keep(self: Any, *arguments: Any, **named: Any) -> None:
        self.__dict__["_is_of"] = arguments, named

    def message(self: Any) -> Any:
        if "_message" not in self.__dict__:
            arguments, named = self.__dict__["_is_of"]
            make(self, *arguments, **named)
        return self.__dict__["_message"]

    def keep_message(self: Any, made: Any) -> None:
        self.__dict__["_message"] = made

    events.__init__, events.pb_msg = keep, property(message, keep_message)


def _keep_connections() -> None:
    """A thread's connection goes from node to node, but one that was idle for long or has ended."""
    from dbt.adapters.sql.connections import SQLConnectionManager

    managers: Any = SQLConnectionManager
    release, give_name = managers.release, managers.set_connection_name

    def keep(self: Any) -> None:
        connection = self.get_if_exists()
        is_open = connection is not None and connection.state == "open"
        if not is_open or not _is_rolled_back(connection.handle):
            release(self)
            return
        connection.transaction_open = False
        connection.idle_since = monotonic()

    def named(self: Any, name: str | None = None) -> Any:
        connection = self.get_if_exists()
        if getattr(connection, "idle_since", None) is not None:
            if not _can_go_on(connection):
                self.close(connection)
            connection.idle_since = None
        return give_name(self, name)

    managers.release, managers.set_connection_name = keep, named


def _is_rolled_back(handle: Any) -> bool:
    """Ends a transaction that dbt did not begin, too; False where the server is gone."""
    try:
        handle.rollback()
    except handle.Error:
        return False
    return not handle.closed


def _can_go_on(connection: Any) -> bool:
    """Whether it was idle for less than a minute and the server has sent nothing meanwhile.

    A server sends a message when it ends a connection.
    """
    said, _, _ = select([connection.handle], [], [], 0)
    return not said and monotonic() - connection.idle_since < IDLE_SECONDS
