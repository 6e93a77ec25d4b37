"""Rows whose reading takes longer than any test waits."""

from __future__ import annotations

from waiting import LIMIT

# Longer than any test waits: a backend that is gone before has noticed.
SLEEP = 2 * LIMIT
SLOW_ROWS = f"""
    create table public.slow ();
    create function public.wait() returns boolean language plpgsql as $$
    begin
        if to_regclass('public.slow') is not null then
            perform pg_sleep({SLEEP});
        end if;
        return true;
    end
    $$;
    alter policy "Pipeline can view all behavioral changes" on public.log_behavioral_changes
    using (public.wait());
"""
