-- The input contract (docs/input.md) over the tables of Northbank Care, as its owner writes it.

create schema wellness;

create view wellness.log_sessions as
select
    ds_code as session_id,
    patient_no as patient_id,
    guide_no as practitioner_id,
    dosed_on as session_date
from northbank.dosing_day;

create view wellness.log_pulse_checks as
select
    checkin_id as pulse_check_id,
    ds_code as session_id,
    patient_no as patient_id,
    local_day as check_date,
    felt_connected,
    slept_well,
    mood,
    anxious,
    own_words as notes,
    submitted_at as created_at
from northbank.phone_checkin;

-- A form has a row for three instruments: ALL_INSTRUMENTS makes a row of each score.
create view wellness.log_integration_sessions as
select
    'form ' || sitting_id as integration_session_id,
    ds_code as session_id,
    patient_no as patient_id,
    taken_on as session_date,
    'ALL_INSTRUMENTS' as session_type,
    true as completed,
    phq9_sum as phq9_score,
    gad7_sum as gad7_score,
    pcl5_sum as pcl5_score,
    null::text as session_notes
from northbank.form_sitting
union all
select
    'visit ' || visit.visit_id,
    visit.ds_code,
    visit.patient_no,
    (visit.begins_at at time zone house.time_zone)::date,
    visit.kind,
    visit.turnout = 'here',
    null,
    null,
    null,
    visit.desk_note
from northbank.aftercare_visit as visit
inner join northbank.patient as patient on visit.patient_no = patient.patient_no
inner join northbank.house as house on patient.house_no = house.house_no;

create view wellness.log_behavioral_changes as
select
    shift.shift_id || ' ' || kinds.kind_id as change_id,
    shift.ds_code as session_id,
    shift.patient_no as patient_id,
    kind.label as change_type,
    shift.went as change_sentiment,
    shift.told_on as change_date
from northbank.life_shift as shift
cross join unnest(shift.kind_ids) as kinds (kind_id)
inner join public.nb_shift_kind as kind on kinds.kind_id = kind.kind_id;

create view wellness.log_journey_ends as
select
    patient.patient_no as journey_end_id,
    last_day.ds_code as session_id,
    patient.patient_no as patient_id,
    leaving.how as end_type,
    leaving.left_on as end_date
from northbank.leaving as leaving
inner join northbank.patient as patient on leaving.patient_no = patient.patient_no
cross join lateral (
    select day.ds_code
    from northbank.dosing_day as day
    where day.patient_no = leaving.patient_no and day.dosed_on <= leaving.left_on
    order by day.dosed_on desc
    limit 1
) as last_day;

-- The house of the patient, and not that of the session: so each patient is in one group.
create view wellness.log_session_attributes as
select
    day.ds_code as session_id,
    house.name as value
from northbank.dosing_day as day
inner join northbank.patient as patient on day.patient_no = patient.patient_no
inner join northbank.house as house on patient.house_no = house.house_no;

-- What `journey adopt` asks for: the pipeline reads these views, and they read as their owner does.
do $$
begin
    if not exists (select from pg_roles where rolname = 'journey_pipeline') then
        create role journey_pipeline nologin noinherit;
    end if;
end
$$;
grant usage on schema wellness to journey_pipeline;
grant select on all tables in schema wellness to journey_pipeline;
