"""Words that announce an identifier, in English, German, French and Spanish, without accents.

Pieces of the regular expressions of `text_rules`. Each is a group, or a class, of its own.
"""

from __future__ import annotations


def _words(listed: str) -> str:
    """Any of the words of `listed`, which may be pieces of expressions without spaces."""
    return rf"\m({'|'.join(listed.split())})\M"


# Web and mail --------------------------------------------------------------------------------

# Ends of domains that are no word of a sentence in which the space after a full stop was forgotten.
PLAIN_TLD = (
    r"(com|org|net|info|io|biz|edu|gov|de|fr|eu|ch|uk|ca|nz|au|ie|dev|app|blog|xyz|online|example"
    r"|co|tv|nl|pl|dk|cz|ru|br|jp|cc|bsky\.social)"
)
TLD = (
    r"(com|org|net|info|io|biz|edu|gov|de|fr|eu|ch|uk|ca|nz|au|ie|dev|app|blog|xyz|online|example"
    r"|co|tv|nl|pl|dk|cz|ru|br|jp|cc|me|es|at|it|us|be|cat|health|site|page|link|club|shop|social"
    r"|name|cloud|mx|ar|test)"
)
MAIL_HOSTS = (
    r"(gmail|googlemail|hotmail|yahoo|outlook|icloud|gmx|web\.de|protonmail|proton|aol|orange\.fr"
    r"|wanadoo"
    r"|laposte|t-online|posteo|mailbox|fastmail)"
)
WEB = _words(
    "web website webseite homepage site blog seite pagina sitio domain dominio profil perfil"
)

# Telephones ----------------------------------------------------------------------------------

PHONE = (
    r"(\m(call|calls|call(ed|ing)? (me|her|him|them|us|back|on|at)|phones?|phoned|tel|telephone"
    r"|telefono|telefon"
    r"|telefonnummer|tlf|tfno|tlfno|fon|mobile|mobil|mobilnummer|mob|movil|celular|cell|cellphone"
    r"|cel"
    r"|handy|handynr|handynummer|festnetz|landline|fax|whatsapp|sms|signal|ring|rings|dial"
    r"|voicemail|pager"
    r"|reach (me|her|him|them|us|on|at|via)|reachable|text (me|her|him|them|to|the)|contact|ph"
    r"|(her|his|my|their|your|new|old|work|home|contact) (number|no|nr)|portable|joindre|joignable"
    r"|appel(er|ez|le)?|rappel(er|ez)?|fixe|llam(ar|e|en|ad)|anruf(en)?|ruckruf|erreichbar"
    r"|rufnummer"
    r"|(numero|nummer)( de)? (telefono|telephone|tel|movil)|contacto)\M|\m[cmtw]:|#:)"
)

# Numbers of the state and of records ---------------------------------------------------------

# Between a cue and its number.
FILL = (
    r"(\.?[ -]?(no|nr|num|number|nummer|numero|n\.|n°|id|card|karte|carte|tarjeta|code)\M"
    r"|[ :#.,=°-]"
    r"|\m(is|was|ist|war|lautet|est|es|de|del|du|of|the|der|des)\M){0,6}"
)
NUMBER = r"[ -]?(((no|nr|num)[.:#]|n°|(number|numero|nummer|id)\M)|[#°])"
# A code with four or more digits in one or more groups.
CODE_OF_4 = r"[a-z]{0,4}[ ./-]?[0-9]([ ./-]?([a-z][ ./-]?)?[0-9]){3,}"
NATIONAL = (
    r"\m(ssn|ss#|social( security)?( insurance)?|sin|nhs|ni|nino|national (insurance|id|identity)"
    r"|insee|nir"
    r"|secu(rite sociale)?|dni|nie|nif|cif|steuer[ -]?(id|idnr|nr|nummer|identifikationsnummer)"
    r"|id-?nr|idnr"
    r"|st\.?-?nr|sv-?(nr|nummer)|rv-?(nr|nummer)|rvnr|svnr"
    r"|(sozial|renten)versicherung(s(nr|nummer|-nr))?|rentenversicherungsnummer|kvnr|tfn|tax (file"
    r"|id|number)|tin"
    r"|medicare|ihi|ppsn?|bsn|cpf|curp|nss|seguridad social|ahv|personnummer|numero fiscal)"
)
RECORD_NUMBER = (
    r"\m(mrn(?![a-z])|m\.r\.n|med(ical|\.)? ?rec(ord)?s?(?![a-z])|hc[ .]?(?=[n:#°])|hce(?![a-z])"
    r"|nhc(?![a-z])"
    r"|ipp(?![a-z])"
    r"|(fall|patienten|pat|akten|krankenakten|vorgangs|kunden|krankenkassen|mitglieds|versicherten"
    r"|versicherungs|konto)"
    r"[. -]{0,2}(nummer|nr|id|zeichen)|aktenzeichen|(n|no|num|numero|n°)[. ]{0,2}(de |d')?"
    r"(dossier|patient|historia|expediente|paciente|afiliado|poliza|adherent|assure"
    r"|securite sociale|lote?)"
    r"|ur(n| no| number)|h\.c\.|carte vitale|egk(?![a-z])|historia clinica|hist\.? clin(ica)?\.?"
    r"|matricule|tarjeta sanitaria)"
)
RECORD = (
    r"\m(record|chart|patient|pt|client|case|file|hospital|policy|member|insurance|account|acct"
    r"|medicaid"
    r"|encounter|referral|accession|admission|reference|ref|akte|fall|krankenakte|dossier|police"
    r"|mutuelle"
    r"|expediente|historia|paciente|poliza|cuenta|compte|konto|versicherung)"
)
DOCUMENT = _words(
    "passport passeport pasaporte reisepass(nummer)? ausweis(nummer)? personalausweis(nr|nummer)?"
    " id.card"
    " driver'?s?.licen[cs]e licen[cs]e fuhrerschein permis carnet serial imei device pacemaker"
    " implant"
    " serien(nummer|nr) seriennummer numero.de.serie"
)
PLATE = _words("(licen[cs]e|number|registration).plate plate kennzeichen immatriculation matricula")

# Places --------------------------------------------------------------------------------------

STREET = (
    r"(Street|Avenue|Ave|Road|Rd|Lane|Drive|Boulevard|Blvd|Court|Crescent|Terrace|Square|Place|Way"
    r"|Close"
    r"|Grove|Gardens|Highway|Hwy|Parkway|Pkwy|Mews)"
)
STREET_IN_CAPITALS = r"(STREET|AVENUE|AVE|ROAD|RD|LANE|DRIVE|BOULEVARD|BLVD|CRESCENT|TERRACE)"
STREET_IN_SMALL = (
    r"([Ss]treet|[Aa]venue|[Aa]ve|[Rr]oad|[Rr]d|[Ll]ane|[Dd]rive|[Cc]ourt|[Ss]quare|[Ww]ay)"
)
# Compounds that are no name of a street, and words after a number that is not a house's.
NO_STREET = (
    r"(?!(Heim|Um|Arbeits|Rad|Fuss|Wander|Schul|Ruck|Hin|Aus|Lebens|Mittel|Sitz|Park|Spiel|Studien"
    r"|Ausbildungs"
    r"|Therapie|Kita|Haft|Schlaf|Sack|Wald|Feld|Stell|Markt)[a-z]*\M)"
)
_COUNTED = (
    r"min|std|stund|tag|woch|monat|jahr|mal|km|m\M|x\M|%|uhr|von|bis|und|gute|neue|h\M|veces|dias"
    r"|hor|minut|semana"
    r"|anos|crisis|fois|jours|heures|ans|pers|met|of|times|days|hours|weeks|people|noches|nuits"
    r"|euro|buena"
)
COUNTED = f"({_COUNTED}|{_COUNTED.upper()})"
CALLE = (
    r"(calle|Calle|C/|c/|Avenida|avenida|Avda\.?|Av\.|Plaza|plaza|Pza\.?|Pl\.|Paseo|paseo|Carretera"
    r"|Ctra\.?|Ronda"
    r"|Rambla|Travesia|Camino|Pasaje|CALLE|AVENIDA|PLAZA|Via) ?"
)
STATE = (
    r"(A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|PA|RI|S[CD]"
    r"|T[NX]|UT"
    r"|V[AT]|W[AIVY])"
)
STATE_NAME = (
    r"(Alabama|Alaska|Arizona|Arkansas|California|Colorado|Connecticut|Delaware|Florida|Georgia"
    r"|Hawaii|Idaho"
    r"|Illinois|Indiana|Iowa|Kansas|Kentucky|Louisiana|Maine|Maryland|Massachusetts|Michigan"
    r"|Minnesota"
    r"|Mississippi|Missouri|Montana|Nebraska|Nevada|Hampshire|Jersey|Mexico|York|Carolina|Dakota"
    r"|Ohio|Oklahoma"
    r"|Oregon|Pennsylvania|Tennessee|Texas|Utah|Vermont|Virginia|Washington|Wisconsin|Wyoming)"
)
LIVES = (
    r"\m([Ll]ives? (at|in)|[Ll]iving (at|in)|[Mm]oved (in)?to|[Aa]ddress( is)?|[Rr]esid(es"
    r"|ing) (at|in)"
    r"|[Ww]ohn(t|haft)|[Aa]dresse|[Aa]nschrift|[Hh]abite|[Dd]emeur(e|ant)|[Vv]ive en|[Rr]eside en"
    r"|[Dd]omicili[a-z]+|[Dd]ireccion)\M"
)
WOHNT = (
    r"\m([Ww]ohn(t|haft)|[Aa]dresse|[Aa]nschrift|[Aa]ddress|[Dd]omicili[a-z]+|[Dd]ireccion"
    r"|[Hh]abite)\M"
)
ROOM = (
    r"(Zimmer|Stock|Etage|Haus|Gruppe|Wohnung|Nummer|Raum|Room|Floor|Session|Group|Step|Apartment"
    r"|Wohnheim)"
)
POSTCODE = _words(
    "[Zz][Ii][Pp](.[Cc]ode)? ([Pp]ost.?|[Pp]ostal.)[Cc]ode P[Ll][Zz] Postleitzahl"
    " [Cc](ode|odigo).[Pp]ostal CP"
)

# Birth, months, networks -----------------------------------------------------------------------

MONTH = (
    r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|okt|dez|mai|fev|avr|juin|juil|aout|ene|abr"
    r"|ago|dic)[a-z]*"
)
BORN = (
    r"(\m(dob|date of birth|birth ?(date|day)|born|geboren|geb|geb\.?-?dat|geburts(datum|tag)"
    r"|gebdat|gdat|nee?|ddn"
    r"|date de naissance|nacid[oa]|fecha de nacimiento|f(echa)?\.? ?(de )?nac|nacimiento|fn)\M"
    r"|\md\.o\.b)"
)
NETWORK = _words(
    "instagram insta ig tiktok twitter facebook fb telegram snapchat snap discord skype reddit"
    " linkedin"
    " mastodon bluesky threads twitch tumblr wechat kik"
)
PROFILE = _words(
    "handle user.?name profile profil perfil usuario nutzername benutzername pseudo alias"
    " screen.name account.name nick nickname handle"
)
IS = r"(is|as|under|ist|unter|lautet|est|es|=)"
FOLLOWS = _words(
    "follow follows dm message account posts profile handle tag(ged)? add sigue suivre folgt"
)
