"""The section of RESULTS.md about marts."""

from __future__ import annotations

import textwrap
from typing import Any

# Ratio, the words, the aim, and whether more is better.
AIMS = (
    ("full_refresh_over_copy", "full refresh over the copy", 20, False),
    ("one_day_over_full", "one day over a full refresh", 0.12, False),
    ("one_day_growth_at_4x", "one day with four times the history over one day", 1.5, False),
    ("functions_over_mart", "functions over the compliance mart", 5, True),
    ("checks_over_handwritten", "suites over handwritten aggregates", 3, False),
    ("run_over_build", "`journey run` over `dbt build`, demo cohort", 1.6, False),
    ("client_peak_mb", "memory of the client at most, MB", 400, False),
)


def told(result: dict[str, Any]) -> str:
    machine, rows, longer = result["machine"], result["rows"]["cohort"], result["rows"]["longer"]
    about = (
        f"{machine['cores']} cores, {machine['memory_gib']} GiB of memory, PostgreSQL "
        f"{machine['postgresql']}; {rows['log_sessions']:,} sessions, "
        f"{result['running_sessions']:,} of them still running, {rows['log_pulse_checks']:,} pulse "
        f"checks, {rows['log_integration_sessions']:,} integration sessions, "
        f"{rows['log_behavioral_changes']:,} behavioural changes; the longer history has "
        f"{longer['log_sessions']:,} sessions, {longer['log_pulse_checks']:,} pulse checks and as "
        f"many running. The best of {result['repeats']} runs. Each is a process of its own, plain "
        "`dbt build` without tests and cross-checks; a new day makes it read the project anew. Net "
        "is from the start of its first node to the end of its last, less the same on a database "
        "without rows. Other work on the machine lengthens both sides of a ratio."
    )
    lines = ["## Marts", "", *textwrap.wrap(about, 98), "", "| | seconds | net |", "|---|---|---|"]
    lines.append(f"| copy of the source tables | {result['copy_seconds']:.2f} | |")
    lines += [
        f"| {step} | {whole:.2f} | {result['net_seconds'][step]:.2f} |"
        for step, whole in result["seconds"].items()
    ]
    for words, key in (
        ("compliance by the function, each session and window", "functions_seconds"),
        ("compliance mart and what it is built from", "compliance_mart_seconds"),
        ("suites", "suites_seconds"),
        ("handwritten aggregates", "handwritten_seconds"),
        ("`journey run`, demo cohort, nothing new", "journey_run_seconds"),
        ("`dbt build` of the same selection", "dbt_build_seconds"),
    ):
        lines.append(f"| {words} | {result[key]:.2f} | |")
    lines += ["", "| ratio | measured | aim | |", "|---|---|---|---|"]
    for key, words, aim, more in AIMS:
        found = result[key]
        if found is None:
            lines.append(f"| {words} | too little to tell | {aim} | |")
            continue
        met = found >= aim if more else found <= aim
        sign = "at least" if more else "at most"
        lines.append(f"| {words} | {found:g} | {sign} {aim:g} | {'met' if met else '**missed**'} |")
    of_steps = ", ".join(f"{step} {mb}" for step, mb in result["client_peak_mb_by_step"].items())
    memory = (
        f"Memory of the server at most: {result['server_peak_mb']:,} MB; of the client by step and "
        f"database, MB: {of_steps}. Seconds by model are net, too."
    )
    lines += ["", *textwrap.wrap(memory, 98), ""]
    for step, models in result["slowest_models"].items():
        listed = ", ".join(f"{model} {seconds:.2f}" for model, seconds in models.items())
        lines += textwrap.wrap(f"- Seconds by model, {step}: {listed}.", 98, subsequent_indent="  ")
    return "\n".join(lines) + "\n"
