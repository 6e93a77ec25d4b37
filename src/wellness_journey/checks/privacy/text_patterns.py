"""The patterns of identifiers in free text: regular expressions of PostgreSQL.

They read what `plain_text` makes of a text, so letters are ASCII. A name that ends in SIGNS is a
quick look for what the pattern of that name needs.
"""

from __future__ import annotations

from wellness_journey.checks.privacy import text_words as words
from wellness_journey.checks.privacy.plain_text import DATE

# Between the digits of a number.
_SEP = r"[ ./()*_-]{0,3}"
# Before a number there is no other digit.
_FIRST = r"(^|[^0-9.,])"

_AT = r"( ?[[({<|*_/-]{1,2} ?(@|at|ad|a|arroba|arobase) ?[])}>|*_/-]{1,2} ?| ?@ ?)"
_DOT = (
    r"( ?[[({<|*_-]{1,2} ?(\.|dot|punkt|point|punto|ponto) ?[])}>|*_-]{1,2} ?| (dot|punkt|point"
    r"|punto) )"
)
_NAME = r"[a-z0-9][a-z0-9_.+-]*"

EMAIL = (
    # As it should be; letters that ASCII lacks are letters, too.
    r"(?i)[^[:space:][:punct:]][._%+'-]*@+([^[:space:][:punct:]]|-)+"
    r"([.,]([^[:space:][:punct:]]|-)+)*[.,]([a-z]|[^[:ascii:]]){2,}"
    # With spaces: not "Lunch @ noon. Calm".
    rf"|[a-z0-9]{_AT}([a-z0-9-]+(\.|{_DOT}| \. ?))+{words.TLD}\M"
    rf"|[a-z0-9] (at|at.sign|arroba|arobase) ([a-z0-9-]+{_DOT})+{words.TLD}\M"
    rf"|\m[a-z0-9]+([._+-][a-z0-9]+)+ (at|arroba|arobase) ([a-z0-9-]+ ?\. ?)+{words.TLD}\M"
    rf"|\m[a-z0-9._-]+(AT|\[at\])[a-z0-9-]+(DOT|\[dot\])(com|org|net|de|fr|es)\M"
    rf"|[a-z0-9] ?(@|{_AT}|\m(at|arroba|arobase)\M) ?{words.MAIL_HOSTS}\M"
    rf"|\m{_NAME} {words.MAIL_HOSTS}[ .]{{1,2}}(dot |punkt |point |punto )?(com|de|fr|es|net)\M"
    rf"|\m(e-?mail|mail|correo|courriel)\M[^@]{{0,20}} at [a-z0-9-]+\.{words.TLD}\M"
)

PHONE = (
    rf"(?i){_FIRST}(\+?1[ ./*-]{{0,2}})?"
    # North America.
    r"(\([2-9][0-9]{2}\)[ ./*-]{0,3}[2-9][0-9]{2}[ ./*-]{0,3}[0-9]{4}"
    r"|[2-9][0-9]{2} ?[ ./*_-] ?[2-9][0-9]{2} ?[ ./*_-] ?[0-9]{4}"
    r"|[2-9][0-9]{2}[./*-][2-9][0-9]{6})(?![0-9]| ?-?steps)"
    # With a country code.
    r"|(\+|\m00 ?)(\([1-9][0-9]{0,2}\)|[1-9])([ /*-]{0,3}(\([0-9]{1,5}\)|[0-9])){8,14}"
    r"|(\+|\m00 ?)[1-9][0-9]{0,2} ?[ .] ?(\(0\))?[0-9]{1,4}( ?\. ?[0-9]{2,4}){2,4}"
    r"|(\+|\m00 ?)[1-9][0-9]{0,2} ?\. ?[0-9]{2,4} ?\. ?[0-9]{6,8}"
    # With a leading zero: 10 or 11 digits in up to four groups.
    r"|(^|[^0-9.,/+-])(?=\(?0([ ()./*-]{0,3}[0-9]){9,10}(?![ ./-]?[0-9]))"
    r"(\(0[1-9][0-9]{0,4}\)|0[1-9][0-9]{0,4}"
    r"|\(0\)[1-9][0-9]{0,3})[ ./*-]{0,3}[0-9]{3,8}([ .*-][0-9]{3,8})?(?![0-9])"
    r"|(^|[^0-9.,/+-])01[5-7]([ ./*-]{0,3}[0-9]){8,9}(?![ ./*-]?[0-9])"
    # In pairs, as in France; with a stroke or brackets after three digits, as in Germany.
    r"|(^|[^0-9.,/+-])0[1-9]( ?[ .*_-]? ?[0-9]{2}){4}(?![ .*-]?[0-9])"
    r"|(^|[^0-9.,/+-])(0[1-9][0-9]{1,4} ?/|\(0[1-9][0-9]{1,4}\)) ?[0-9]([ -]?[0-9]){4,9}(?![0-9])"
    # Spain, but not three rounded amounts.
    r"|(^|[^0-9.,/+-])([6-9][0-9]{2}( ?[ .*-] ?[0-9]{2}){3}"
    r"|[67][0-9]{2} ?[ .*-] ?(?![0-9]{2}0 ?[ .*-] ?[0-9]{2}0)[0-9]{3} ?[ .*-] ?[0-9]{3})"
    r"(?![ .,/*-]?[0-9])"
    rf"|{words.PHONE}([^0-9~]{{0,24}}[^0-9~])?[0-9]({_SEP}[0-9]){{6,14}}(?![ ./-]?[0-9])"
)

NATIONAL = (
    r"(?i)(^|[^0-9])[0-9]{3}-[0-9]{2}-[0-9]{4}($|[^0-9])"
    r"|[x*#]{3}[ .-][x*#]{2}[ .-][0-9]{4}($|[^0-9])"
    r"|\m(ssn|social( security)?)\M[^0-9~]{0,20}(ending"
    r"|last)[^0-9~]{0,16}(4 [^0-9~]{0,12})?[0-9]{4}\M"
    rf"|{_FIRST}[0-9]{{3}}\.[0-9]{{2}}\.[0-9]{{4}}($|[^0-9])"
    # The United Kingdom's insurance; Germany's pension.
    r"|\m[a-z]{2} ?[0-9]{2}[ .-]?[0-9]{2}[ .-]?[0-9]{2}[ .-]?[a-d]\M"
    r"|\m[0-9]{2}[ .-]?[0-3][0-9][01][0-9]{3}[ .-]?[a-z][ .-]?[0-9]{3}\M"
    # France: sex, year, month, department, and more.
    r"|(^|[^0-9.,])[12][ .-]?[0-9]{2}[ .-]?(0[1-9]|1[0-2]|[2-9][0-9])[ .-]?([0-9]{2}|2[ab])"
    r"[ .-]?[0-9]{3}[ .-]?[0-9]{3}([ .-]?[0-9]{2})?(?![0-9])"
    # Spain's, with its letter; Switzerland's.
    r"|\m[0-9]{2}\.[0-9]{3}\.[0-9]{3}[ .-]?[a-z]\M|\m[0-9]{8}-?[a-z]\M"
    r"|\m[xyz][ .-]?[0-9]{7}[ .-]?[a-z]\M|\m[xyz][ .-]?[0-9]\.?[0-9]{3}\.?[0-9]{3}[ .-]?[a-z]\M"
    r"|\m756[ .][0-9]{4}[ .][0-9]{4}[ .][0-9]{2}\M"
    rf"|{words.NATIONAL}{words.FILL}[a-z]?([ ./-]{{0,3}}[a-z]?[0-9]){{7,14}}"
)

RECORD = (
    # A cue that says by itself that a number follows.
    rf"(?i){words.RECORD_NUMBER}{words.FILL}{words.CODE_OF_4}"
    # A cue that says so with "no." or the like; without its dot, "no" may be the word.
    rf"|{words.RECORD}{words.NUMBER}{words.FILL}{words.CODE_OF_4}"
    rf"|{words.RECORD}( (no|nr|num)\M)?[ :=.-]{{1,3}}(is |was |ist |est "
    rf"|es )?[a-z]{{0,3}}-?[0-9]{{5,}}\M"
    r"|\m(medical record|insurance|policy)( ?(no|nr|num|number|id)\M| ?#)?[ :#.=-]*(is |was )?"
    r"[a-z]{0,3}-?[0-9]([ -]?[0-9]){5,}"
    rf"|{words.RECORD} (no|nr|num) [0-9]{{3,}}[/.-][0-9]{{2,}}\M"
)

WEB = (
    r"(?i)\m(https?|hxxps?|ftp)://[[:alnum:]]|\mwww\.[[:alnum:]]|\mwww ?\. ?[a-z0-9-]+ ?\."
    rf"|\m[[:alnum:]-]+\.{words.TLD}/[[:alnum:]@~]"
    rf"|(^|[^@.a-z0-9-])([a-z0-9-]+\.)*[a-z0-9-]*[a-z][a-z0-9-]*\.{words.PLAIN_TLD}\M"
    rf"|{words.WEB}[^.]{{0,20}}\m[a-z0-9-]*[a-z][a-z0-9-]*(\.[a-z0-9-]+)*\.{words.TLD}\M"
    rf"|\m[a-z0-9-]{{3,}}{_DOT}{words.PLAIN_TLD}\M|\m[a-z0-9-]{{4,}} \. (com|org|net|de|fr)\M"
)

ADDRESS_OF_MACHINE = (
    r"(?i)(^|[^0-9.])((25[0-5]|2[0-4][0-9]|1?[0-9]{1,2})\.){3}"
    r"(25[0-5]|2[0-4][0-9]|1?[0-9]{1,2})($|[^0-9.]|\.($|[^0-9]))"
    r"|\m([0-9a-f]{1,4}:){7}[0-9a-f]{1,4}\M|\m[0-9a-f]{1,4}(:[0-9a-f]{1,4}){1,6}::"
    r"|\m([0-9a-f]{2}:){5}[0-9a-f]{2}\M|\m(?=[0-9-]*[a-f])([0-9a-f]{2}-){5}[0-9a-f]{2}\M"
)

# By its capitals: lower case says "2 hours on the road" as well.
STREET = (
    r"\m[0-9]{1,5}[A-Za-z]?,? "
    r"(?!(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\M)"
    rf"(([A-Z][A-Za-z'.-]*|[0-9]{{1,3}}(st|nd|rd|th)) ){{1,3}}({words.STREET}\M|(St|Dr|Ln|Ct|Pl"
    rf"|Sq)(\.|,|$))"
    r"|\m[0-9]{1,5}[A-Z]?,? (?!(JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC))"
    rf"((?!(ON|THE|A|OF|AND|TO|IN|MIN|KM|H|FOIS)\M)[A-Z'.-]+ ){{1,2}}{words.STREET_IN_CAPITALS}\M"
    r"|\m[0-9]{2,5}[a-z]? (?!(min|hour|day|week|month|year|km|mile|block|step|meter"
    r"|metre)[a-z]*\M)[a-z]+ "
    r"(street|avenue|lane|crescent|boulevard|terrace)\M"
    rf"|\m([A-Za-z]+(strasse|str\.?)|{words.NO_STREET}[A-Z][a-z]+(weg|gasse|platz|allee|damm|ufer"
    rf"|chaussee)"
    r"|[A-Z][a-z]+(er (Weg|Gasse|Platz|Ring|Damm|Ufer)| (Strasse|Str\.|Allee|Chaussee)))"
    rf" ?(Nr\.? ?)?[0-9]{{1,4}}(?![.,:]?[0-9])(?! ?{words.COUNTED})"
    r"|\m[A-Z][a-z]+ (Street|Avenue|Road|Lane) [0-9]{1,4}(?![.,:]?[0-9])"
    rf"(?! ?{words.COUNTED})"
    rf"|{words.WOHNT}[^0-9~]{{0,30}}\m(?!{words.ROOM})[A-Z][a-z'-]+ [0-9]{{1,3}} ?[a-h]?($"
    rf"|[,;.)]( |$))"
    rf"|\m([A-Z]*STRASSE|[A-Z]+STR\.) [0-9]{{1,4}}(?! ?{words.COUNTED})"
    rf"|\m{words.CALLE}(de (la |los |las |l')?|del |la |el |los "
    rf"|las )?[A-Z][A-Za-z']+( [A-Za-z']+){{0,3}}"
    rf",? (n(o\.?|um\.?|\.)? ?)?[0-9]{{1,4}}\M(?! ?{words.COUNTED})"
    r"|[0-9](( bis| ter)\M|[A-D])?,? (place|route|avenue|quai|square) "
    r"(de |du |des |de la |de l'|d'|la |le |les )?[A-Z]"
    # In any case, by a word before or after.
    r"|[0-9]( ?([Bb]is|[Tt]er|BIS|TER|[A-Da-d])\M)?,? ?(rue|boulevard|bd|chemin|allee|impasse"
    r"|faubourg"
    r"|Rue|Boulevard|Bd|Chemin|Impasse|RUE|BOULEVARD|BD|CHEMIN|IMPASSE)\.? "
    r"(d[eu] |des |la |les? |[dl]'|(?!(PLUS|ET|A|OU|EN|PAR|SANS|AVEC|POUR|VIDE)\M)[A-Z])"
    rf"|\m([Rr]ue|[Bb]oulevard|[Aa]venue|[Cc]hemin) (de |du |des |de la |de l'"
    rf"|d')?[A-Z][A-Za-z'-]+( [A-Z][a-z]+)?"
    rf",? [0-9]{{1,3}}\M(?! ?{words.COUNTED})"
    rf"|\m(calle|c/|avda\.?|avenida|plaza) ?(de |del |la |el |los |las )*[a-z]+,? (n(o\.?|um\.?"
    rf"|\.)? ?)?"
    rf"[0-9]{{1,4}}(?![.,:]?[0-9])(?! ?{words.COUNTED})"
    rf"|{words.LIVES}[^0-9~]{{0,12}}[0-9]{{1,5}}[a-z]? ([a-z'.-]+ ){{1,3}}{words.STREET_IN_SMALL}\M"
)
# A state and its ZIP code, or another code with its cue.
ZIP = (
    rf"(, ?{words.STATE}|\m[A-Z][a-z]+ {words.STATE}|{words.STATE_NAME}),? [0-9]{{5}}($|[^0-9])"
    rf"|\m{words.STATE},? [0-9]{{5}}-[0-9]{{4}}\M"
    rf"|({words.LIVES}|{words.POSTCODE})[^0-9~]{{0,12}}[0-9]{{5}}(-[0-9]{{4}})?\M"
)
PLACE = (
    # Canada's and a British postcode, whose last letters leave out units and ordinals.
    r"\m[A-Z][0-9][A-Z] ?[0-9][A-Z][0-9]\M"
    r"|\m[A-Z]{1,2}[0-9][0-9A-Z]? [0-9](?!ST|ND|RD|TH|UG|HR)[ABD-HJLNP-UW-Z]{2}\M"
    r"|\m([Pp]\.?[Oo]\.? ?([Bb]ox|BOX)|[Pp]ostfach|POSTFACH|[Aa]partado|[Bb]\.[Pp]\."
    r"|[Bb]oite postale) ?[0-9]"
    # Coordinates.
    r"|(^|[^0-9.])-?[0-9]{1,3}\.[0-9]{4,}[^0-9a-z]{0,3}[NSns]?[ ,;/]{1,3}[+-]?[0-9]{1,3}\.[0-9]{4,}"
    r"|[0-9](°| ?deg)[ 0-9.,'\u2033\"]*[NSEWO]\M|\m[0-9]{1,3}\.[0-9]{3,} ?[NSEW]\M"
    r"|\m[Ll](at|AT)(itude)?[ :=]{1,3}[+-]?[0-9]{1,2}\.[0-9]+.{1,14}\m[Ll]([Oo][Nn]|ng|NG)"
    r"|\m([Ll]at/[Ll]on?g?|GPS|gps|geo"
    r"|[Cc]oord[a-z]*)[ :=]{1,3}[+-]?[0-9]{1,2}\.[0-9]{2,}[ ,;/]{1,3}[+-]?[0-9]"
    r"|\m[2-9CFGHJMPQRVWX]{4,8}\+[2-9CFGHJMPQRVWX]{2,3}\M"
)

_WRITTEN_DAY = (
    rf"[0-3]?[0-9](st|nd|rd|th|er|\.)?( of| de)? {words.MONTH}\.?,?( de| del)? ([12][0-9]{{3}}"
    rf"|'[0-9]{{2}})"
    rf"|{words.MONTH}\.? [0-3]?[0-9](st|nd|rd|th)?,? [12][0-9]{{3}}"
)
BORN = (
    rf"(?i)({words.BORN}[ :.=,(*-]{{0,3}}(is |was |ist |est |es |le |the |el |on |am |dia )*"
    rf"({DATE}|{_WRITTEN_DAY}|(in |im |en )?{words.MONTH} (of |de |del )?(19|20)[0-9]{{2}}\M"
    rf"|[0-3][0-9] ?[01][0-9] ?((19|20)[0-9]{{2}}|[0-9]{{2}})\M"
    r"|(19|20)[0-9]{2} ?[01][0-9] ?[0-3][0-9]\M"
    r"|[0-3]?[0-9][. ]{1,2}[01]?[0-9][. ]{1,2}([12][0-9]{3}|[0-9]{2})(?![./-]?[0-9]))"
    rf"|\mb\. ?{DATE}|\* ?[0-3]?[0-9][./][01]?[0-9][./](19[0-9]{{2}}|[4-9][0-9])(?![0-9]))"
)

LONG_NUMBER = (
    rf"{_FIRST}[0-9]{{9,}}($|[^0-9])"
    r"|(^|[^0-9])[3-6][0-9]{3}([ .*_-][0-9]{4}){3}($|[^0-9])"
    r"|(^|[^0-9])3[47][0-9]{2}[ .*-][0-9]{6}[ .*-][0-9]{5}($|[^0-9])"
    r"|\m[A-Z]{2}[0-9]{2}[ .-]?[A-Z0-9]{4}([ .-]?[0-9]{4}){2}|\m[Ii](ban"
    r"|BAN)\M.{0,6}[A-Za-z]{2}[0-9]{2}"
)

NAMED = (
    r"\m(Mr|Mrs|Ms|Mx|Miss|Dr|Dra|Prof|Mme|Mlle|Monsieur|Madame|Herrn?|Frau|Sra?|Srta|Senora?|Sir)"
    r"(\. ?| )[A-Z][A-Za-z'-]"
    r"|\m[Nn]ame(s|n)?( is|:| ist) [A-Z][a-z]"
    r"|\m(s'appelle|m'appelle|se llama|me llamo|[Nn]ombre:|[Nn]om:|(ich|er|sie"
    r"|[Pp]atient(in)?) heisst) [A-Z][a-z]"
    r"|\m([Ff]acebook|F[Bb]|[Ii]nsta(gram)?|[Ll]inked[Ii]n|[Tt]witter|[Tt]ik[Tt]ok)(:| as| name"
    r"| under| unter)+ "
    r"[A-Z][a-z]+ [A-Z][a-z]+"
    # With what can only be a day of birth.
    r"|\m[A-Z][A-Za-z'-]+,?( [A-Z]\.?)? ([A-Z]\.|[A-Z][A-Za-z'-]+)[ ,;:/*(-]{1,4}(b\.?|\*)? ?"
    r"((19[0-9]{2}|200[0-9])[./-][01]?[0-9][./-][0-3]?[0-9]"
    r"|[0-3]?[0-9][./-][0-3]?[0-9][./-](19[0-9]{2}|200[0-9]|[4-9][0-9]))(?![./-]?[0-9])"
)

DOCUMENT = (
    rf"(?i){words.DOCUMENT}( ?((no|nr|num|number|nummer|numero|id|plate)\M|n°"
    rf"|#)[.:]?)*[ :=#.]{{0,3}}(is |was )?"
    r"(?=[a-z-]{0,4}([0-9][a-z-]{0,3}){4})[a-z]{0,3}-?[0-9][a-z0-9-]{4,}\M"
    rf"|{words.PLATE}[ :=#.]{{0,3}}(is |was )?[a-z0-9]{{1,3}}[ -][a-z]{{0,3}} ?[0-9]{{2,4}}"
    r"|\mvin\M[ :#.]*[a-hj-npr-z0-9]{17}\M"
)

_SHAPED = r"([a-z0-9]+[_.-]+[a-z0-9_.-]*[a-z0-9]|[a-z]+[0-9][a-z0-9_]*)"
ACCOUNT = (
    rf"(?i){words.NETWORK}[^@]{{0,20}}@[a-z0-9_]{{3}}"
    rf"|{words.NETWORK}[^a-z0-9]{{1,3}}(({words.PROFILE}"
    rf"|name)[^a-z0-9]{{1,3}})?({words.IS}[ :]{{1,2}})?{_SHAPED}\M"
    rf"|{words.PROFILE}[ :=]{{1,3}}({words.IS}[ :]{{1,2}})?@?{_SHAPED}\M"
    rf"|{words.NETWORK}[^a-z0-9]{{1,3}}{words.PROFILE}[^a-z0-9]{{1,3}}({words.IS}[ :]{{1,2}})?"
    r"[a-z0-9_.]{5,}"
    r"|(^|[^a-z0-9.@/])u/[a-z0-9]*[0-9_-][a-z0-9_-]{2,}|\mdiscord\M.{0,20}[a-z0-9_.]{2,}#[0-9]{4}\M"
    r"|(^|[^a-z0-9.@/])@[a-z][a-z0-9]*[_.]?[a-z0-9]*([0-9_]|\.[a-z])[a-z0-9_]*"
    rf"|{words.FOLLOWS}[^a-z0-9@]{{1,3}}(([a-z]+ ){{1,3}})?@[a-z][a-z0-9_.]{{3,}}"
    rf"|{_SHAPED} (on|auf|sur|en) {words.NETWORK}"
)

OLD = (
    r"(?i)(^|[^0-9.,-])(9[0-9]|1[01][0-9])[ -]?(years?[ -]old|y/?o($|[^a-z])|-?jahrige|jahre alt)"
    r"|(^|[^0-9.,-])(9[0-9]|1[01][0-9]) (ans d'age|anos de edad)"
    r"|(^|[^a-z])aged? (of )?(9[0-9]|1[01][0-9])($|[^0-9a-z.,%]|[.,]($|[^0-9]))"
)

SIX_DIGITS = r"[0-9]([ ()./*_-]{0,3}[A-Za-z]?[0-9]){5}|[Xx*#][ .-][0-9]{4}|last|ending"
RECORD_SIGNS = (
    r"(?i)(mrn|r\.n|rec|hc|ipp|nummer|nr|id|zeichen|dossier|pa[tc]i|hist|h\.c|\mur|carte|egk|exped"
    r"|afil|poli[zc]|adher|assur"
    r"|sociale|lote|matric|tarjeta|chart|pt|client|case|file|hosp|member|insur|acc|medicaid|encou"
    r"|refer|admis"
    r"|akte|fall|mutuelle|cuenta|compte|konto|versich)[^0-9~]{0,30}[0-9]"
)
WEB_SIGNS = (
    rf"(?i)@|://|www|(\.|,|\m(dot|punkt|point|punto)\M)[])}}>|*_ -]{{0,3}}{words.TLD}\M"
    rf"|{words.MAIL_HOSTS}"
    r"|dot\]?(com|org|net|de|fr|es)\M"
)
BIRTH_SIGNS = r"(?i)d\.?o\.?b|birth|born|geb|gdat|\mnee?\M|nais|nac|ddn|\mfn\M|\mb\.|\*"
STREET_SIGNS = (
    r"Street|Ave|R(oa)?d\M|Lane|Drive|B(oul|lv)|Court|Cresc|Terr|Squ|Place|Way|Close|Grove|Gard"
    r"|Highw|Hwy|P(ar)?kw"
    r"|Mews|[A-Z] (STREET|AVE|R(OA)?D\M|LANE|DRIVE|B(OUL|LV)|CRESC|TERR)|(St|Dr|Ln|Ct|Pl|Sq)(\.|,"
    r"|$)"
    r"|(str|strasse|weg|gasse|platz|allee|ring|damm|ufer|chaussee|STR|STRASSE)\.? ?(Nr\.? ?)?[0-9]"
    r"|(Strasse|Str\.|Allee|Chaussee|Weg|Gasse|Platz|Ring|Damm|Ufer) (Nr\.? ?)?[0-9]"
    r"|alle |C/|c/|Pl\.|[Aa]v(eni)?da|Av\.|[Pp]la?za|[Pp]aseo|arrete|Ctra|Ronda|Rambla|Traves"
    r"|Camino"
    r"|Pasaje|CALLE"
    r"|AVENIDA|PLAZA|Via|[0-9]( bis| ter|[A-Da-d])?,? ?(rue|place|route|avenue|quai|square|boulev"
    r"|bd|chemin|allee|impasse|faub|Rue|Boulev|Bd|Chemin|Impasse|RUE|BOULEV|BD|CHEMIN|IMPASSE)"
    r"|[Rr]ue [A-Zd]|[Bb]oulevard [A-Zd]|[Cc]hemin [A-Zd]|calle|plaza|avenida|street|lane|crescent"
    r"|terrace"
    rf"|({words.WOHNT}|{words.LIVES})[^0-9~]{{0,40}}[0-9]"
)
PLACE_SIGNS = (
    r"[A-Z][0-9][0-9A-Z]? ?[0-9][A-Z]|[Bb][Oo][Xx] ?[0-9]|[Pp][Oo][Ss][Tt]|[Aa]partado"
    r"|[Bb]\.[Pp]\.|\.[0-9]{4}"
    r"|[0-9](°| ?deg)|[Ll](at|AT)[ :=i/]|GPS|gps|geo|oord|\.[0-9]{3,} ?[NSEW]|[0-9A-Z]\+[0-9A-Z]"
)
DOCUMENT_SIGNS = (
    r"(?i)pas|weis|id.card|licen|schein|permis|carnet|serial|imei|device|maker|implant|serie|plate"
    r"|kennz|matri"
    r"|\mvin\M"
)
ACCOUNT_SIGNS = (
    r"(?i)@|u/|insta|\mig\M|tiktok|twitter|facebook|\mfb\M|telegram|snap|discord|skype|reddit"
    r"|linkedin|masto"
    r"|bluesky|threads|twitch|tumblr|wechat|\mkik\M|handle|user|profil|perfil|usuario|name|pseudo"
    r"|alias|nick"
)
MACHINE_SIGNS = r"(?i)[0-9]\.[0-9]+\.[0-9]+\.[0-9]|[0-9a-f][:-][0-9a-f]*[:-][0-9a-f]*[:-]"
