"""Imports put off until they are used.

Great Expectations imports scipy.stats for checks that we do not have: 54 MB, a third of what a
check would need. There is no setting for it, so the import itself is made to wait.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def imported_when_used(package: str, name: str) -> Iterator[None]:
    """What is imported here gets a module that loads itself when it is first used."""
    full = f"{package}.{name}"
    spec = importlib.util.find_spec(full)
    if full in sys.modules or not (spec and spec.loader):
        yield
        return
    spec.loader = importlib.util.LazyLoader(spec.loader)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    sys.modules[full] = module
    setattr(sys.modules[package], name, module)
    yield
    # Whoever looks through all modules, as `inspect.stack` does, would load it.
    del sys.modules[full]
