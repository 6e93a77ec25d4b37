with assessments as (
    select
        integration_session_id,
        session_id,
        instrument,
        score,
        days_post_session,
        outcome_window_days,
        is_baseline,
        assessment_date,
        created_at
    from {{ ref('int_assessment_roles') }}
    where {{ is_touched('session_id', of_view=true) }}
),

instruments as (
    select *
    from {{ ref('ref_instruments') }}
),

severity_bands as (
    select *
    from {{ ref('ref_severity_bands') }}
),

followed as (
    select
        *,
        max(score) filter (where is_baseline) over journey as baseline_score,
        max(days_post_session) filter (where is_baseline) over journey
            as baseline_days_post_session,
        days_post_session > 0 as is_follow_up
    from assessments
    window journey as (partition by session_id, instrument)
),

compared as (
    select
        followed.*,
        severity_bands.band as severity_band,
        followed.score - followed.baseline_score as change_from_baseline,
        case when instruments.is_higher_better then 1 else -1 end
        * (followed.score - followed.baseline_score) as points_better,
        instruments.caseness_score,
        instruments.reliable_change,
        instruments.response_share,
        instruments.remission_score
    from followed
    inner join instruments on followed.instrument = instruments.instrument
    left join severity_bands
        on
            followed.instrument = severity_bands.instrument
            and followed.score
            between severity_bands.lowest_score and severity_bands.highest_score
),

final as (
    select
        integration_session_id,
        session_id,
        instrument,
        severity_band,
        {%- for class, (definition, limit) in {
            'response': ('response_share', 'baseline_score * (1 - response_share)'),
            'remission': ('remission_score', 'remission_score'),
        }.items() %}
        case
            when not is_follow_up then 'not_follow_up'
            when {{ definition }} is null then 'not_defined'
            when score is null then 'no_score'
            when baseline_score is null then 'no_baseline'
            when baseline_score < caseness_score then 'not_eligible'
            when score <= {{ limit }} then '{{ class }}'
            else 'no_{{ class }}'
        end as {{ class }}_class,
        {%- endfor %}
        case
            when not is_follow_up then 'not_follow_up'
            when points_better >= reliable_change then 'reliable_improvement'
            when points_better <= -reliable_change then 'reliable_deterioration'
            when points_better is null or reliable_change is null then 'not_computable'
            else 'no_reliable_change'
        end as reliable_change_class,
        score,
        baseline_score,
        baseline_days_post_session,
        change_from_baseline,
        days_post_session,
        outcome_window_days,
        is_baseline,
        assessment_date,
        created_at
    from compared
)

-- A session's rows lie together, so that a day fetches those of the touched ones alone.
select * from final
order by session_id
