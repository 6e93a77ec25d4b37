"""Which names of columns look like an identifier of a person: HIPAA's eighteen, then free text."""

from __future__ import annotations

import re

# Words of a name, which stand between underscores: _patient_name_. Each may also have one of the
# beginnings and ends below, as in patientname and phonenumber.
IDENTIFIERS = {
    "names": """
        (first|last|middle|given|family|full|nick|maiden|preferred|legal|display|sur|fore|[flm])?
        _?(names?|nm) | initials | signatures? | next_of_kin | emergency_contact
        | contact_(person|details?)
    """,
    "addresses": """
        addr(ess(es)?)? | street | add_?line | city | town | village | county | suburb
        | zip(_?codes?)? | post(al|_?codes?) | plz | apartment | house_?(number|no|nr) | po_?box
        | residence | latitude | longitude | lat | lon | lng | geo(code|hash|location|point)?
        | coord(inate)?s? | locations? | neighbou?rhood | census_(tract|block)
    """,
    "dates": """
        (date_?of_?)?birth(_?(date|day|place))? | [dy]ob | bday | born | death | deceased | died
        | dod | admission | admitted | discharged? | ages?
    """,
    "telephone numbers": """
        (tele|mobile|cell)?_?phones? | telecom | mobile | tel | pager | landline | msisdn | whatsapp
        | (cell|contact|callback|ph)_(number|no|nr)
    """,
    "fax numbers": "(tele)?_?fax(es)? | facsimile",
    "e-mail addresses": "e?_?mails?(_?addr(ess(es)?)?)? | mailbox",
    "social security and national numbers": """
        ssn | ss_?(number|no) | soc(ial)?_?sec(urity)? | national_?(id|identifier|insurance) | nino
        | (tax|government|identity)_?(id|number|no) | tin | passports? | nhs | aadhaar | id_?card
        | personnummer
    """,
    "record numbers": """
        mrns? | med(ical)?_?rec(ord)?s? | records?_?(number|no|nr|id) | chart_?(number|no|nr|id)
        | (hospital|patient|case|file|encounter|accession)_(number|no|nr) | csn | e?mpi | [em]hr_?id
    """,
    "health plan numbers": """
        insur(ance|ed|er) | health_?plans? | medicare | medicaid | mbi | hicn
        | (policy|member(ship)?|subscriber|beneficiary)_?(number|no|nr|id)
    """,
    "account numbers": """
        accounts? | acct | iban | swift | bank | routing_number | sort_code
        | (credit_?|debit_?)?card_?(number|no|nr) | credit_?card
    """,
    "certificate and licence numbers": """
        licen[cs]es? | lic_?(number|no|nr) | certificates? | cert_?(number|no|nr) | npi | dea
        | registration_(number|no|nr)
    """,
    "vehicle identifiers": "vehicles? | vin | (number)?_?plates? | car_reg(istration)?",
    "device identifiers": """
        devices? | serial(?!_corr) | imei | imsi | iccid | udid? | idfa
        | (advertising|android|hardware)_id | mac | hostname | user_?agent
    """,
    "web addresses": """
        ur[li]s? | web_?(page|site|address) | homepage | hyperlink | href | linkedin
        | facebook | instagram | twitter | social_media
    """,
    "IP addresses": "ip(v\\d?|addr(ess)?)? | remote_?host | x_forwarded_for",
    "biometric identifiers": """
        biometrics? | finger_?prints? | voice(_?prints?)? | retina | iris | face(_?(id|print))?
        | dna | genomes? | audio | recordings?
    """,
    "photographs": """
        photo(graph)?s? | pictures? | pics? | images? | portraits? | avatars? | videos? | selfies?
        | headshots?
    """,
    "other unique codes": """
        identifiers? | login | (user|screen)_?handle | password | passwd | tokens? | cookies?
        | barcode | qr_?code | person_source_value | user_meta_?data
    """,
    "free text": """
        notes? | comments? | remarks? | descriptions? | descr? | narratives? | messages? | msgs?
        | memos? | feedback | (free|raw|clinical)?_?texts? | journal | diary | transcripts?
        | verbatim | chief_complaint | annotations?
    """,
}

_START, _END = "(patient|client|user|person|home|work|pt)?", "(s|es|no|nr|num|number|id|code)?"


def _pattern(words: str) -> re.Pattern[str]:
    return re.compile(f"_{_START}({words}){_END}_", re.VERBOSE)


_LOOKS_BAD = _pattern("|".join(IDENTIFIERS.values()))


def is_identifier_like(name: str) -> bool:
    """Whether a word of `name` is one; a word inside another, as age in average, is none."""
    return _LOOKS_BAD.search(as_words(name)) is not None


def as_words(name: str) -> str:
    """patientIPAddress2 as _patient_ip_address_2_."""
    words = re.sub(
        r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z](?!s\b)[a-z])|(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])"
        r"|[^A-Za-z0-9]",
        "_",
        name,
    )
    return f"_{words}_".lower()
