"""What dbt works out anew for each node although it is the same, once for the process.

For each of its texts dbt makes a Jinja environment and compiles the text, that of hooks and tests
time and again. For each answer of the database it makes testers of types, which read calendars. For
each node it looks up every one of some 700 macros in five places. Of each statement it writes
events, which nobody reads. dbt has no setting for it. The functions here do the same once, or not
where nobody would see it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from types import CodeType
from typing import Any

# Of what dbt tells at work, what is listened to: see the callbacks in `build.py`.
HEARD = frozenset({"NodeStart", "LogHookStartLine", "LogModelResult", "LogSeedResult"})


@cache
def be_thrifty() -> None:
    """Once a process, before dbt works."""
    _keep_testers()
    _keep_environments()
    _keep_compiled_texts()
    _look_macros_up_once()
    _tell_what_is_heard()


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


def _look_macros_up_once() -> None:
    from dbt.clients.jinja import MacroGenerator
    from dbt.context.macros import MacroNamespace

    namespaces: Any = MacroNamespace
    generators: Any = MacroGenerator
    make: Any = namespaces.__init__

    def found(self: Any, *namespaces: Any, **named: Any) -> None:
        make(self, *namespaces, **named)
        self.found = {}
        for places in reversed(list(self._search_order())):
            self.found.update(places)

    def names(self: Any) -> Iterator[str]:
        return iter(self.found)

    def macro(self: Any, name: str) -> Any:
        return self.found[name]

    def generator(
        self: Any, macro: Any, context: Any = None, node: Any = None, stack: Any = None
    ) -> None:
        self.macro, self.context, self.node, self.stack = macro, context, node, stack

    namespaces.__init__, namespaces.__iter__, namespaces.__getitem__ = found, names, macro
    generators.__init__ = generator


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
