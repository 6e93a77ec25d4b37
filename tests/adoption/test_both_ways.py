"""Both ways of working make the same results of the same people."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import other_shape
from adopted import adopted, project, take_in
from builds import NO_TESTS, build
from checkout import ROOT
from database import Connection
from increments import dump
from nightly import in_nightly
from posture_file import adopted_text
from wellness_journey.checks.posture import adopted as posture
from wellness_journey.cohort import seed
from wellness_journey.database import settings
from wellness_journey.database.settings import Target

# Of `quality`, what only one way has.
_ALONE = ("adoption", "oracle")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that reads the schema wellness."""
    folder = tmp_path_factory.mktemp("both")
    return project(folder, {"input_schema": other_shape.SCHEMA}).root


@pytest.fixture(scope="module")
def clinic(copy_of: Callable[[str], Target], built: str, root: Path) -> Target:
    """The synthetic people in tables of another shape, adopted."""
    target = copy_of("template0")
    with settings.connect(target, autocommit=True) as connection:
        other_shape.make(connection)
    other_shape.move(copy_of(built), target)
    adopted(target, root, other_shape.SCHEMA)
    return target


def columns_and_rights(connection: Connection) -> list[str]:
    """Of `quality`: columns with their types, constraints, and who may read what."""
    rows = connection.execute(
        """
        select concat_ws(' ', c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
            a.attnotnull, pg_get_expr(d.adbin, d.adrelid), col_description(c.oid, a.attnum),
            (select string_agg(x.text, ',' order by x.text)
                from unnest(a.attacl) as acl (one)
                cross join lateral (select acl.one::text) as x (text)
                where acl.one::text !~ '^(postgres)='))
        from pg_class as c
        inner join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not attisdropped
        left join pg_attrdef as d on d.adrelid = c.oid and d.adnum = a.attnum
        where c.relnamespace = 'quality'::regnamespace and c.relkind in ('r', 'v')
        union all
        select concat_ws(' ', conrelid::regclass, conname, pg_get_constraintdef(oid))
        from pg_constraint
        where connamespace = 'quality'::regnamespace and contype <> 'n'
        union all
        select concat_ws(' ', c.relname, c.relowner::regrole, acl.grantee, acl.privilege_type)
        from pg_class as c
        cross join lateral (
            select case when e.grantee = 0 then 'public' else e.grantee::regrole::text end,
                e.privilege_type
            from aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) as e
        ) as acl (grantee, privilege_type)
        where c.relnamespace = 'quality'::regnamespace and c.relkind in ('r', 'v')
        union all
        select concat_ws(' ', p.oid::regprocedure, pg_get_functiondef(p.oid), acl.grantee)
        from pg_proc as p
        cross join lateral (
            select case when e.grantee = 0 then 'public' else e.grantee::regrole::text end
            from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) as e
        ) as acl (grantee)
        where p.pronamespace = 'quality'::regnamespace
        union all
        select concat_ws(' ', n.nspname, n.nspowner::regrole, acl.grantee, acl.privilege_type)
        from pg_namespace as n
        cross join lateral (
            select case when e.grantee = 0 then 'public' else e.grantee::regrole::text end,
                e.privilege_type
            from aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) as e
        ) as acl (grantee, privilege_type)
        where n.nspname in ('staging', 'intermediate', 'marts', 'published', 'quality')
        order by 1
        """
    ).fetchall()
    names = [row[0] for row in rows]
    return [one for one in names if not one.removeprefix("quality.").startswith(_ALONE)]


def test_roles_results_and_rights_are_the_same(
    clinic: Target, migrated: str, copy_of: Callable[[str], Target]
) -> None:
    """The two ways have files of their own, which say the same of `quality` and the schemas."""
    with settings.connect(clinic) as adopted_one, settings.connect(copy_of(migrated)) as ours:
        assert columns_and_rights(adopted_one) == columns_and_rights(ours)


def test_the_file_of_posture_is_what_adopt_makes(clinic: Target) -> None:
    """`make posture` writes it anew."""
    adopted_text(clinic, ROOT / posture.FILE)


@in_nightly
def test_the_same_people_have_the_same_marts(
    clinic: Target,
    migrated: str,
    root: Path,
    copy_of: Callable[[str], Target],
    own_copy_of: Callable[[str], Target],
) -> None:
    """Cell by cell, once their rows are loaded into the work order's tables."""
    other = own_copy_of(clinic.database)
    with settings.connect(other, autocommit=True) as connection:
        take_in(connection)
    ours = copy_of(migrated)
    other_shape.load_copies(other, ours)
    assert build(other, seed.SEED_AS_OF, *NO_TESTS, root=root).not_built == ()
    with settings.connect(other) as connection:
        of_clinic = dump(connection)
    target = own_copy_of(ours.database)
    assert build(target, seed.SEED_AS_OF, *NO_TESTS).not_built == ()
    with settings.connect(target) as connection:
        of_ours = dump(connection)
    of_models = {name for name in of_ours if not name.startswith("intermediate.cross_check")}
    assert {name: of_clinic[name] for name in of_models} == {
        name: of_ours[name] for name in of_models
    }
    assert sum(map(len, of_ours.values())) > 10_000
