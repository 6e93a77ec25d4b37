-- northbank: patient application of the Northbank clinics
-- postgresql 15+, no extensions

-- group roles, only if missing
do $$
begin
    if not exists (select from pg_roles where rolname = 'nb_clinician') then
        create role nb_clinician nologin;
    end if;
    if not exists (select from pg_roles where rolname = 'nb_admin') then
        create role nb_admin nologin;
    end if;
end
$$;

create schema northbank;

-- ---------------------------------------------------------------- lookups

-- kinds of life change; life_shift.kind_ids holds these ids
create table public.nb_shift_kind (
    kind_id integer primary key,
    label   text not null unique,
    in_use  boolean not null default true
);

create table public.nb_app_setting (
    name  text primary key,
    value text not null
);

create table northbank.house (
    house_no  smallint primary key,
    name      text not null unique,
    time_zone text not null
);

-- ----------------------------------------------------------------- people

create table northbank.team_member (
    member_no  serial primary key,
    full_name  text not null,
    job        text not null check (job in ('guide', 'office')),
    house_no   smallint references northbank.house,    -- null: head office
    still_here boolean not null default true
);

create table northbank.patient (
    patient_no serial primary key,
    nb_ref     text not null unique check (nb_ref ~ '^NB-[0-9]{4}$'),
    call_name  text not null,
    birth_year smallint not null check (birth_year between 1920 and 2010),
    house_no   smallint not null references northbank.house,
    joined_on  date not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);

-- withdrawals and discharges, at most one a patient
create table northbank.leaving (
    patient_no integer primary key references northbank.patient,
    left_on    date not null,
    how        text not null check (how in ('fin', 'wdr', 'mov', 'lost')),
    noted_by   integer references northbank.team_member
);

-- --------------------------------------------------------------- clinical

create table northbank.dosing_day (
    ds_code     text primary key check (ds_code ~ '^DS-[0-9]{4}-[0-9]{4}$'),
    patient_no  integer not null references northbank.patient,
    house_no    smallint not null references northbank.house,
    guide_no    integer references northbank.team_member,
    dosed_on    date not null,
    turn_no     smallint not null check (turn_no between 1 and 3),
    compound    text not null check (compound in ('psi', 'mdm')),
    dose_mg     numeric(5, 1) not null check (dose_mg > 0),
    created_at  timestamptz not null default now(),
    updated_at  timestamptz not null default now(),
    unique (patient_no, turn_no)
);

-- daily check-in on the phone; sliders 0..100, null: not answered
create table northbank.phone_checkin (
    checkin_id     bigserial primary key,
    patient_no     integer not null references northbank.patient,
    ds_code        text references northbank.dosing_day,
    submitted_at   timestamptz not null,
    local_day      date not null,              -- the day it is about
    felt_connected smallint check (felt_connected between 0 and 100),
    slept_well     smallint check (slept_well between 0 and 100),
    mood           smallint check (mood between 0 and 100),
    anxious        smallint check (anxious between 0 and 100),  -- more is worse
    own_words      text,
    updated_at     timestamptz not null default now()
);

-- one row a sitting, three instruments side by side
create table northbank.form_sitting (
    sitting_id bigserial primary key,
    patient_no integer not null references northbank.patient,
    ds_code    text references northbank.dosing_day,
    taken_on   date not null,
    phq9_sum   smallint check (phq9_sum between 0 and 27),
    gad7_sum   smallint check (gad7_sum between 0 and 21),
    pcl5_sum   smallint check (pcl5_sum between 0 and 80),
    updated_at timestamptz not null default now()
);

create table northbank.aftercare_visit (
    visit_id   bigserial primary key,
    patient_no integer not null references northbank.patient,
    ds_code    text references northbank.dosing_day,
    guide_no   integer references northbank.team_member,
    begins_at  timestamptz not null,
    minutes    smallint not null check (minutes between 5 and 240),
    kind       text not null check (kind in ('talk', 'ring', 'circle')),
    turnout    text not null default 'due'
               check (turnout in ('here', 'away', 'canx', 'due')),
    desk_note  text,
    updated_at timestamptz not null default now()
);

create table northbank.life_shift (
    shift_id   bigserial primary key,
    patient_no integer not null references northbank.patient,
    ds_code    text references northbank.dosing_day,
    told_on    date not null,
    kind_ids   integer[] not null check (cardinality(kind_ids) > 0),
    went       text not null check (went in ('better', 'worse', 'same')),
    updated_at timestamptz not null default now()
);

create index on northbank.patient (house_no);
create index on northbank.dosing_day (patient_no, dosed_on);
create index on northbank.phone_checkin (patient_no, local_day);
create index on northbank.phone_checkin (ds_code);
create index on northbank.form_sitting (patient_no, taken_on);
create index on northbank.aftercare_visit (patient_no, begins_at);
create index on northbank.life_shift (patient_no, told_on);
create index on northbank.life_shift using gin (kind_ids);

-- ------------------------------------------------------------- updated_at

create function northbank.stamp_updated_at() returns trigger
language plpgsql as $$
begin
    new.updated_at := now();
    return new;
end
$$;

do $$
declare
    t text;
begin
    foreach t in array array['patient', 'dosing_day', 'phone_checkin',
        'form_sitting', 'aftercare_visit', 'life_shift']
    loop
        execute format(
            'create trigger stamp before update on northbank.%I
             for each row execute function northbank.stamp_updated_at()', t);
    end loop;
end
$$;

-- ----------------------------------------------------------------- access

-- house of the member of staff at work; the application sets
-- northbank.member_no at the start of each transaction
create function northbank.my_house() returns smallint
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select m.house_no
    from northbank.team_member m
    where m.member_no = nullif(current_setting('northbank.member_no', true), '')::integer
      and m.still_here
$$;

-- is this patient of my house?
create function northbank.of_my_house(who integer) returns boolean
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select exists (
        select from northbank.patient p
        where p.patient_no = who and p.house_no = northbank.my_house())
$$;

revoke execute on function northbank.my_house() from public;
revoke execute on function northbank.of_my_house(integer) from public;
grant execute on function northbank.my_house() to nb_clinician, nb_admin;
grant execute on function northbank.of_my_house(integer) to nb_clinician, nb_admin;

grant usage on schema northbank to nb_clinician, nb_admin;
grant select on northbank.house, northbank.team_member to nb_clinician;
grant select on northbank.patient, northbank.dosing_day, northbank.leaving to nb_clinician;
grant select, insert, update on northbank.phone_checkin, northbank.form_sitting,
    northbank.aftercare_visit, northbank.life_shift to nb_clinician;
grant select on public.nb_shift_kind, public.nb_app_setting to nb_clinician;
grant usage on all sequences in schema northbank to nb_clinician, nb_admin;
grant select, insert, update, delete on all tables in schema northbank to nb_admin;
grant select, insert, update, delete on public.nb_shift_kind, public.nb_app_setting
    to nb_admin;

-- a clinician sees the own house, an admin all houses
do $$
declare
    t text;
begin
    foreach t in array array['patient', 'leaving', 'dosing_day', 'phone_checkin',
        'form_sitting', 'aftercare_visit', 'life_shift']
    loop
        execute format('alter table northbank.%I enable row level security', t);
        execute format('create policy office_all on northbank.%I to nb_admin
            using (true) with check (true)', t);
        if t in ('patient', 'dosing_day') then
            execute format('create policy own_house on northbank.%I to nb_clinician
                using (house_no = (select northbank.my_house()))', t);
        else
            execute format('create policy own_house on northbank.%I to nb_clinician
                using (northbank.of_my_house(patient_no))', t);
        end if;
    end loop;
end
$$;

-- --------------------------------------------------------------- calendar

create view northbank.house_calendar with (security_invoker = true) as
select d.house_no, d.dosed_on as on_day, null::time as at_time, 'dosing' as entry,
       d.patient_no, d.guide_no, d.ds_code, null::bigint as visit_id, null::text as turnout
from northbank.dosing_day d
union all
select p.house_no, l.begins::date, l.begins::time, v.kind,
       v.patient_no, v.guide_no, v.ds_code, v.visit_id, v.turnout
from northbank.aftercare_visit v
join northbank.patient p using (patient_no)
join northbank.house h on h.house_no = p.house_no
cross join lateral (select v.begins_at at time zone h.time_zone as begins) l;

grant select on northbank.house_calendar to nb_clinician, nb_admin;

-- ---------------------------------------------------- application functions

-- percent of the first p_days days after a dosing day with a check-in
create function public.calculate_compliance_score(p_ds_code text, p_days integer)
returns numeric
language sql stable security invoker as $$
    select round(100.0 * count(distinct c.local_day) / nullif(greatest(p_days, 0), 0), 1)
    from northbank.dosing_day d
    left join northbank.phone_checkin c
        on c.patient_no = d.patient_no
        and c.local_day > d.dosed_on
        and c.local_day <= d.dosed_on + p_days
    where d.ds_code = p_ds_code
    group by d.ds_code
$$;

-- first time each of four things happened after a dosing day
create function public.get_integration_milestones(p_ds_code text)
returns table (milestone text, reached_on date)
language sql stable security invoker as $$
    select m.milestone, m.reached_on
    from northbank.dosing_day d
    cross join lateral (
        select 1, 'first check-in', min(c.local_day)
        from northbank.phone_checkin c
        where c.patient_no = d.patient_no and c.local_day > d.dosed_on
        union all
        select 2, 'first integration talk',
            min((v.begins_at at time zone h.time_zone)::date)
        from northbank.aftercare_visit v
        join northbank.house h on h.house_no = d.house_no
        where v.ds_code = d.ds_code and v.kind = 'talk' and v.turnout = 'here'
        union all
        select 3, 'first change for the better', min(s.told_on)
        from northbank.life_shift s
        where s.ds_code = d.ds_code and s.went = 'better'
        union all
        select 4, 'phq-9 under 10', min(f.taken_on)
        from northbank.form_sitting f
        where f.patient_no = d.patient_no and f.taken_on > d.dosed_on
          and f.phq9_sum < 10
    ) m (place, milestone, reached_on)
    where d.ds_code = p_ds_code
    order by m.place
$$;

-- reported life changes of a dosing day, counted by kind
create function public.get_behavioral_changes_summary(p_ds_code text)
returns table (kind_id integer, label text, better bigint, same bigint, worse bigint)
language sql stable security invoker as $$
    select k.kind_id, k.label,
           count(*) filter (where s.went = 'better'),
           count(*) filter (where s.went = 'same'),
           count(*) filter (where s.went = 'worse')
    from northbank.life_shift s
    cross join lateral unnest(s.kind_ids) u (kind_id)
    join public.nb_shift_kind k on k.kind_id = u.kind_id
    where s.ds_code = p_ds_code
    group by k.kind_id, k.label
    order by k.kind_id
$$;

revoke execute on function public.calculate_compliance_score(text, integer),
    public.get_integration_milestones(text),
    public.get_behavioral_changes_summary(text) from public;
grant execute on function public.calculate_compliance_score(text, integer),
    public.get_integration_milestones(text),
    public.get_behavioral_changes_summary(text) to nb_clinician, nb_admin;
