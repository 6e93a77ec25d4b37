with counts as (
    select *
    from {{ ref('int_window_counts') }}
    where {{ is_touched('session_id') }}
),

final as (
    select
        session_id,
        window_days,
        pulse_check_count,
        {{ capped_percentage('pulse_check_count', 'expected_pulse_checks') }}
            as pulse_check_percentage,
        assessment_count,
        {{ capped_percentage('assessment_count', 'expected_assessments') }}
            as assessment_percentage,
        integration_session_count,
        {{ capped_percentage('integration_session_count', 'expected_integration_sessions') }}
            as integration_session_percentage,
        -- One division over the common denominator, so that the rounding is exact.
        round(
            {{ ratio(
                '40 * least(pulse_check_count, expected_pulse_checks)'
                ~ ' * expected_assessments * expected_integration_sessions'
                ~ ' + 40 * least(assessment_count, expected_assessments)'
                ~ ' * expected_pulse_checks * expected_integration_sessions'
                ~ ' + 20 * least(integration_session_count, expected_integration_sessions)'
                ~ ' * expected_pulse_checks * expected_assessments',
                '(expected_pulse_checks * expected_assessments * expected_integration_sessions)'
            ) }}
        )::integer as overall_compliance_score,
        expected_pulse_checks,
        expected_assessments,
        expected_integration_sessions,
        due_pulse_checks,
        pulse_checks_so_far,
        {{ capped_percentage('pulse_checks_so_far', 'due_pulse_checks') }}
            as pulse_check_adherence_pct,
        due_assessments,
        assessments_so_far,
        {{ capped_percentage('assessments_so_far', 'due_assessments') }}
            as assessment_adherence_pct,
        due_integration_sessions,
        integration_sessions_so_far,
        {{ capped_percentage('integration_sessions_so_far', 'due_integration_sessions') }}
            as integration_session_adherence_pct,
        complete_days,
        {{ capped_percentage('complete_days', 'pulse_check_count') }} as complete_days_pct,
        longest_gap_days,
        days_since_last_pulse_check,
        duplicate_pulse_check_rows,
        pulse_check_rows_before_session,
        pulse_check_rows_after_window
    from counts
)

select * from final
