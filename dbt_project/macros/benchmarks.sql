{#- The measures of a benchmark that are a mean over patients; all others are shares of them. -#}
{% macro benchmark_means() -%}
    {{ return([
        'pulse_check_adherence_pct',
        'assessment_adherence_pct',
        'overall_compliance_score',
        'composite_slope_per_30_days',
    ]) }}
{%- endmacro %}
