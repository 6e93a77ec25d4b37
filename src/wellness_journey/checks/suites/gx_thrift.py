"""What Great Expectations works out anew each time it asks for the same.

It asks each expectation some seventy times for its arguments, and each time makes a dictionary of
all fields and puts a name into snake case; the key of each measurement it makes of values that it
first looks through for types of NumPy. There is no setting for it.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache
from typing import Any

_OF_JSON = frozenset({str, int, bool, type(None)})


@cache
def be_thrifty() -> None:
    """Once a process, before it validates."""
    _keep_names_and_arguments()
    _look_through_no_plain_values()


def _keep_names_and_arguments() -> None:
    from great_expectations.expectations import expectation
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    module: Any = expectation
    module.camel_to_snake = cache(module.camel_to_snake)
    expectations: Any = expectation.Expectation
    make: Any = expectations.configuration.fget
    # It asks one expectation at a time.
    last: list[tuple[Any, Any, Any]] = [(None, None, None)]

    def configuration(self: Any) -> Any:
        # A field that is set to another value is another object.
        fields = tuple(map(id, self.__dict__.values()))
        known_self, known_fields, known = last[0]
        if known_self is not self or known_fields != fields:
            known = make(self)
            last[0] = self, fields, known
        return ExpectationConfiguration(
            type=known.type,
            kwargs=dict(known.kwargs),
            meta=known.meta and dict(known.meta),
            notes=known.notes,
            description=known.description,
            severity=known.severity,
            id=known.id,
            rendered_content=known.rendered_content,
        )

    expectations.configuration = property(configuration)


def _look_through_no_plain_values() -> None:
    from great_expectations.core.id_dict import IDDict

    dictionaries: Any = IDDict
    make: Any = dictionaries.to_id

    def to_id(self: Any, id_keys: Any = None, id_ignore_keys: Any = None) -> Any:
        is_plain = id_keys is None and id_ignore_keys is None and not self._id_ignore_keys
        if not is_plain or len(self) < 2 or any(type(v) not in _OF_JSON for v in self.values()):
            return make(self, id_keys, id_ignore_keys)
        text = json.dumps(dict(self), sort_keys=True)
        return hashlib.md5(text.encode("utf-8"), usedforsecurity=False).hexdigest()

    dictionaries.to_id = to_id
