{{ config(
    materialized='by_key',
    schema='marts',
    grants={'select': ['journey_restricted']},
    indexes=[{'columns': ['session_id']}],
    meta={'key': 'session_id', 'announces': ['patient_id'], 'moves_until': 0},
) }}

select
    session_id,
    patient_id,
    session_date
from {{ ref('stg_sessions') }}
where
    quarantine_reason is null
    and {{ is_touched('session_id', of_view=true) }}
