{{ config(indexes=[{'columns': ['weeks']}]) }}

-- Chance that can be drawn again: hashes of fixed text. Byte by byte they sort alike everywhere.
with keys as (
    select
        permutations.permutation,
        places.place,
        md5('1:' || permutations.permutation || ':' || places.place) as key
    from {{ numbers(1, 1999) }} as permutations (permutation)
    cross join {{ numbers(1, 26) }} as places (place)
),

-- Sorted once, as numbers are sorted again much faster than texts.
ranked as (
    select
        permutation,
        place,
        row_number() over (partition by permutation order by {{ bytewise('key') }}, place) as rank
    from keys
),

-- The order of the first n keys is a permutation of n, each as likely as any other. Beyond n
-- everything stays where it is.
ordered as (
    select
        lengths.weeks,
        ranked.permutation,
        {{ list_of(
            'ranked.place',
            'case when ranked.place <= lengths.weeks then ranked.rank else 26 + ranked.place end'
        ) }} as places
    from ranked
    cross join {{ numbers(12, 26) }} as lengths (weeks)
    group by lengths.weeks, ranked.permutation
),

-- Columns, because an array's elements take twice as long to reach.
final as (
    select
        {%- for place in range(1, 27) %}
        {{ member('places', place) }} as week_at_{{ place }},
        {%- endfor %}
        weeks,
        permutation
    from ordered
    order by weeks, permutation
)

select * from final
