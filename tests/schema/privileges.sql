-- pgTAP, an outside judge of who may do what: policies, roles, privileges, triggers that are
-- always on. Run by tests/tools/judges.py in a migrated database; what the rows do is pytest's business.

create extension pgtap;
select plan(79);

select policies_are('public', t, p)
from (values
    ('log_sessions', array[
        'Users can view own sessions', 'Users can insert own sessions',
        'Pipeline can view all sessions'
    ]),
    ('log_integration_sessions', array[
        'Users can view own integration sessions', 'Users can insert own integration sessions',
        'Users can update own integration sessions', 'Pipeline can view all integration sessions'
    ]),
    ('log_behavioral_changes', array[
        'Users can view own behavioral changes', 'Users can insert own behavioral changes',
        'Pipeline can view all behavioral changes'
    ]),
    ('log_pulse_checks', array[
        'Users can view own pulse checks', 'Users can insert own pulse checks',
        'Pipeline can view all pulse checks'
    ]),
    ('log_journey_ends', array[
        'Users can view own journey ends', 'Users can insert own journey ends',
        'Pipeline can view all journey ends'
    ])
) as v (t, p);

-- 16 policies: for which command, and for whom.
select policy_cmd_is(
    'public', tablename, policyname,
    case split_part(policyname, ' ', 3) when 'view' then 'SELECT' else upper(split_part(policyname, ' ', 3)) end
)
from pg_policies where schemaname = 'public' order by tablename, policyname;
select policy_roles_are(
    'public', tablename, policyname,
    array[case split_part(policyname, ' ', 1) when 'Users' then 'authenticated' else 'journey_pipeline' end]
)
from pg_policies where schemaname = 'public' order by tablename, policyname;

select table_privs_are('public', t, r, p)
from unnest(array[
    'log_sessions', 'log_integration_sessions', 'log_behavioral_changes', 'log_pulse_checks',
    'log_journey_ends'
]) as t
cross join lateral (values
    ('anon', array[]::text[]),
    ('authenticated', case t
        when 'log_integration_sessions' then array['SELECT', 'INSERT', 'UPDATE']
        else array['SELECT', 'INSERT']
    end),
    ('journey_pipeline', array['SELECT']),
    ('journey_restricted', array[]::text[]),
    ('journey_analyst', array[]::text[])
) as v (r, p);

select function_privs_are(
    'public', f, a, r,
    case when r in ('authenticated', 'service_role', 'journey_pipeline') then array['EXECUTE'] else array[]::text[] end
)
from (values
    ('calculate_compliance_score', array['uuid', 'integer']),
    ('get_integration_milestones', array['uuid']),
    ('get_behavioral_changes_summary', array['uuid'])
) as v (f, a)
cross join unnest(array['anon', 'authenticated', 'service_role', 'journey_pipeline']) as r;

select is(
    array(
        select relname::text from pg_class
        where relnamespace = 'public'::regnamespace and relkind = 'r' and not relrowsecurity
    ),
    '{}', 'row-level security is on everywhere'
);
select is(
    array(
        select tgname::text from pg_trigger
        where tgrelid::regclass::text like 'log\_%' and not tgisinternal and tgenabled <> 'A'
    ),
    '{}', 'every trigger of ours is always on'
);
select is(
    array(
        select oid::regprocedure::text from pg_proc
        where prosecdef and pronamespace = 'public'::regnamespace
            and 'search_path=pg_catalog, pg_temp' <> all (coalesce(proconfig, '{}'))
    ),
    '{}', 'every SECURITY DEFINER function has its path pinned'
);
select is(
    array(
        select c.relname::text from pg_class as c
        left join pg_trigger as t on t.tgrelid = c.oid and t.tgfoid = 'intake.note_sessions'::regproc
        where c.relname like 'log\_%' and c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
        group by c.relname
        having count(t.oid) <> 3
    ),
    '{}', 'every table notes what is inserted, updated and deleted'
);
select is(count(*)::integer, 12, 'twelve guards')
from pg_trigger
where tgrelid::regclass::text like 'log\_%' and not tgisinternal
    and tgfoid <> 'intake.note_sessions'::regproc;

-- Any test that failed, or a number of tests that is not the plan's, is an error here.
select * from finish(true);
