"""How Great Expectations gets at the database: quietly, as the pipeline's role, and in memory.

The context is ephemeral: a file context would write the connection string to disk.
"""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from wellness_journey.checks.suites.gx_thrift import be_thrifty
from wellness_journey.checks.suites.imports import imported_when_used
from wellness_journey.database.settings import PIPELINE_ROLE, SESSION, Target
from wellness_journey.errors import NoConnectionError

if TYPE_CHECKING:
    from great_expectations.datasource.fluent.postgres_datasource import PostgresDatasource


def url(target: Target) -> str:
    """Where Great Expectations connects; a password comes from libpq's own places."""
    query = {"host": target.host, "application_name": "journey check"}
    # Its URL wants a host in the usual place too; the one of the query is used.
    place = f"{quote(target.user, safe='')}@localhost:{target.port}"
    database = quote(target.database, safe="")
    return f"postgresql+psycopg2://{place}/{database}?{urlencode(query, quote_via=quote)}"


@contextmanager
def pipeline_connections() -> Iterator[None]:
    """Until the end, each connection of SQLAlchemy works as the pipeline's role, without JIT.

    By statements: a connection pooler refuses settings that travel as startup options. Great
    Expectations makes several engines by itself, so all of them are listened to.
    """
    from sqlalchemy import event
    from sqlalchemy.pool import Pool

    def work_as_pipeline(connection: Any, record: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"{SESSION}; set role {PIPELINE_ROLE}")
        # Else the first rollback would undo both.
        connection.commit()

    event.listen(Pool, "connect", work_as_pipeline)
    try:
        yield
    finally:
        event.remove(Pool, "connect", work_as_pipeline)


@contextmanager
def quiet() -> Iterator[None]:
    """No word of Great Expectations or SQLAlchemy, and no usage statistics."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    loggers = [logging.getLogger(name) for name in ("great_expectations", "sqlalchemy")]
    before = [(logger.propagate, logger.handlers) for logger in loggers]
    for logger in loggers:
        logger.propagate, logger.handlers = False, [logging.NullHandler()]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, (propagate, handlers) in zip(loggers, before, strict=True):
            logger.propagate, logger.handlers = propagate, handlers


@contextmanager
def open_source(target: Target) -> Iterator[PostgresDatasource]:
    """The database as Great Expectations has it, in a context of this process alone."""
    # A third of all its memory, for checks that we do not have.
    with imported_when_used("scipy", "stats"):
        import great_expectations as gx
    from great_expectations.data_context.types.base import (
        DataContextConfig,
        InMemoryStoreBackendDefaults,
        ProgressBarsConfig,
    )
    from great_expectations.datasource.fluent.interfaces import TestConnectionError

    be_thrifty()
    context = gx.get_context(
        mode="ephemeral",
        project_config=DataContextConfig(
            # Left to itself it makes a temporary folder for web pages.
            store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
            progress_bars=ProgressBarsConfig(globally=False, metric_calculations=False),
            analytics_enabled=False,
        ),
    )
    try:
        source = context.data_sources.add_postgres("journey", connection_string=url(target))
    except TestConnectionError as error:
        raise NoConnectionError(
            f"Great Expectations cannot connect to {target} ({class_of(error)}), although "
            "`journey` could: check PGPASSFILE or PGPASSWORD, and how many connections the server "
            "and the login allow, then run this again"
        ) from None
    try:
        yield source
    finally:
        source.get_engine().dispose()
        source.get_execution_engine().engine.dispose()


def class_of(error: BaseException) -> str:
    """The class of the first cause of `error`, whose words are not told."""
    while error.__cause__ is not None:
        error = error.__cause__
    return type(error).__name__
