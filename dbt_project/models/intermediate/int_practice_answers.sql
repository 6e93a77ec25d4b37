with pulse_checks as (
    select
        pulse_check_id,
        session_id,
        practice_id,
        connection_level,
        sleep_quality,
        mood_level,
        energy_level,
        answers_given,
        check_date
    from {{ ref('int_practice_checks') }}
),

final as (
    select
        pulse_checks.pulse_check_id,
        pulse_checks.session_id,
        pulse_checks.practice_id,
        questions.question,
        questions.answer,
        pulse_checks.answers_given,
        coalesce(pulse_checks.connection_level, 0) + coalesce(pulse_checks.sleep_quality, 0)
        + coalesce(pulse_checks.mood_level, 0) + coalesce(pulse_checks.energy_level, 0)
            as total,
        pulse_checks.check_date
    from pulse_checks
    cross join {{ rows_of('question', {
        'connection': {'answer': 'pulse_checks.connection_level'},
        'sleep': {'answer': 'pulse_checks.sleep_quality'},
        'mood': {'answer': 'pulse_checks.mood_level'},
        'energy': {'answer': 'pulse_checks.energy_level'},
    }) }} as questions
)

select * from final
