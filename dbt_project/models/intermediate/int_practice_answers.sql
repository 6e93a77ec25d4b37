with pulse_checks as (
    select
        pulse_check_id,
        session_id,
        practice_id,
        {%- for column in answer_columns() %}
        {{ column }},
        {%- endfor %}
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
        {{ sum_of_answers(answer_columns(), 'pulse_checks') }} as total,
        pulse_checks.check_date
    from pulse_checks
    cross join {{ rows_of('question', answers_by_question('pulse_checks')) }} as questions
)

select * from final
