{%- set spans_of_rules = [
    ref('int_drop_spans'),
    ref('int_below_baseline_spans'),
    ref('int_silence_spans'),
    ref('int_worsening_spans'),
] %}

with final as (
    {%- for spans in spans_of_rules %}
    select
        session_id,
        rule,
        span_number,
        first_day,
        last_day,
        baseline_value,
        baseline_standard_deviation,
        baseline_days,
        limit_value,
        observed_value,
        is_fired
    from {{ spans }}
    where {{ is_touched('session_id') }}
    {{- '
    union all' if not loop.last }}
    {%- endfor %}
)

-- A session's rows lie together, so that a day fetches those of the touched ones alone.
select * from final
order by session_id
