{{ config(materialized='whole', indexes=[]) }}

{%- set means = [
    'pulse_check_adherence_pct',
    'assessment_adherence_pct',
    'overall_compliance_score',
    'composite_slope_per_30_days',
] %}
{%- set rates = ['response', 'reliable_deterioration'] %}

with sessions as (
    select
        session_id,
        practitioner_id,
        patient_id,
        state,
        days_elapsed,
        session_date
    from {{ ref('dim_sessions') }}
),

compliance as (
    select
        session_id,
        overall_compliance_score,
        pulse_check_adherence_pct,
        assessment_adherence_pct
    from {{ ref('fct_session_compliance') }}
    where window_days = 180
),

trends as (
    select
        session_id,
        slope_per_30_days
    from {{ ref('fct_session_trends') }}
    where metric = 'composite'
),

assessments as (
    select
        session_id,
        instrument,
        response_class,
        remission_class,
        reliable_change_class,
        score,
        outcome_window_days,
        is_baseline
    from {{ ref('fct_assessments') }}
    where is_baseline or outcome_window_days is not null
),

instruments as (
    select
        instrument,
        caseness_score
    from {{ ref('ref_instruments') }}
    where instrument in ('PHQ-9', 'GAD-7')
),

outcome_windows as (
    select
        window_days,
        last_day
    from {{ ref('ref_outcome_windows') }}
    where window_days = 90
),

practitioners as (
    select distinct practitioner_id
    from sessions
),

spine as (
    select
        instruments.instrument,
        instruments.caseness_score,
        outcome_windows.window_days as outcome_window_days,
        outcome_windows.last_day
    from instruments
    cross join outcome_windows
),

session_measures as (
    select
        sessions.practitioner_id,
        sessions.patient_id,
        compliance.pulse_check_adherence_pct,
        compliance.assessment_adherence_pct,
        trends.slope_per_30_days as composite_slope_per_30_days,
        case
            when sessions.state = 'complete' then compliance.overall_compliance_score
        end as overall_compliance_score
    from sessions
    left join compliance on sessions.session_id = compliance.session_id
    left join trends on sessions.session_id = trends.session_id
),

-- The network is everybody else: else a large practice would be compared with itself. No network
-- is gone through: it is all patients, less the practitioner's own, and of these again what they
-- are with others. A patient with two sessions is not two patients, but one with their mean.
own_means as (
    {%- for measure in means %}
    select
        practitioner_id,
        patient_id,
        '{{ measure }}' as measure,
        count(*) as sessions,
        sum({{ measure }}) as total
    from session_measures
    where {{ measure }} is not null
    group by practitioner_id, patient_id
    {{- '
    union all' if not loop.last }}
    {%- endfor %}
),

patient_means as (
    select
        *,
        sum(sessions) over patient as all_sessions,
        sum(total) over patient as all_total,
        row_number() over patient_by_practitioner as number
    from own_means
    window
        patient as (partition by measure, patient_id),
        patient_by_practitioner as (partition by measure, patient_id order by practitioner_id)
),

closed_windows as (
    {{ closed_windows() }}
),

one_per_patient as (
    {{ one_per_patient('closed_windows', ['instrument']) }}
),

own_per_patient as (
    {{ one_per_patient('closed_windows', ['practitioner_id', 'instrument']) }}
),

-- Only in the network of whoever treated a patient in the session that counts is it another one.
closed_elsewhere as (
    select
        closed_windows.*,
        one_per_patient.practitioner_id as compared_practitioner_id
    from closed_windows
    inner join one_per_patient
        on
            closed_windows.patient_id = one_per_patient.patient_id
            and closed_windows.instrument = one_per_patient.instrument
            and closed_windows.practitioner_id <> one_per_patient.practitioner_id
),

elsewhere_per_patient as (
    {{ one_per_patient('closed_elsewhere', ['instrument']) }}
),

outcomes as (
    {%- for windows, compared in {
        'own_per_patient': 'practitioner_id',
        'one_per_patient': 'practitioner_id',
        'elsewhere_per_patient': 'compared_practitioner_id',
    }.items() %}
    select
        '{{ windows }}' as of_windows,
        {{ compared }} as compared_practitioner_id,
        practitioner_id,
        lower(replace(instrument, '-', '')) as instrument,
        case response_class
            when 'response' then 1
            when 'no_response' then 0
        end as response,
        case reliable_change_class
            when 'reliable_deterioration' then 1
            when 'no_reliable_change' then 0
            when 'reliable_improvement' then 0
        end as reliable_deterioration
    from {{ windows }}
    {{- '
    union all' if not loop.last }}
    {%- endfor %}
),

rates as (
    {%- for outcome in rates %}
    select
        of_windows,
        compared_practitioner_id,
        practitioner_id,
        instrument || '_{{ outcome }}_pct' as measure,
        count(*) as patients,
        sum({{ outcome }}) as total
    from outcomes
    where {{ outcome }} is not null
    group by of_windows, compared_practitioner_id, practitioner_id, instrument
    {{- '
    union all' if not loop.last }}
    {%- endfor %}
),

everybody_means as (
    select
        measure,
        all_sessions as sessions,
        count(*) as patients,
        sum(all_total) as total,
        sum(all_total * all_total) as squares
    from patient_means
    where number = 1
    group by measure, all_sessions
),

everybody_rates as (
    select
        measure,
        sum(patients) as patients,
        sum(total) as total
    from rates
    where of_windows = 'one_per_patient'
    group by measure
),

-- Sums of so many patients who each have so many sessions; exact, and so is what is left of them.
parts as (
    select
        practitioner_id as compared_practitioner_id,
        true as is_own,
        measure,
        sessions,
        count(*) as patients,
        sum(total) as total,
        sum(total * total) as squares
    from patient_means
    group by practitioner_id, measure, sessions
    union all
    select
        practitioner_id as compared_practitioner_id,
        false as is_own,
        measure,
        all_sessions as sessions,
        -count(*) as patients,
        -sum(all_total) as total,
        -sum(all_total * all_total) as squares
    from patient_means
    group by practitioner_id, measure, all_sessions
    union all
    select
        practitioner_id as compared_practitioner_id,
        false as is_own,
        measure,
        all_sessions - sessions as sessions,
        count(*) as patients,
        sum(all_total - total) as total,
        sum((all_total - total) * (all_total - total)) as squares
    from patient_means
    where sessions < all_sessions
    group by practitioner_id, measure, all_sessions - sessions
    union all
    select
        practitioners.practitioner_id as compared_practitioner_id,
        false as is_own,
        everybody.measure,
        everybody.sessions,
        everybody.patients,
        everybody.total,
        everybody.squares
    from practitioners
    cross join everybody_means as everybody
    union all
    -- A 1 or 0 is its own square.
    select
        rates.compared_practitioner_id,
        sides.is_own,
        rates.measure,
        1 as sessions,
        sides.sign * rates.patients as patients,
        sides.sign * rates.total as total,
        sides.sign * rates.total as squares
    from rates
    inner join (
        values
        ('own_per_patient', true, 1),
        ('one_per_patient', false, -1),
        ('elsewhere_per_patient', false, 1)
    ) as sides (of_windows, is_own, sign)
        on rates.of_windows = sides.of_windows
    union all
    select
        practitioners.practitioner_id as compared_practitioner_id,
        false as is_own,
        everybody.measure,
        1 as sessions,
        everybody.patients,
        everybody.total,
        everybody.total as squares
    from practitioners
    cross join everybody_rates as everybody
),

across_patients as (
    {{ across_patients(['compared_practitioner_id', 'is_own', 'measure'], 'sessions', 1) }}
),

patients_by_practitioner as (
    select
        measure,
        practitioner_id,
        count(*) as patients
    from patient_means
    group by measure, practitioner_id
    union all
    select
        measure,
        practitioner_id,
        patients
    from rates
    where of_windows = 'one_per_patient'
),

-- The most of all others: the most, or where that is the practitioner's own the next.
ranked_practitioners as (
    select
        *,
        row_number() over (
            partition by measure
            order by patients desc, practitioner_id asc
        ) as number
    from patients_by_practitioner
),

counted_practitioners as (
    select
        measure,
        count(*) as practitioners,
        max(patients) as most_patients,
        max(patients) filter (where number = 2) as second_patients
    from ranked_practitioners
    group by measure
),

of_measure as (
    select
        counted_practitioners.*,
        ranked_practitioners.practitioner_id as largest_practitioner_id
    from counted_practitioners
    inner join ranked_practitioners
        on
            counted_practitioners.measure = ranked_practitioners.measure
            and ranked_practitioners.number = 1
),

others as (
    select
        practitioners.practitioner_id as compared_practitioner_id,
        of_measure.measure,
        of_measure.practitioners - (own.practitioner_id is not null)::integer as practitioners,
        case
            when practitioners.practitioner_id = of_measure.largest_practitioner_id
                then of_measure.second_patients
            else of_measure.most_patients
        end as most_patients
    from practitioners
    cross join of_measure
    left join patients_by_practitioner as own
        on
            practitioners.practitioner_id = own.practitioner_id
            and of_measure.measure = own.measure
    union all
    select
        elsewhere.compared_practitioner_id,
        elsewhere.measure,
        (patients_by_practitioner.practitioner_id is null)::integer as practitioners,
        elsewhere.patients + coalesce(patients_by_practitioner.patients, 0) as most_patients
    from rates as elsewhere
    left join patients_by_practitioner
        on
            elsewhere.practitioner_id = patients_by_practitioner.practitioner_id
            and elsewhere.measure = patients_by_practitioner.measure
    where elsewhere.of_windows = 'elsewhere_per_patient'
),

contributors as (
    select
        compared_practitioner_id,
        measure,
        sum(practitioners)::integer as practitioners,
        max(most_patients) as most_patients
    from others
    group by compared_practitioner_id, measure
),

measures as (
    {%- for measure in means %}
    select
        '{{ measure }}' as measure,
        'mean' as kind
    union all
    {%- endfor %}
    {%- for outcome in rates %}
    select
        lower(replace(instrument, '-', '')) || '_{{ outcome }}_pct' as measure,
        'rate' as kind
    from instruments
    {{- '
    union all' if not loop.last }}
    {%- endfor %}
),

shares as (
    select
        across_patients.compared_practitioner_id,
        across_patients.is_own,
        across_patients.measure,
        across_patients.patients,
        across_patients.total as events,
        {{ share_columns('share', 'across_patients.total', 'across_patients.patients') }}
    from across_patients
    inner join measures on across_patients.measure = measures.measure
    where measures.kind = 'rate'
),

figures as (
    select
        compared_practitioner_id,
        is_own,
        measure,
        patients,
        events,
        share_pct as value,
        share_ci_lower_pct as ci_lower,
        share_ci_upper_pct as ci_upper
    from shares
    union all
    select
        across_patients.compared_practitioner_id,
        across_patients.is_own,
        across_patients.measure,
        across_patients.patients,
        null as events,
        {{ round_once('across_patients.mean', 4) }} as value,
        {{ mean_bound('-') }} as ci_lower,
        {{ mean_bound('+') }} as ci_upper
    from across_patients
    inner join measures
        on
            across_patients.measure = measures.measure
            and measures.kind = 'mean'
    {{ student_t_lookup() }}
),

-- Who is one of only two others takes the own figures out and has the other's; and a network that
-- is mostly one practitioner's tells how that one fares.
networks as (
    select
        figures.*,
        contributors.practitioners,
        case
            when
                contributors.practitioners >= 3
                and 2 * contributors.most_patients <= figures.patients
                then figures.patients
        end as patients_without_dominance
    from figures
    inner join contributors
        on
            figures.compared_practitioner_id = contributors.compared_practitioner_id
            and figures.measure = contributors.measure
    where not figures.is_own
),

final as (
    select
        practitioners.practitioner_id,
        measures.measure,
        measures.kind,
        coalesce(own.patients, 0) as own_patients,
        own.value as own_value,
        own.ci_lower as own_ci_lower,
        own.ci_upper as own_ci_upper,
        {%- for figure in ['patients', 'practitioners', 'value', 'ci_lower', 'ci_upper'] %}
        {{ withhold(
            'networks.' ~ figure, 'networks.patients_without_dominance',
            ['networks.events', 'networks.patients - networks.events']
        ) }} as network_{{ figure }},
        {%- endfor %}
        {{ withhold(
            'false', 'networks.patients_without_dominance',
            ['networks.events', 'networks.patients - networks.events']
        ) }} is null as is_network_withheld
    from practitioners
    cross join measures
    left join figures as own
        on
            practitioners.practitioner_id = own.compared_practitioner_id
            and measures.measure = own.measure
            and own.is_own
    left join networks
        on
            practitioners.practitioner_id = networks.compared_practitioner_id
            and measures.measure = networks.measure
)

select * from final
