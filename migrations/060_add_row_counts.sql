-- Purpose: what came in is counted where row-level security cannot hide a row from the pipeline.
-- Needs:   052, 056.
-- Adds:    intake.count_rows(text).

set local search_path = pg_catalog, pg_temp;
set local lock_timeout = '5s';

-- Runs as its owner: a policy or role that was lost would hide the same rows from the count and
-- from the marts. row_security = off makes a count that is filtered all the same an error.
create function intake.count_rows(p_table text) returns bigint
language plpgsql stable
security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
declare
    v_rows bigint;
begin
    case p_table
        when 'log_sessions' then
            select count(*) into v_rows from public.log_sessions;
        when 'log_pulse_checks' then
            select count(*) into v_rows from public.log_pulse_checks;
        when 'log_integration_sessions' then
            select count(*) into v_rows from public.log_integration_sessions;
        when 'log_behavioral_changes' then
            select count(*) into v_rows from public.log_behavioral_changes;
        when 'log_journey_ends' then
            select count(*) into v_rows from public.log_journey_ends;
    end case;
    return v_rows;
end
$$;
comment on function intake.count_rows(text)
is 'Rows of an operational table, whatever the caller may see of it; 20000 for another table.';
revoke all on function intake.count_rows(text) from public, anon, authenticated, service_role;
grant execute on function intake.count_rows(text) to journey_pipeline;
