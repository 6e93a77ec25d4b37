-- northbank: invented data, the same every time (no random(), no now())
-- run once, after schema.sql, in an empty database
begin;

-- a number 0..999 from a person, a place and a salt
create function pg_temp.hx(a bigint, b bigint, c bigint) returns integer
language plpgsql immutable as $$
declare
    m constant bigint := 2147483647;
    x bigint := (a * 73856093 + (b + 1000) * 19349663 + c * 83492791 + 97) % m;
begin
    x := (x * x + 12345) % m;
    x := (x * x + 6789 * c + b + 1000) % m;
    return (((x * x + a) % m) / 7 % 1000)::integer;
end
$$;

-- a slider or sum kept inside its range
create function pg_temp.clip(v numeric, top integer) returns smallint
language sql immutable as $$ select least(top, greatest(0, round(v)))::smallint $$;

-- ---- lookups
insert into public.nb_shift_kind values
    (1, 'Closeness to family and friends', true), (2, 'Drinking and smoking', true),
    (3, 'Moving the body', true), (4, 'Eating and cooking', true),
    (5, 'Work or study', true), (6, 'Time outdoors', true),
    (7, 'Sitting quietly, prayer, meditation', true), (8, 'Screens in the evening', false),
    (9, 'Making things, music, play', true);

insert into public.nb_app_setting values ('schema_level', '14'), ('data_until', '2025-09-30');

insert into northbank.house values
    (1, 'Northbank Quayside', 'Europe/London'), (2, 'Northbank Liffey', 'Europe/Dublin'),
    (3, 'Northbank Jordaan', 'Europe/Amsterdam'), (4, 'Northbank Alfama', 'Europe/Lisbon');

insert into northbank.team_member (member_no, full_name, job, house_no, still_here) values
    (1, 'Isla Merrow', 'guide', 1, true), (2, 'Tobias Fenn', 'guide', 1, true),
    (3, 'Priya Halloran', 'guide', 1, true), (4, 'Conor Daly', 'guide', 2, true),
    (5, 'Maeve Quill', 'guide', 2, true), (6, 'Sanne Verhoek', 'guide', 3, true),
    (7, 'Joost Akker', 'guide', 3, false), (8, 'Ines Caldeira', 'guide', 4, true),
    (9, 'Rui Salgado', 'guide', 4, true), (10, 'Harriet Lowe', 'office', null, true),
    (11, 'Bram Oster', 'office', 3, true);

-- ---- people
-- s is the person's seed; the rest is what makes persons different
create temp table person on commit drop as
with seed as (
    select s,
        case when s * 7 % 10 < 6 then 1 when s * 7 % 10 < 9 then 2 else 3 end as turns,
        case when pg_temp.hx(s, 0, 1) < 350 then 1 when pg_temp.hx(s, 0, 1) < 600 then 2
             when pg_temp.hx(s, 0, 1) < 810 then 3 else 4 end as house_no
    from generate_series(1, 60) s
), dated as (
    select *, date '2025-02-01' + pg_temp.hx(s, 0, 2) * (181 - 28 * (turns - 1)) / 1000 as d0
    from seed
)
select row_number() over (order by d0, s)::integer as patient_no, dated.*,
    110 + pg_temp.hx(s, 0, 3) * 440 / 1000 as keen,         -- per mille a day at first
    16 + pg_temp.hx(s, 0, 4) * 64 / 1000 as tires,          -- days
    45 + pg_temp.hx(s, 0, 5) * 35 / 1000 as anx0,
    28 + pg_temp.hx(s, 0, 6) * 26 / 1000 as good0,
    -6 + pg_temp.hx(s, 0, 7) * 42 / 1000 as gain,           -- some get worse
    case when pg_temp.hx(s, 0, 8) < 230 then 20 + pg_temp.hx(s, 0, 9) * 60 / 1000
         else 400 end as stops,                             -- days after d0
    10 + pg_temp.hx(s, 0, 10) * 12 / 1000 as phq0, 8 + pg_temp.hx(s, 0, 11) * 10 / 1000 as gad0,
    22 + pg_temp.hx(s, 0, 12) * 40 / 1000 as pcl0,
    case when pg_temp.hx(s, 0, 13) < 130 then 10 when pg_temp.hx(s, 0, 13) < 300 then 5
         else 1 end as grain                                -- some thumbs are coarse
from dated;

insert into northbank.patient (patient_no, nb_ref, call_name, birth_year, house_no, joined_on,
    created_at, updated_at)
select patient_no, 'NB-' || 1000 + patient_no * 17,
    (array['Ada', 'Bo', 'Cleo', 'Dov', 'Esme', 'Finn', 'Greta', 'Hal', 'Ida', 'Jude',
           'Kit', 'Lena', 'Milo', 'Nell', 'Otis'])[1 + s * 4 % 15]
        || ' ' || chr(65 + s * 11 % 26) || '.',
    1950 + pg_temp.hx(s, 0, 14) * 54 / 1000, house_no,
    d0 - 20 - pg_temp.hx(s, 0, 15) * 30 / 1000,
    (d0 - 19 + time '10:00') at time zone 'UTC', (d0 - 19 + time '10:00') at time zone 'UTC'
from person order by patient_no;

-- ---- dosing days
insert into northbank.dosing_day (ds_code, patient_no, house_no, guide_no, dosed_on,
    turn_no, compound, dose_mg, created_at, updated_at)
select 'DS-2025-' || lpad((n + n / 13)::text, 4, '0'),      -- voided numbers leave gaps
    patient_no, house_no, guide_no, dosed_on, k, compound,
    case compound when 'psi' then 25 when 'mdm' then 80 end + case when k > 1 then 5 else 0 end,
    (dosed_on - 9 + time '11:00') at time zone 'UTC', (dosed_on + time '18:00') at time zone 'UTC'
from (
    select p.patient_no, p.house_no, k, x.dosed_on,
        case when pg_temp.hx(p.s, k, 22) >= 55 then g.member_no end as guide_no,
        case when pg_temp.hx(p.s, 0, 23) < 640 then 'psi' else 'mdm' end as compound,
        row_number() over (order by x.dosed_on, p.patient_no) as n
    from person p
    cross join lateral generate_series(1, p.turns) k
    cross join lateral (select p.d0 + (k - 1) * 24
        + case when k > 1 then pg_temp.hx(p.s, k, 20) * 5 / 1000 else 0 end as d) r
    cross join lateral (select r.d                          -- no dosing on Sundays
        - case when extract(isodow from r.d) = 7 and r.d > date '2025-02-02' then 1
               else 0 end as dosed_on) x
    cross join lateral (select m.member_no from northbank.team_member m
        where m.job = 'guide' and m.house_no = p.house_no
        order by pg_temp.hx(p.s, m.member_no, 21), m.member_no limit 1) g
) t
order by n;

-- ---- check-ins
insert into northbank.phone_checkin (patient_no, ds_code, submitted_at, local_day,
    felt_connected, slept_well, mood, anxious, own_words, updated_at)
select patient_no, case when pg_temp.hx(s, t, 30) >= 50 then ds_code end, sent, local_day,
    case when pg_temp.hx(s, q, 31) >= 45
        then pg_temp.clip(round((good0 + g + day_luck + wob1) / grain) * grain, 100) end,
    case when pg_temp.hx(s, q, 32) >= 45 and s % 29 <> 3    -- a few never answer sleep
        then pg_temp.clip(round((good0 + 6 + g * 0.6 + day_luck * 0.5 + wob2) / grain) * grain, 100) end,
    case when pg_temp.hx(s, q, 33) >= 35
        then pg_temp.clip(round((good0 + 3 + g * 0.9 + day_luck + wob3) / grain) * grain, 100) end,
    case when pg_temp.hx(s, q, 34) >= 60
        then pg_temp.clip(round((anx0 - g * 1.1 - day_luck + wob4) / grain) * grain, 100) end,
    case when pg_temp.hx(s, q, 35) < 90 then (array['Long walk by the water.', 'Busy day at work.',
        'Slept late.', 'Rain all day.', 'Called my sister.', 'Forgot yesterday, sorry.',
        'Quiet evening.', 'Nothing much.'])[1 + pg_temp.hx(s, q, 36) % 8] end,
    sent
from (
    select p.*, t, n as q, d.ds_code, p.d0 + t as local_day,
        case when t <= 0 then 0 else round(p.gain * (1 - exp(-t / 35.0)::numeric), 1) end as g,
        (pg_temp.hx(p.s, t, 40) + pg_temp.hx(p.s, t, 41) - 999) * 14 / 1000.0 as day_luck,
        (pg_temp.hx(p.s, n, 42) - 500) * 32 / 1000.0 as wob1, (pg_temp.hx(p.s, n, 43) - 500) * 34 / 1000.0 as wob2,
        (pg_temp.hx(p.s, n, 44) - 500) * 32 / 1000.0 as wob3, (pg_temp.hx(p.s, n, 45) - 500) * 26 / 1000.0 as wob4,
        (p.d0 + t
            -- a few are sent one to three days late
            + case when p.d0 + t <= date '2025-09-26' and pg_temp.hx(p.s, n, 46) < 70
              then 1 + pg_temp.hx(p.s, n, 47) % 3 else 0 end
            + case when rep = 1 then time '07:10' else time '18:10' end
            + pg_temp.hx(p.s, n, 48) * interval '23 seconds'
        ) at time zone h.time_zone as sent
    from person p
    join northbank.house h on h.house_no = p.house_no
    cross join generate_series(-6, 215) t
    -- rep 0: the evening one; rep 1: a second one, in the morning
    cross join lateral generate_series(0, case when pg_temp.hx(p.s, t, 49) < 45 then 1 else 0 end) rep
    cross join lateral (select t * 2 + rep as n) i
    left join lateral (select dd.ds_code, dd.dosed_on from northbank.dosing_day dd
        where dd.patient_no = p.patient_no and dd.dosed_on <= p.d0 + t
        order by dd.dosed_on desc limit 1) d on true
    where p.d0 + t <= date '2025-09-29' and t <= p.stops
      and pg_temp.hx(p.s, t, 50) < case when d.dosed_on is null then 170
          else 30 + p.keen * exp(-(p.d0 + t - d.dosed_on)::numeric / p.tires) end
) c
order by sent, patient_no, q;

-- ---- questionnaires
insert into northbank.form_sitting (patient_no, ds_code, taken_on, phq9_sum, gad7_sum, pcl5_sum,
    updated_at)
select patient_no, case when pg_temp.hx(s, t, 60) >= 70 then ds_code end, taken_on,
    case when pg_temp.hx(s, t, 61) >= 50
        then pg_temp.clip(phq0 - g * 0.28 + (pg_temp.hx(s, t, 64) - 500) * 5 / 1000.0, 27) end,
    case when pg_temp.hx(s, t, 62) >= 60
        then pg_temp.clip(gad0 - g * 0.24 + (pg_temp.hx(s, t, 65) - 500) * 5 / 1000.0, 21) end,
    case when pg_temp.hx(s, t, 63) >= case when house_no = 4 then 350 else 90 end
        then pg_temp.clip(pcl0 - g * 0.7 + (pg_temp.hx(s, t, 66) - 500) * 12 / 1000.0, 80) end,
    (taken_on + time '12:00') at time zone 'UTC'
from (
    select p.*, t, x.taken_on, d.ds_code,
        case when t < 0 then 0 else p.gain * (1 - exp(-t / 35.0)::numeric) end as g
    from person p
    cross join unnest(array[-7, 14, 28, 56, 84, 112]) t
    cross join lateral (select p.d0 + t + case when t > 0 then pg_temp.hx(p.s, t, 67) % 6 - 1
        else pg_temp.hx(p.s, t, 67) % 5 end as taken_on) x
    cross join lateral (select dd.ds_code from northbank.dosing_day dd
        where dd.patient_no = p.patient_no and (dd.turn_no = 1 or dd.dosed_on < x.taken_on)
        order by dd.dosed_on desc limit 1) d
    where x.taken_on <= date '2025-09-30' and t <= p.stops + 10 and pg_temp.hx(p.s, t, 68) >= 130
) f
order by taken_on, patient_no;

-- ---- aftercare appointments
insert into northbank.aftercare_visit (patient_no, ds_code, guide_no, begins_at, minutes,
    kind, turnout, desk_note, updated_at)
select patient_no, case when pg_temp.hx(s, q, 70) >= 40 then ds_code end, guide_no, begins_at,
    case kind when 'ring' then 20 when 'talk' then 60 else 90 end, kind, turnout,
    case when pg_temp.hx(s, q, 71) < 140 then (array['Room 2.', 'Prefers mornings.',
        'Moved from Tuesday.', 'Line was poor, rang back.', 'Brought a notebook.'])
        [1 + pg_temp.hx(s, q, 72) % 5] end,
    begins_at + case when turnout = 'due' then interval '-5 days' else interval '2 hours' end
from (
    select p.s, p.patient_no, dd.ds_code, dd.guide_no, a.kind, q,
        (x.on_day + time '09:00' + pg_temp.hx(p.s, q, 73) % 16 * interval '30 minutes')
            at time zone h.time_zone as begins_at,
        case when x.on_day > date '2025-09-19' or pg_temp.hx(p.s, q, 74) < 15 then 'due'
             when pg_temp.hx(p.s, q, 75) < case when x.on_day > p.d0 + p.stops then 600 else 90 end
             then 'away' when pg_temp.hx(p.s, q, 76) < 95 then 'canx' else 'here' end as turnout
    from person p
    join northbank.house h on h.house_no = p.house_no
    join northbank.dosing_day dd on dd.patient_no = p.patient_no
    cross join (values (2, 'ring'), (8, 'talk'), (22, 'circle'), (45, 'talk'),
        (60, 'circle'), (84, 'talk'), (112, 'ring')) a (after, kind)
    cross join lateral (select a.after * 4 + dd.turn_no as q) i
    cross join lateral (select dd.dosed_on + a.after + pg_temp.hx(p.s, q, 77) % 5 as d) y
    cross join lateral (select y.d + case when extract(isodow from y.d) > 5 then 2 else 0 end as on_day) x
    where x.on_day <= date '2025-09-30' and a.after <= p.stops + 25
      and pg_temp.hx(p.s, q, 78) < case when a.after < 30 then 600 when a.after < 50 then 480 else 260 end
) v
order by begins_at, patient_no, q;

-- ---- life changes
insert into northbank.life_shift (patient_no, ds_code, told_on, kind_ids, went, updated_at)
select patient_no, ds_code, told_on, kind_ids,
    case when pg_temp.hx(s, q, 81) < 480 + gain * 9 then 'better'
         when pg_temp.hx(s, q, 82) < 600 then 'same' else 'worse' end,
    (told_on + time '20:00') at time zone 'UTC'
from (
    select p.s, p.gain, p.patient_no, q, k.kind_ids,
        case when pg_temp.hx(p.s, q, 83) >= 60 then dd.ds_code end as ds_code,
        dd.dosed_on + a.after + pg_temp.hx(p.s, q, 84) % 15 as told_on
    from person p
    join northbank.dosing_day dd on dd.patient_no = p.patient_no
    cross join unnest(array[10, 32, 65]) a (after)
    cross join lateral (select a.after * 4 + dd.turn_no as q) i
    cross join lateral (select array_agg(n order by pg_temp.hx(p.s, q * 10 + n, 85), n) as kind_ids
        from generate_series(1, 9) n where pg_temp.hx(p.s, q * 10 + n, 86) < 190) k
    where k.kind_ids is not null and a.after <= p.stops and pg_temp.hx(p.s, q, 87) < 560
) z
where told_on <= date '2025-09-30'
order by told_on, patient_no, q;

-- ---- withdrawals and discharges
-- of those who stop, some say so; some others finish
insert into northbank.leaving (patient_no, left_on, how, noted_by)
select patient_no, left_on, how, case when pg_temp.hx(s, 0, 94) >= 200 then 10 end
from (
    select p.s, p.patient_no, (greatest(p.d0 + p.stops, l.last_day) + 7) as left_on,
        (array['wdr', 'wdr', 'mov', 'lost'])[1 + pg_temp.hx(p.s, 0, 91) % 4] as how
    from person p
    join lateral (select max(dosed_on) as last_day from northbank.dosing_day dd
        where dd.patient_no = p.patient_no) l on true
    where p.stops < 400 and pg_temp.hx(p.s, 0, 90) < 650
    union all
    select p.s, p.patient_no, p.d0 + 150, 'fin'
    from person p where p.stops = 400 and p.d0 < date '2025-04-15' and pg_temp.hx(p.s, 0, 92) < 300
) w
where left_on <= date '2025-09-30'
order by patient_no;

alter sequence northbank.patient_patient_no_seq restart with 61;
alter sequence northbank.team_member_member_no_seq restart with 12;

commit;
analyze;
