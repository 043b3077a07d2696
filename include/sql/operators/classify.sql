-- One verdict for each row that has arrived. Rows of another partition are
-- judged apart. Among the others, rows with one key are ranked by content alone
-- (events by their time first), so that no order of loads matters: the first is
-- the one to keep. Equal rows share a rank, and one of them stands for all.
-- Personal columns come last in the ranking, so that the same row is kept once
-- they are null because their user was forgotten.
insert into {{ judged }} ({{ columns | join(", ") }}, load_id, verdict, part)
select
    {{ columns | join(", ") }},
    load_id,
    case
        {% if event_time is defined %}
        when placed = 0 then 'misplaced'
        {% endif %}
        {% if owner is defined %}
        when least_owner <> greatest_owner then 'two owners'
        {% endif %}
        when copy_number > 1 then 'identical'
        when content_rank > 1 then 'conflicting'
        {% if event_time is defined %}
        when
            {{ event_time }} < %(window_start)s
            or {{ event_time }} >= %(window_end)s
            then 'outside'
        {% endif %}
        else 'kept'
    end as verdict,
    %(part)s as part
from (

    select
        {{ columns | join(", ") }},
        load_id,
        placed,
        dense_rank() over (
            partition by placed, {{ key | join(", ") }}
            order by
                {% if event_time is defined %}{{ event_time }},{% endif %}
                {{ ranked | join(", ") }}
        ) as content_rank,
        {% if owner is defined %}
        min({{ owner }}) over (
            partition by placed, {{ key | join(", ") }}
        ) as least_owner,
        max({{ owner }}) over (
            partition by placed, {{ key | join(", ") }}
        ) as greatest_owner,
        {% endif %}
        row_number() over (
            partition by {{ columns | join(", ") }}
            order by load_id
        ) as copy_number
    from (

        select
            {{ columns | join(", ") }},
            load_id,
            {% if event_time is defined %}
            case
                when
                    {{ event_time }} >= %(partition_start)s
                    and {{ event_time }} < %(partition_end)s
                    then 1
                else 0
            end as placed
            {% else %}
            1 as placed
            {% endif %}
        from {{ arrived }}

    ) as located

) as ranked
