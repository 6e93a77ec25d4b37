-- A wrong end keeps silence from firing, and this is how it shows. The evening of the end is its day.
{{ config(severity='warn') }}

select pulse_days.session_id
from {{ ref('int_pulse_days') }} as pulse_days
inner join {{ ref('int_recorded_ends') }} as recorded_ends
    on pulse_days.session_id = recorded_ends.session_id
where pulse_days.days_post_session > recorded_ends.ended_days_post_session
