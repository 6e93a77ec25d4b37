{#- The CTEs that these read: spine (instrument, window and caseness), sessions, assessments. -#}
{% macro closed_windows() -%}
    select
        sessions.*,
        spine.instrument,
        spine.outcome_window_days,
        coalesce(baselines.score >= spine.caseness_score, false) as is_eligible,
        outcomes.score,
        outcomes.response_class,
        outcomes.remission_class,
        outcomes.reliable_change_class
    from spine
    inner join sessions on spine.last_day <= sessions.days_elapsed
    left join assessments as baselines
        on
            sessions.session_id = baselines.session_id
            and spine.instrument = baselines.instrument
            and baselines.is_baseline
    left join assessments as outcomes
        on
            sessions.session_id = outcomes.session_id
            and spine.instrument = outcomes.instrument
            and spine.outcome_window_days = outcomes.outcome_window_days
{%- endmacro %}


{% macro one_per_patient(windows, columns) -%}
    select *
    from (
        select
            *,
            row_number() over (
                partition by patient_id, {{ columns | join(', ') }}
                order by is_eligible desc, session_date asc, session_id asc
            ) as place
        from {{ windows }}
        where is_eligible or score is not null
    ) as ranked
    where place = 1
{%- endmacro %}
