-- Purpose: the pipeline and its readers can tell whether their code fits the database.
-- Needs:   048.
-- Adds:    the right to read journey_ledger.migrations, where `journey migrate` keeps one.

set local search_path = pg_catalog, pg_temp;
set local lock_timeout = '5s';

do $$
begin
    -- An SQL editor keeps no ledger.
    if to_regclass('journey_ledger.migrations') is null then
        return;
    end if;
    grant usage on schema journey_ledger to journey_pipeline, journey_restricted, journey_analyst;
    grant select on journey_ledger.migrations
    to journey_pipeline, journey_restricted, journey_analyst;
end
$$;
