-- Purpose: the three functions behind the wellness-journey screens.
-- Needs:   044, 045, 046.
-- Adds:    public.calculate_compliance_score(uuid, integer),
--          public.get_integration_milestones(uuid), public.get_behavioral_changes_summary(uuid),
--          and public.journey_readable_session_day(uuid), which only they use.

set local search_path = pg_catalog, pg_temp;
set local lock_timeout = '5s';

-- Fails closed. Only the calling role decides who sees every session: claims can be set by a
-- caller, and the API's login is a member of every role.
create function public.journey_readable_session_day(p_session_id uuid) returns date
language plpgsql stable
set search_path = pg_catalog, pg_temp
set timezone = 'UTC'
set row_security = off
as $$
declare
    v_day date;
    v_sees_all boolean := public.journey_caller() in ('service_role', 'journey_pipeline');
    -- Asked before any row is looked for: claims that are no id fail alike for every session.
    v_caller_id uuid := case when not v_sees_all then auth.uid() end;
begin
    select s.session_date::date into v_day
    from public.log_sessions as s
    where s.session_id = p_session_id
        and (v_sees_all or s.practitioner_id = v_caller_id);
    if not found then
        raise exception 'session not found or access denied'
            using errcode = 'insufficient_privilege';
    end if;
    return v_day;
end
$$;
comment on function public.journey_readable_session_day(uuid)
is 'Day (UTC) of a session that the caller may read; otherwise 42501, the same for unknown and foreign.';
revoke all on function public.journey_readable_session_day(uuid)
from public, anon, authenticated, service_role;

create function public.calculate_compliance_score(
    p_session_id uuid,
    p_days_post_session integer default 180
)
returns table (
    pulse_check_count integer,
    pulse_check_percentage decimal(5, 2),
    assessment_count integer,
    assessment_percentage decimal(5, 2),
    integration_session_count integer,
    integration_session_percentage decimal(5, 2),
    overall_compliance_score integer
)
language plpgsql stable
security definer
set search_path = pg_catalog, pg_temp
set timezone = 'UTC'
set row_security = off
as $$
declare
    v_session_day date := public.journey_readable_session_day(p_session_id);
    v_expected_pulse_checks bigint := p_days_post_session::bigint;
    v_expected_assessments bigint := ceil(p_days_post_session / 7.0)::bigint;
    v_expected_integration_sessions bigint := ceil(p_days_post_session / 30.0)::bigint;
    v_pulse_checks bigint;
    v_assessments bigint;
    v_integration_sessions bigint;
begin
    if p_days_post_session is null or p_days_post_session not between 1 and 3650 then
        raise exception 'p_days_post_session must be between 1 and 3650 days'
            using errcode = 'invalid_parameter_value';
    end if;

    -- A pulse check is a day: answering twice counts once.
    select count(distinct p.check_date) into v_pulse_checks
    from public.log_pulse_checks as p
    where p.session_id = p_session_id
        and p.check_date between v_session_day and v_session_day + p_days_post_session;

    select
        count(*) filter (
            where case i.session_type
                when 'PHQ9_ASSESSMENT' then i.completed or i.phq9_score is not null
                when 'GAD7_ASSESSMENT' then i.completed or i.gad7_score is not null
                when 'WHOQOL_BREF' then i.completed or i.whoqol_bref_score is not null
                when 'PSQI_ASSESSMENT' then i.completed or i.psqi_score is not null
            end
        ),
        count(*) filter (where i.session_type = 'INTEGRATION_THERAPY' and i.completed)
    into v_assessments, v_integration_sessions
    from public.log_integration_sessions as i
    where i.session_id = p_session_id
        and i.session_date between v_session_day and v_session_day + p_days_post_session;

    return query
    select
        v_pulse_checks::integer,
        round(least(v_pulse_checks * 100.0 / v_expected_pulse_checks, 100), 2),
        v_assessments::integer,
        round(least(v_assessments * 100.0 / v_expected_assessments, 100), 2),
        v_integration_sessions::integer,
        round(least(v_integration_sessions * 100.0 / v_expected_integration_sessions, 100), 2),
        -- One division over the common denominator: three rounded shares that add up to a
        -- half would be rounded to the wrong side.
        round(
            (
                40 * least(v_pulse_checks, v_expected_pulse_checks)
                * v_expected_assessments * v_expected_integration_sessions
                + 40 * least(v_assessments, v_expected_assessments)
                * v_expected_pulse_checks * v_expected_integration_sessions
                + 20 * least(v_integration_sessions, v_expected_integration_sessions)
                * v_expected_pulse_checks * v_expected_assessments
            )::numeric
            / (v_expected_pulse_checks * v_expected_assessments * v_expected_integration_sessions)
        )::integer;
end
$$;
comment on function public.calculate_compliance_score(uuid, integer)
is 'Done against expected over days 0 to p_days_post_session of one dosing session; one row. '
    '42501 for a session that is unknown or not the caller''s, 22023 for days outside 1 to 3650.';

create function public.get_integration_milestones(p_session_id uuid)
returns table (
    milestone_date date,
    milestone_type varchar,
    milestone_description varchar,
    completed boolean,
    days_post_session integer
)
language plpgsql stable
security definer
set search_path = pg_catalog, pg_temp
set timezone = 'UTC'
set row_security = off
as $$
declare
    v_session_day date := public.journey_readable_session_day(p_session_id);
begin
    return query
    select
        i.session_date,
        i.session_type,
        case i.session_type
            when 'PULSE_CHECK' then 'Daily Pulse Check'
            when 'PHQ9_ASSESSMENT' then 'PHQ-9 Assessment'
            when 'GAD7_ASSESSMENT' then 'GAD-7 Assessment'
            when 'WHOQOL_BREF' then 'Quality of Life Assessment'
            when 'PSQI_ASSESSMENT' then 'Sleep Quality Assessment'
            when 'INTEGRATION_THERAPY' then 'Integration Therapy Session'
            when 'FOLLOW_UP_CALL' then 'Follow-up Call'
            else i.session_type
        end::varchar,
        i.completed,
        i.session_date - v_session_day
    from public.log_integration_sessions as i
    where i.session_id = p_session_id
    order by
        i.session_date, i.session_type collate "C", i.session_number, i.created_at,
        i.integration_session_id;
end
$$;
comment on function public.get_integration_milestones(uuid)
is 'Timeline of one dosing session''s assessments, therapy sessions and calls, oldest first. '
    '42501 for a session that is unknown or not the caller''s.';

create function public.get_behavioral_changes_summary(p_session_id uuid)
returns table (
    change_type varchar,
    change_count integer,
    recent_changes text[]
)
language plpgsql stable
security definer
set search_path = pg_catalog, pg_temp
set timezone = 'UTC'
set row_security = off
as $$
begin
    perform public.journey_readable_session_day(p_session_id);
    return query
    select
        c.change_type,
        count(*)::integer,
        array_agg(
            c.change_description order by c.change_date desc, c.created_at desc, c.change_id
        )
    from public.log_behavioral_changes as c
    where c.session_id = p_session_id
        and c.change_sentiment = 'POSITIVE'
    group by c.change_type
    order by count(*) desc, c.change_type collate "C";
end
$$;
comment on function public.get_behavioral_changes_summary(uuid)
is 'Positive changes of one dosing session by type, most frequent first, newest text first. '
    '42501 for a session that is unknown or not the caller''s.';

revoke all on function
    public.calculate_compliance_score(uuid, integer),
    public.get_integration_milestones(uuid),
    public.get_behavioral_changes_summary(uuid)
from public, anon, authenticated, service_role;
grant execute on function
    public.calculate_compliance_score(uuid, integer),
    public.get_integration_milestones(uuid),
    public.get_behavioral_changes_summary(uuid)
to authenticated, service_role;
