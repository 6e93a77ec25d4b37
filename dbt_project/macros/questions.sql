{#- What a pulse check asks is the variable `questions`, a list; nothing else names a question. -#}


{#- The columns of the answers. -#}
{% macro answer_columns() -%}
    {{ return(var('questions') | map(attribute='column') | list) }}
{%- endmacro %}


{% macro composite_columns() -%}
    {{ return(var('questions') | selectattr('is_in_composite') | map(attribute='column') | list) }}
{%- endmacro %}


{#- Each metric with its column. -#}
{% macro pulse_columns() -%}
    {%- set columns = {} -%}
    {%- for question in var('questions') -%}
        {%- do columns.update({question.name: question.column}) -%}
    {%- endfor -%}
    {%- do columns.update({'composite': 'composite'}) -%}
    {{ return(columns) }}
{%- endmacro %}


{#- Each question with columns of its row, as `rows_of` wants them. -#}
{% macro answers_by_question(relation) -%}
    {%- set rows = {} -%}
    {%- for question in var('questions') -%}
        {%- do rows.update({question.name: {'answer': relation ~ '.' ~ question.column}}) -%}
    {%- endfor -%}
    {{ return(rows) }}
{%- endmacro %}


{#- Each answer with the ends of its own scale, for `score_out_of_range_reason`. -#}
{% macro bounds_of_answers(relation) -%}
    {%- set bounds = {} -%}
    {%- for question in var('questions') -%}
        {%- do bounds.update({
            relation ~ '.' ~ question.column: (question.lowest, question.highest)
        }) -%}
    {%- endfor -%}
    {{ return(bounds) }}
{%- endmacro %}


{#- A mean of fewer than three quarters of its questions is no composite. -#}
{% macro least_answers() -%}
    {{ return((3 * composite_columns() | length + 3) // 4) }}
{%- endmacro %}


{#- How many questions of the composite a row answers. -#}
{% macro composite_answers(relation) -%}
    {%- if composite_columns() == answer_columns() -%}
        {{ relation }}.answers_given
    {%- else -%}
        {%- set columns = [] -%}
        {%- for column in composite_columns() -%}
            {%- do columns.append(relation ~ '.' ~ column) -%}
        {%- endfor -%}
        ({{ number_present(columns) }})
    {%- endif -%}
{%- endmacro %}


{#- An answer on its own scale as 1 to 5, with 5 as the best; exact. -#}
{% macro in_points(question, answer) -%}
    {%- set width = question.highest - question.lowest -%}
    {%- if width == 4 and question.lowest == 1 and question.is_higher_better -%}
        {{ answer }}
    {%- elif question.is_higher_better -%}
        1 + {{ ratio('4 * (' ~ answer ~ ' - ' ~ question.lowest ~ ')', width) }}
    {%- else -%}
        1 + {{ ratio('4 * (' ~ question.highest ~ ' - ' ~ answer ~ ')', width) }}
    {%- endif -%}
{%- endmacro %}


{#- The sum of these columns of a relation, in which no answer counts as 0. -#}
{% macro sum_of_answers(columns, relation='') -%}
    {%- for column in columns -%}
        coalesce({{ relation ~ '.' if relation }}{{ column }}, 0){{ ' + ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}


{#- In this part of a point an answer is whole, and so is a mean of as many as a composite has: every
    sum is exact. 12 for four questions of 1 to 5: a mean of three or four answers. -#}
{% macro parts_of_a_point() -%}
    {%- set found = namespace(answers=1, means=1) -%}
    {%- for question in var('questions') -%}
        {%- set width = question.highest - question.lowest -%}
        {%- set found.answers = least_common_multiple(
            found.answers, width // greatest_common_divisor(4, width)
        ) -%}
    {%- endfor -%}
    {%- for count in range(least_answers(), composite_columns() | length + 1) -%}
        {%- set found.means = least_common_multiple(found.means, count) -%}
    {%- endfor -%}
    {{ return(found.answers * found.means) }}
{%- endmacro %}


{#- A sum in these parts, before it is multiplied: of twelfths every product fits 32 bits. -#}
{% macro for_products(total) -%}
    {{ total }}{{ '::bigint' if parts_of_a_point() > 12 }}
{%- endmacro %}


{% macro greatest_common_divisor(one, other) -%}
    {{ return(one if other == 0 else greatest_common_divisor(other, one % other)) }}
{%- endmacro %}


{% macro least_common_multiple(one, other) -%}
    {{ return(one * other // greatest_common_divisor(one, other)) }}
{%- endmacro %}


{#- A number of a clinic's own table, which has any type of number, as a whole one: NULL if it is too
    large for one. -#}
{% macro whole(number) -%}
    {%- if is_adopted() -%}
        case when abs({{ number }}) <= 2147483647 then trunc({{ number }})::integer end
    {%- else -%}
        {{ number }}
    {%- endif -%}
{%- endmacro %}


{% macro no_whole_number_reason(numbers) -%}
    {%- if is_adopted() -%}
    when
                {%- for number in numbers %}
                {{ 'or ' if not loop.first }}{{ number }} <> trunc({{ number }})
                {%- endfor %}
                then 'no_whole_number'
    {%- endif -%}
{%- endmacro %}


{#- A text once for each question: {name} and {column} stand for the question's own. -#}
{% macro each_question(text) -%}
    {%- set found = [] -%}
    {%- for question in var('questions') -%}
        {%- do found.append(
            text | replace('{name}', question.name) | replace('{column}', question.column)
        ) -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}


{#- A text once for each instrument, if it says {instrument}, {session_type} or {score}; else itself. -#}
{% macro each_instrument(text) -%}
    {%- set found = [] -%}
    {%- for one in var('instruments') -%}
        {%- set filled = text | replace('{instrument}', one.name)
            | replace('{session_type}', one.session_type) | replace('{score}', one.column) -%}
        {%- do found.append(filled) if filled not in found -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}


{#- A text once for each metric, if it says {metric} or {metric_column}; once for each question, if it
    says {name} or {column}; else the text itself. -#}
{% macro each_of(text) -%}
    {%- if '{metric' in text -%}
        {%- set found = each_question(
            text | replace('{metric}', '{name}') | replace('{metric_column}', '{column}')
        ) -%}
        {%- do found.append(
            text | replace('{metric}', 'composite') | replace('{metric_column}', 'composite')
        ) -%}
        {{ return(found) }}
    {%- endif -%}
    {%- if '{name}' in text or '{column}' in text -%}
        {{ return(each_question(text)) }}
    {%- endif -%}
    {{ return(each_instrument(text)) }}
{%- endmacro %}


{#- {each} in a text stands for `of_each`, once for each metric or question. -#}
{% macro with_each(text, of_each, joint) -%}
    {%- if of_each is none -%} {{ return(text) }} {%- endif -%}
    {%- set part = parts_of_a_point() | string -%}
    {{ return(text | replace(
        '{each}', '(' ~ each_of(of_each | replace('{part}', part)) | join(joint) ~ ')'
    )) }}
{%- endmacro %}


{#- The same of every entry of a list, or of every name of a mapping. -#}
{% macro each_of_all(entries) -%}
    {%- if entries is mapping -%}
        {%- set found = {} -%}
        {%- for name, value in entries.items() -%}
            {%- for one in each_of(name) -%} {%- do found.update({one: value}) -%} {%- endfor -%}
        {%- endfor -%}
        {{ return(found) }}
    {%- endif -%}
    {%- set found = [] -%}
    {%- for one in entries -%}
        {%- do found.extend(each_of(one) if one is string else [one]) -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}


{#- Whether chance is known for a rule of review. Of rules about the composite it was simulated with
    the work order's questions, and says nothing of other ones. -#}
{% macro knows_chance(rule) -%}
    {%- if var('questions') == var('default_questions') -%}
        true
    {%- else -%}
        {{ rule }} not in ('drop', 'below_baseline')
    {%- endif -%}
{%- endmacro %}
