-- Purpose: the guard of free text knows more spellings of identifiers, and more kinds.
-- Needs:   044 (the guard), 053 (the trigger of log_integration_sessions).
-- Changes: public.journey_identifier_in(text), by the patterns that the scan of free text has, too;
--          public.journey_guard_integration_session(): a note that is stored already may stay.
--          Owner, grants and triggers stay as they are. Rows that are there are not looked at.

set local search_path = pg_catalog, pg_temp;
set local lock_timeout = '5s';

-- Written by tests/tools/guard_sql.py from the patterns of the scan; they are explained there.
create or replace function public.journey_identifier_in(p_text text) returns text
language plpgsql immutable strict
set search_path = pg_catalog, pg_temp
set standard_conforming_strings = on
as $$
declare
    v_text text := replace(
        replace(
            translate(
                replace(
                    regexp_replace(
                        normalize(case when p_text ~ '&(#|[A-Za-z]+;)|%[0-9A-Fa-f]{2}' then (
            select string_agg(
                case
                    when code between 1 and 55295 or code between 57344 and 65533 then chr(code)
                    else coalesce(sign, piece)
                end,
                '' order by place
            )
            from regexp_matches(
                replace(p_text, '&amp;', '&'),
                    '&#[0-9]{1,5};?|&#[xX][0-9A-Fa-f]{1,4};?|&[A-Za-z]+;|%20'
                    '|(?<![0-9])%[0-9]{2}|%[0-9][A-Fa-f]|%[A-Fa-f][0-9A-Fa-f]|[^&%]+|[&%]',
                    'g'
            ) with ordinality as found (pieces, place)
            cross join lateral (select pieces[1] as piece) as one
            cross join lateral (
                select case
                    when piece ilike '&#x%'
                        then ('x' || lpad(rtrim(substr(piece, 4), ';'), 8, '0'))::bit(32)::integer
                    when piece like '&#%' then rtrim(substr(piece, 3), ';')::integer
                    when piece like '~%__' escape '~'
                        then ('x' || substr(piece, 2))::bit(8)::integer
                end as code
            ) as coded
            left join (values ('&commat;', '@'), ('&period;', '.'), ('&lowbar;', '_'), (
                '&hyphen;', '-'), ('&dash;', '-'), ('&ndash;', '-'), ('&mdash;', '-'), (
                '&plus;', '+'), ('&sol;', '/'), ('&colon;', ':'), ('&ast;', '*'), ('&num;',
                '#'), ('&lpar;', '('), ('&rpar;', ')'), ('&lsqb;', '['), ('&rsqb;', ']'), (
                '&lt;', '<'), ('&gt;', '>'), ('&quot;', '"'), ('&apos;', ''''), ('&nbsp;',
                ' '), ('&ensp;', ' '), ('&emsp;', ' '), ('&thinsp;', ' '), ('&tab;', ' '), (
                '&newline;', ' '), ('&shy;', ''), ('&szlig;', 'ss')) as entities (name, sign)
                on name = lower(piece)
        ) else p_text end, NFKD),
                             '[\u0300-\u036f\u00ad\u061c\u180e\u200b-\u200f'
                             '\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff]', '', 'g'
                    ),
                    E'\u00df', 'ss'
                ),
                    E'\u0009\u000a\u000b\u000c\u000d\u0085\u2028\u2029\u00ac\u2010'
                    '\u2011\u2012\u2013\u2014\u2015\u2043\u2212\u301c\u30fc\u00b7'
                    '\u2022\u2219\u2027\u22c5\u3002\u30fb\u2217\u204e\u2731\u00d7'
                    '\u2018\u2019\u02bc\u2032\u2044\u2215\u03bc\u00f8\u00d8',
                '        -----------.......***x''''''''//uoO'
            ),
            '  ', ' '
        ),
        '  ', ' '
    ) collate "C";
    v_numbers text := case when v_text ~
        '[0-9][^0-9]{0,4}[0-9][^0-9]{0,4}[0-9][^0-9]{0,4}[0-9]'
        then regexp_replace(
            regexp_replace(
                v_text,
                     '[0-9]+([.,/x*+>-][0-9]+)* ?-?(%|(mg|mcg|ug|ml|iu|ie|ui|kcal|cal|steps?'
                     '|schritten?|pas|pasos|km|min|bpm|euros?|eur|usd|dollars?)\M)', '~',
                     'gi'
            ),
                '(?<![0-9][./-]?)([12][0-9]{3}[./-](0?[1-9]|1[0-2])[./-](0?[1-9]|[12][0-9]'
                '|3[01])|((0?[1-9]|[12][0-9]|3[01])[./-](0?[1-9]|1[0-2])|(0?[1-9]'
                '|1[0-2])[./-](0?[1-9]|[12][0-9]|3[01]))[./-]([12][0-9]{3}'
                '|[0-9]{2}))(?![./-]?[0-9])(T[0-9:]+)?|(?<![0-9.:])([01]?[0-9]'
                '|2[0-4])[.:h][0-5][0-9](:[0-5][0-9])?(?![0-9]|[.:/][0-9])'
                '|(?<![0-9] ?)([01][0-9]|2[0-3])[0-5][0-9] ?- ?([01][0-9]'
                '|2[0-3])[0-5][0-9](?![ -]?[0-9])', '~', 'gi'
        )
        else '' end;
begin
    if v_text ~
        '(?i)@|://|www|(\.|,|\m(dot|punkt|point|punto)\M)[])}>|*_ -]{0,3}(com|org|net|info|io'
        '|biz|edu|gov|de|fr|eu|ch|uk|ca|nz|au|ie|dev|app|blog|xyz|online|example|co|tv|nl|pl|dk'
        '|cz|ru|br|jp|cc|me|es|at|it|us|be|cat|health|site|page|link|club|shop|social|name'
        '|cloud|mx|ar|test)\M|(gmail|googlemail|hotmail|yahoo|outlook|icloud|gmx|web\.de'
        '|protonmail|proton|aol|orange\.fr|wanadoo|laposte|t-online|posteo|mailbox|fastmail)'
        '|dot\]?(com|org|net|de|fr|es)\M'
        and v_text ~
            '(?i)[^[:space:][:punct:]][._%+''-]*@+([^[:space:][:punct:]]'
            '|-)+([.,]([^[:space:][:punct:]]|-)+)*[.,]([a-z]|[^[:ascii:]]){2,}|[a-z0-9]( ?[[({<'
            '|*_/-]{1,2} ?(@|at|ad|a|arroba|arobase) ?[])}>|*_/-]{1,2} ?| ?@ ?)([a-z0-9-]+(\.'
            '|( ?[[({<|*_-]{1,2} ?(\.|dot|punkt|point|punto|ponto) ?[])}>|*_-]{1,2} ?| (dot'
            '|punkt|point|punto) )| \. ?))+(com|org|net|info|io|biz|edu|gov|de|fr|eu|ch|uk|ca'
            '|nz|au|ie|dev|app|blog|xyz|online|example|co|tv|nl|pl|dk|cz|ru|br|jp|cc|me|es|at'
            '|it|us|be|cat|health|site|page|link|club|shop|social|name|cloud|mx|ar|test)\M'
            '|[a-z0-9] (at|at.sign|arroba|arobase) ([a-z0-9-]+( ?[[({<|*_-]{1,2} ?(\.|dot|punkt'
            '|point|punto|ponto) ?[])}>|*_-]{1,2} ?| (dot|punkt|point|punto) ))+(com|org|net'
            '|info|io|biz|edu|gov|de|fr|eu|ch|uk|ca|nz|au|ie|dev|app|blog|xyz|online|example|co'
            '|tv|nl|pl|dk|cz|ru|br|jp|cc|me|es|at|it|us|be|cat|health|site|page|link|club|shop'
            '|social|name|cloud|mx|ar|test)\M|\m[a-z0-9]+([._+-][a-z0-9]+)+ (at|arroba'
            '|arobase) ([a-z0-9-]+ ?\. ?)+(com|org|net|info|io|biz|edu|gov|de|fr|eu|ch|uk|ca|nz'
            '|au|ie|dev|app|blog|xyz|online|example|co|tv|nl|pl|dk|cz|ru|br|jp|cc|me|es|at|it'
            '|us|be|cat|health|site|page|link|club|shop|social|name|cloud|mx|ar|test)\M'
            '|\m[a-z0-9._-]+(AT|\[at\])[a-z0-9-]+(DOT|\[dot\])(com|org|net|de|fr|es)\M'
            '|[a-z0-9] ?(@|( ?[[({<|*_/-]{1,2} ?(@|at|ad|a|arroba|arobase) ?[])}>|*_/-]{1,2} ?'
            '| ?@ ?)|\m(at|arroba|arobase)\M) ?(gmail|googlemail|hotmail|yahoo|outlook|icloud'
            '|gmx|web\.de|protonmail|proton|aol|orange\.fr|wanadoo|laposte|t-online|posteo'
            '|mailbox|fastmail)\M|\m[a-z0-9][a-z0-9_.+-]* (gmail|googlemail|hotmail|yahoo'
            '|outlook|icloud|gmx|web\.de|protonmail|proton|aol|orange\.fr|wanadoo|laposte'
            '|t-online|posteo|mailbox|fastmail)[ .]{1,2}(dot |punkt |point |punto )?(com|de|fr'
            '|es|net)\M|\m(e-?mail|mail|correo|courriel)\M[^@]{0,20} at [a-z0-9-]+\.(com|org'
            '|net|info|io|biz|edu|gov|de|fr|eu|ch|uk|ca|nz|au|ie|dev|app|blog|xyz|online'
            '|example|co|tv|nl|pl|dk|cz|ru|br|jp|cc|me|es|at|it|us|be|cat|health|site|page|link'
            '|club|shop|social|name|cloud|mx|ar|test)\M'
    then
        return 'an e-mail address';
    end if;
    if v_text ~
        '(?i)@|://|www|(\.|,|\m(dot|punkt|point|punto)\M)[])}>|*_ -]{0,3}(com|org|net|info|io'
        '|biz|edu|gov|de|fr|eu|ch|uk|ca|nz|au|ie|dev|app|blog|xyz|online|example|co|tv|nl|pl|dk'
        '|cz|ru|br|jp|cc|me|es|at|it|us|be|cat|health|site|page|link|club|shop|social|name'
        '|cloud|mx|ar|test)\M|(gmail|googlemail|hotmail|yahoo|outlook|icloud|gmx|web\.de'
        '|protonmail|proton|aol|orange\.fr|wanadoo|laposte|t-online|posteo|mailbox|fastmail)'
        '|dot\]?(com|org|net|de|fr|es)\M'
        and v_text ~
            '(?i)\m(https?|hxxps?|ftp)://[[:alnum:]]|\mwww\.[[:alnum:]]'
            '|\mwww ?\. ?[a-z0-9-]+ ?\.|\m[[:alnum:]-]+\.(com|org|net|info|io|biz|edu|gov|de|fr'
            '|eu|ch|uk|ca|nz|au|ie|dev|app|blog|xyz|online|example|co|tv|nl|pl|dk|cz|ru|br|jp'
            '|cc|me|es|at|it|us|be|cat|health|site|page|link|club|shop|social|name|cloud|mx|ar'
            '|test)/[[:alnum:]@~]|(^'
            '|[^@.a-z0-9-])([a-z0-9-]+\.)*[a-z0-9-]*[a-z][a-z0-9-]*\.(com|org|net|info|io|biz'
            '|edu|gov|de|fr|eu|ch|uk|ca|nz|au|ie|dev|app|blog|xyz|online|example|co|tv|nl|pl|dk'
            '|cz|ru|br|jp|cc|bsky\.social)\M|\m(web|website|webseite|homepage|site|blog|seite'
            '|pagina|sitio|domain|dominio|profil'
            '|perfil)\M[^.]{0,20}\m[a-z0-9-]*[a-z][a-z0-9-]*(\.[a-z0-9-]+)*\.(com|org|net|info'
            '|io|biz|edu|gov|de|fr|eu|ch|uk|ca|nz|au|ie|dev|app|blog|xyz|online|example|co|tv'
            '|nl|pl|dk|cz|ru|br|jp|cc|me|es|at|it|us|be|cat|health|site|page|link|club|shop'
            '|social|name|cloud|mx|ar|test)\M|\m[a-z0-9-]{3,}( ?[[({<|*_-]{1,2} ?(\.|dot|punkt'
            '|point|punto|ponto) ?[])}>|*_-]{1,2} ?| (dot|punkt|point|punto) )(com|org|net|info'
            '|io|biz|edu|gov|de|fr|eu|ch|uk|ca|nz|au|ie|dev|app|blog|xyz|online|example|co|tv'
            '|nl|pl|dk|cz|ru|br|jp|cc|bsky\.social)\M|\m[a-z0-9-]{4,} \. (com|org|net|de|fr)\M'
    then
        return 'a web address';
    end if;
    if v_numbers ~
        '[0-9]([ ()./*_-]{0,3}[A-Za-z]?[0-9]){5}|[Xx*#][ .-][0-9]{4}|last|ending'
        and v_numbers ~
            '(?i)(^|[^0-9])[0-9]{3}-[0-9]{2}-[0-9]{4}($|[^0-9])'
            '|[x*#]{3}[ .-][x*#]{2}[ .-][0-9]{4}($|[^0-9])|\m(ssn'
            '|social( security)?)\M[^0-9~]{0,20}(ending'
            '|last)[^0-9~]{0,16}(4 [^0-9~]{0,12})?[0-9]{4}\M|(^'
            '|[^0-9.,])[0-9]{3}\.[0-9]{2}\.[0-9]{4}($|[^0-9])'
            '|\m[a-z]{2} ?[0-9]{2}[ .-]?[0-9]{2}[ .-]?[0-9]{2}[ .-]?[a-d]\M'
            '|\m[0-9]{2}[ .-]?[0-3][0-9][01][0-9]{3}[ .-]?[a-z][ .-]?[0-9]{3}\M|(^'
            '|[^0-9.,])[12][ .-]?[0-9]{2}[ .-]?(0[1-9]|1[0-2]|[2-9][0-9])[ .-]?([0-9]{2}'
            '|2[ab])[ .-]?[0-9]{3}[ .-]?[0-9]{3}([ .-]?[0-9]{2})?(?![0-9])'
            '|\m[0-9]{2}\.[0-9]{3}\.[0-9]{3}[ .-]?[a-z]\M|\m[0-9]{8}-?[a-z]\M'
            '|\m[xyz][ .-]?[0-9]{7}[ .-]?[a-z]\M'
            '|\m[xyz][ .-]?[0-9]\.?[0-9]{3}\.?[0-9]{3}[ .-]?[a-z]\M'
            '|\m756[ .][0-9]{4}[ .][0-9]{4}[ .][0-9]{2}\M|\m(ssn|ss#'
            '|social( security)?( insurance)?|sin|nhs|ni|nino|national (insurance|id|identity)'
            '|insee|nir|secu(rite sociale)?|dni|nie|nif|cif|steuer[ -]?(id|idnr|nr|nummer'
            '|identifikationsnummer)|id-?nr|idnr|st\.?-?nr|sv-?(nr|nummer)|rv-?(nr|nummer)|rvnr'
            '|svnr|(sozial|renten)versicherung(s(nr|nummer|-nr))?|rentenversicherungsnummer'
            '|kvnr|tfn|tax (file|id|number)|tin|medicare|ihi|ppsn?|bsn|cpf|curp|nss'
            '|seguridad social|ahv|personnummer|numero fiscal)(\.?[ -]?(no|nr|num|number|nummer'
            '|numero|n\.|n°|id|card|karte|carte|tarjeta|code)\M|[ :#.,=°-]|\m(is|was|ist|war'
            '|lautet|est|es|de|del|du|of|the|der'
            '|des)\M){0,6}[a-z]?([ ./-]{0,3}[a-z]?[0-9]){7,14}'
    then
        return 'a social security or national number';
    end if;
    if v_numbers ~
        '(?i)(mrn|r\.n|rec|hc|ipp|nummer|nr|id|zeichen|dossier|pa[tc]i|hist|h\.c|\mur|carte|egk'
        '|exped|afil|poli[zc]|adher|assur|sociale|lote|matric|tarjeta|chart|pt|client|case|file'
        '|hosp|member|insur|acc|medicaid|encou|refer|admis|akte|fall|mutuelle|cuenta|compte'
        '|konto|versich)[^0-9~]{0,30}[0-9]'
        and v_numbers ~
            '(?i)\m(mrn(?![a-z])|m\.r\.n|med(ical|\.)? ?rec(ord)?s?(?![a-z])|hc[ .]?(?=[n:#°])'
            '|hce(?![a-z])|nhc(?![a-z])|ipp(?![a-z])|(fall|patienten|pat|akten|krankenakten'
            '|vorgangs|kunden|krankenkassen|mitglieds|versicherten|versicherungs'
            '|konto)[. -]{0,2}(nummer|nr|id|zeichen)|aktenzeichen|(n|no|num|numero'
            '|n°)[. ]{0,2}(de |d'')?(dossier|patient|historia|expediente|paciente|afiliado'
            '|poliza|adherent|assure|securite sociale|lote?)|ur(n| no| number)|h\.c\.'
            '|carte vitale|egk(?![a-z])|historia clinica|hist\.? clin(ica)?\.?|matricule'
            '|tarjeta sanitaria)(\.?[ -]?(no|nr|num|number|nummer|numero|n\.|n°|id|card|karte'
            '|carte|tarjeta|code)\M|[ :#.,=°-]|\m(is|was|ist|war|lautet|est|es|de|del|du|of|the'
            '|der|des)\M){0,6}[a-z]{0,4}[ ./-]?[0-9]([ ./-]?([a-z][ ./-]?)?[0-9]){3,}|\m(record'
            '|chart|patient|pt|client|case|file|hospital|policy|member|insurance|account|acct'
            '|medicaid|encounter|referral|accession|admission|reference|ref|akte|fall'
            '|krankenakte|dossier|police|mutuelle|expediente|historia|paciente|poliza|cuenta'
            '|compte|konto|versicherung)[ -]?(((no|nr|num)[.:#]|n°|(number|numero|nummer|id)\M)'
            '|[#°])(\.?[ -]?(no|nr|num|number|nummer|numero|n\.|n°|id|card|karte|carte|tarjeta'
            '|code)\M|[ :#.,=°-]|\m(is|was|ist|war|lautet|est|es|de|del|du|of|the|der'
            '|des)\M){0,6}[a-z]{0,4}[ ./-]?[0-9]([ ./-]?([a-z][ ./-]?)?[0-9]){3,}|\m(record'
            '|chart|patient|pt|client|case|file|hospital|policy|member|insurance|account|acct'
            '|medicaid|encounter|referral|accession|admission|reference|ref|akte|fall'
            '|krankenakte|dossier|police|mutuelle|expediente|historia|paciente|poliza|cuenta'
            '|compte|konto|versicherung)( (no|nr|num)\M)?[ :=.-]{1,3}(is |was |ist |est '
            '|es )?[a-z]{0,3}-?[0-9]{5,}\M|\m(medical record|insurance|policy)( ?(no|nr|num'
            '|number|id)\M| ?#)?[ :#.=-]*(is |was )?[a-z]{0,3}-?[0-9]([ -]?[0-9]){5,}|\m(record'
            '|chart|patient|pt|client|case|file|hospital|policy|member|insurance|account|acct'
            '|medicaid|encounter|referral|accession|admission|reference|ref|akte|fall'
            '|krankenakte|dossier|police|mutuelle|expediente|historia|paciente|poliza|cuenta'
            '|compte|konto|versicherung) (no|nr|num) [0-9]{3,}[/.-][0-9]{2,}\M'
    then
        return 'a record number';
    end if;
    if v_text ~  '(?i)d\.?o\.?b|birth|born|geb|gdat|\mnee?\M|nais|nac|ddn|\mfn\M|\mb\.|\*'
        and v_text ~
            '(?i)((\m(dob|date of birth|birth ?(date|day)|born|geboren|geb|geb\.?-?dat'
            '|geburts(datum|tag)|gebdat|gdat|nee?|ddn|date de naissance|nacid[oa]'
            '|fecha de nacimiento|f(echa)?\.? ?(de )?nac|nacimiento|fn)\M'
            '|\md\.o\.b)[ :.=,(*-]{0,3}(is |was |ist |est |es |le |the |el |on |am '
            '|dia )*(([12][0-9]{3}[./-](0?[1-9]|1[0-2])[./-](0?[1-9]|[12][0-9]|3[01])|((0?[1-9]'
            '|[12][0-9]|3[01])[./-](0?[1-9]|1[0-2])|(0?[1-9]|1[0-2])[./-](0?[1-9]|[12][0-9]'
            '|3[01]))[./-]([12][0-9]{3}|[0-9]{2}))(?![./-]?[0-9])|[0-3]?[0-9](st|nd|rd|th|er'
            '|\.)?( of| de)? (jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|okt|dez|mai|fev'
            '|avr|juin|juil|aout|ene|abr|ago|dic)[a-z]*\.?,?( de| del)? ([12][0-9]{3}'
            '|''[0-9]{2})|(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|okt|dez|mai|fev|avr'
            '|juin|juil|aout|ene|abr|ago|dic)[a-z]*\.? [0-3]?[0-9](st|nd|rd|th)?,? [12][0-9]{3}'
            '|(in |im |en )?(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|okt|dez|mai|fev'
            '|avr|juin|juil|aout|ene|abr|ago|dic)[a-z]* (of |de |del )?(19|20)[0-9]{2}\M'
            '|[0-3][0-9] ?[01][0-9] ?((19|20)[0-9]{2}|[0-9]{2})\M|(19'
            '|20)[0-9]{2} ?[01][0-9] ?[0-3][0-9]\M'
            '|[0-3]?[0-9][. ]{1,2}[01]?[0-9][. ]{1,2}([12][0-9]{3}|[0-9]{2})(?![./-]?[0-9]))'
            '|\mb\. ?([12][0-9]{3}[./-](0?[1-9]|1[0-2])[./-](0?[1-9]|[12][0-9]|3[01])|((0?[1-9]'
            '|[12][0-9]|3[01])[./-](0?[1-9]|1[0-2])|(0?[1-9]|1[0-2])[./-](0?[1-9]|[12][0-9]'
            '|3[01]))[./-]([12][0-9]{3}|[0-9]{2}))(?![./-]?[0-9])'
            '|\* ?[0-3]?[0-9][./][01]?[0-9][./](19[0-9]{2}|[4-9][0-9])(?![0-9]))'
    then
        return 'a date of birth';
    end if;
    if v_numbers ~
        '(?i)pas|weis|id.card|licen|schein|permis|carnet|serial|imei|device|maker|implant|serie'
        '|plate|kennz|matri|\mvin\M'
        and v_numbers ~
            '(?i)\m(passport|passeport|pasaporte|reisepass(nummer)?|ausweis(nummer)?'
            '|personalausweis(nr|nummer)?|id.card|driver''?s?.licen[cs]e|licen[cs]e'
            '|fuhrerschein|permis|carnet|serial|imei|device|pacemaker|implant|serien(nummer|nr)'
            '|seriennummer|numero.de.serie)\M( ?((no|nr|num|number|nummer|numero|id|plate)\M|n°'
            '|#)[.:]?)*[ :=#.]{0,3}(is '
            '|was )?(?=[a-z-]{0,4}([0-9][a-z-]{0,3}){4})[a-z]{0,3}-?[0-9][a-z0-9-]{4,}\M'
            '|\m((licen[cs]e|number|registration).plate|plate|kennzeichen|immatriculation'
            '|matricula)\M[ :=#.]{0,3}(is |was )?[a-z0-9]{1,3}[ -][a-z]{0,3} ?[0-9]{2,4}'
            '|\mvin\M[ :#.]*[a-hj-npr-z0-9]{17}\M'
    then
        return 'the number of a document or device';
    end if;
    if v_numbers ~
        '[0-9]([ ()./*_-]{0,3}[A-Za-z]?[0-9]){5}|[Xx*#][ .-][0-9]{4}|last|ending'
        and v_numbers ~
            '(?i)(^|[^0-9.,])(\+?1[ ./*-]{0,2})?(\([2-9][0-9]{2}\)[ ./*-]{0,3}[2-9][0-9]{2}['
            ' ./*-]{0,3}[0-9]{4}|[2-9][0-9]{2} ?[ ./*_-] ?[2-9][0-9]{2} ?[ ./*_-] ?[0-9]{4}'
            '|[2-9][0-9]{2}[./*-][2-9][0-9]{6})(?![0-9]| ?-?steps)|(\+'
            '|\m00 ?)(\([1-9][0-9]{0,2}\)|[1-9])([ /*-]{0,3}(\([0-9]{1,5}\)|[0-9])){8,14}|(\+'
            '|\m00 ?)[1-9][0-9]{0,2} ?[ .] ?(\(0\))?[0-9]{1,4}( ?\. ?[0-9]{2,4}){2,4}|(\+'
            '|\m00 ?)[1-9][0-9]{0,2} ?\. ?[0-9]{2,4} ?\. ?[0-9]{6,8}|(^|[^0-9.,/+-])(?=\(?0('
            '[ ()./*-]{0,3}[0-9]){9,10}(?![ ./-]?[0-9]))(\(0[1-9][0-9]{0,4}\)|0[1-9][0-9]{0,4}'
            '|\(0\)[1-9][0-9]{0,3})[ ./*-]{0,3}[0-9]{3,8}([ .*-][0-9]{3,8})?(?![0-9])|(^'
            '|[^0-9.,/+-])01[5-7]([ ./*-]{0,3}[0-9]){8,9}(?![ ./*-]?[0-9])|(^'
            '|[^0-9.,/+-])0[1-9]( ?[ .*_-]? ?[0-9]{2}){4}(?![ .*-]?[0-9])|(^'
            '|[^0-9.,/+-])(0[1-9][0-9]{1,4} ?/'
            '|\(0[1-9][0-9]{1,4}\)) ?[0-9]([ -]?[0-9]){4,9}(?![0-9])|(^'
            '|[^0-9.,/+-])([6-9][0-9]{2}( ?[ .*-] ?[0-9]{2}){3}|[67][0-9]{2} ?[ .*-] ?(?![0-9'
            ']{2}0 ?[ .*-] ?[0-9]{2}0)[0-9]{3} ?[ .*-] ?[0-9]{3})(?![ .,/*-]?[0-9])|(\m(call'
            '|calls|call(ed|ing)? (me|her|him|them|us|back|on|at)|phones?|phoned|tel|telephone'
            '|telefono|telefon|telefonnummer|tlf|tfno|tlfno|fon|mobile|mobil|mobilnummer|mob'
            '|movil|celular|cell|cellphone|cel|handy|handynr|handynummer|festnetz|landline|fax'
            '|whatsapp|sms|signal|ring|rings|dial|voicemail|pager|reach (me|her|him|them|us|on'
            '|at|via)|reachable|text (me|her|him|them|to|the)|contact|ph|(her|his|my|their|your'
            '|new|old|work|home|contact) (number|no|nr)|portable|joindre|joignable|appel(er|ez'
            '|le)?|rappel(er|ez)?|fixe|llam(ar|e|en|ad)|anruf(en)?|ruckruf|erreichbar|rufnummer'
            '|(numero|nummer)( de)? (telefono|telephone|tel|movil)|contacto)\M|\m[cmtw]:'
            '|#:)([^0-9~]{0,24}[^0-9~])?[0-9]([ ./()*_-]{0,3}[0-9]){6,14}(?![ ./-]?[0-9])'
    then
        return 'a telephone number';
    end if;
    if v_text ~
        'Street|Ave|R(oa)?d\M|Lane|Drive|B(oul|lv)|Court|Cresc|Terr|Squ|Place|Way|Close|Grove'
        '|Gard|Highw|Hwy|P(ar)?kw|Mews|[A-Z] (STREET|AVE|R(OA)?D\M|LANE|DRIVE|B(OUL|LV)|CRESC'
        '|TERR)|(St|Dr|Ln|Ct|Pl|Sq)(\.|,|$)|(str|strasse|weg|gasse|platz|allee|ring|damm|ufer'
        '|chaussee|STR|STRASSE)\.? ?(Nr\.? ?)?[0-9]|(Strasse|Str\.|Allee|Chaussee|Weg|Gasse'
        '|Platz|Ring|Damm|Ufer) (Nr\.? ?)?[0-9]|alle |C/|c/|Pl\.|[Aa]v(eni)?da|Av\.|[Pp]la?za'
        '|[Pp]aseo|arrete|Ctra|Ronda|Rambla|Traves|Camino|Pasaje|CALLE|AVENIDA|PLAZA|Via'
        '|[0-9]( bis| ter|[A-Da-d])?,? ?(rue|place|route|avenue|quai|square|boulev|bd|chemin'
        '|allee|impasse|faub|Rue|Boulev|Bd|Chemin|Impasse|RUE|BOULEV|BD|CHEMIN|IMPASSE)'
        '|[Rr]ue [A-Zd]|[Bb]oulevard [A-Zd]|[Cc]hemin [A-Zd]|calle|plaza|avenida|street|lane'
        '|crescent|terrace|(\m([Ww]ohn(t|haft)|[Aa]dresse|[Aa]nschrift|[Aa]ddress'
        '|[Dd]omicili[a-z]+|[Dd]ireccion|[Hh]abite)\M|\m([Ll]ives? (at|in)|[Ll]iving (at|in)'
        '|[Mm]oved (in)?to|[Aa]ddress( is)?|[Rr]esid(es|ing) (at|in)|[Ww]ohn(t|haft)|[Aa]dresse'
        '|[Aa]nschrift|[Hh]abite|[Dd]emeur(e|ant)|[Vv]ive en|[Rr]eside en|[Dd]omicili[a-z]+'
        '|[Dd]ireccion)\M)[^0-9~]{0,40}[0-9]'
        and v_text ~
            '\m[0-9]{1,5}[A-Za-z]?,? (?!(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov'
            '|Dec)[a-z]*\M)(([A-Z][A-Za-z''.-]*|[0-9]{1,3}(st|nd|rd|th)) ){1,3}((Street|Avenue'
            '|Ave|Road|Rd|Lane|Drive|Boulevard|Blvd|Court|Crescent|Terrace|Square|Place|Way'
            '|Close|Grove|Gardens|Highway|Hwy|Parkway|Pkwy|Mews)\M|(St|Dr|Ln|Ct|Pl|Sq)(\.|,|$))'
            '|\m[0-9]{1,5}[A-Z]?,? (?!(JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC))((?!(ON'
            '|THE|A|OF|AND|TO|IN|MIN|KM|H|FOIS)\M)[A-Z''.-]+ ){1,2}(STREET|AVENUE|AVE|ROAD|RD'
            '|LANE|DRIVE|BOULEVARD|BLVD|CRESCENT|TERRACE)\M|\m[0-9]{2,5}[a-z]? (?!(min|hour|day'
            '|week|month|year|km|mile|block|step|meter|metre)[a-z]*\M)[a-z]+ (street|avenue'
            '|lane|crescent|boulevard|terrace)\M|\m([A-Za-z]+(strasse|str\.?)|(?!(Heim|Um'
            '|Arbeits|Rad|Fuss|Wander|Schul|Ruck|Hin|Aus|Lebens|Mittel|Sitz|Park|Spiel|Studien'
            '|Ausbildungs|Therapie|Kita|Haft|Schlaf|Sack|Wald|Feld|Stell'
            '|Markt)[a-z]*\M)[A-Z][a-z]+(weg|gasse|platz|allee|damm|ufer|chaussee)'
            '|[A-Z][a-z]+(er (Weg|Gasse|Platz|Ring|Damm|Ufer)| (Strasse|Str\.|Allee'
            '|Chaussee))) ?(Nr\.? ?)?[0-9]{1,4}(?![.,:]?[0-9])(?! ?(min|std|stund|tag|woch'
            '|monat|jahr|mal|km|m\M|x\M|%|uhr|von|bis|und|gute|neue|h\M|veces|dias|hor|minut'
            '|semana|anos|crisis|fois|jours|heures|ans|pers|met|of|times|days|hours|weeks'
            '|people|noches|nuits|euro|buena|MIN|STD|STUND|TAG|WOCH|MONAT|JAHR|MAL|KM|M\M|X\M|%'
            '|UHR|VON|BIS|UND|GUTE|NEUE|H\M|VECES|DIAS|HOR|MINUT|SEMANA|ANOS|CRISIS|FOIS|JOURS'
            '|HEURES|ANS|PERS|MET|OF|TIMES|DAYS|HOURS|WEEKS|PEOPLE|NOCHES|NUITS|EURO|BUENA))'
            '|\m[A-Z][a-z]+ (Street|Avenue|Road|Lane) [0-9]{1,4}(?![.,:]?[0-9])(?! ?(min|std'
            '|stund|tag|woch|monat|jahr|mal|km|m\M|x\M|%|uhr|von|bis|und|gute|neue|h\M|veces'
            '|dias|hor|minut|semana|anos|crisis|fois|jours|heures|ans|pers|met|of|times|days'
            '|hours|weeks|people|noches|nuits|euro|buena|MIN|STD|STUND|TAG|WOCH|MONAT|JAHR|MAL'
            '|KM|M\M|X\M|%|UHR|VON|BIS|UND|GUTE|NEUE|H\M|VECES|DIAS|HOR|MINUT|SEMANA|ANOS'
            '|CRISIS|FOIS|JOURS|HEURES|ANS|PERS|MET|OF|TIMES|DAYS|HOURS|WEEKS|PEOPLE|NOCHES'
            '|NUITS|EURO|BUENA))|\m([Ww]ohn(t|haft)|[Aa]dresse|[Aa]nschrift|[Aa]ddress'
            '|[Dd]omicili[a-z]+|[Dd]ireccion|[Hh]abite)\M[^0-9~]{0,30}\m(?!(Zimmer|Stock|Etage'
            '|Haus|Gruppe|Wohnung|Nummer|Raum|Room|Floor|Session|Group|Step|Apartment'
            '|Wohnheim))[A-Z][a-z''-]+ [0-9]{1,3} ?[a-h]?($|[,;.)]( |$))|\m([A-Z]*STRASSE'
            '|[A-Z]+STR\.) [0-9]{1,4}(?! ?(min|std|stund|tag|woch|monat|jahr|mal|km|m\M|x\M|%'
            '|uhr|von|bis|und|gute|neue|h\M|veces|dias|hor|minut|semana|anos|crisis|fois|jours'
            '|heures|ans|pers|met|of|times|days|hours|weeks|people|noches|nuits|euro|buena|MIN'
            '|STD|STUND|TAG|WOCH|MONAT|JAHR|MAL|KM|M\M|X\M|%|UHR|VON|BIS|UND|GUTE|NEUE|H\M'
            '|VECES|DIAS|HOR|MINUT|SEMANA|ANOS|CRISIS|FOIS|JOURS|HEURES|ANS|PERS|MET|OF|TIMES'
            '|DAYS|HOURS|WEEKS|PEOPLE|NOCHES|NUITS|EURO|BUENA))|\m(calle|Calle|C/|c/|Avenida'
            '|avenida|Avda\.?|Av\.|Plaza|plaza|Pza\.?|Pl\.|Paseo|paseo|Carretera|Ctra\.?|Ronda'
            '|Rambla|Travesia|Camino|Pasaje|CALLE|AVENIDA|PLAZA|Via) ?(de (la |los |las |l'')?'
            '|del |la |el |los |las )?[A-Z][A-Za-z'']+( [A-Za-z'']+){0,3},? (n(o\.?|um\.?'
            '|\.)? ?)?[0-9]{1,4}\M(?! ?(min|std|stund|tag|woch|monat|jahr|mal|km|m\M|x\M|%|uhr'
            '|von|bis|und|gute|neue|h\M|veces|dias|hor|minut|semana|anos|crisis|fois|jours'
            '|heures|ans|pers|met|of|times|days|hours|weeks|people|noches|nuits|euro|buena|MIN'
            '|STD|STUND|TAG|WOCH|MONAT|JAHR|MAL|KM|M\M|X\M|%|UHR|VON|BIS|UND|GUTE|NEUE|H\M'
            '|VECES|DIAS|HOR|MINUT|SEMANA|ANOS|CRISIS|FOIS|JOURS|HEURES|ANS|PERS|MET|OF|TIMES'
            '|DAYS|HOURS|WEEKS|PEOPLE|NOCHES|NUITS|EURO|BUENA))|[0-9](( bis| ter)\M'
            '|[A-D])?,? (place|route|avenue|quai|square) (de |du |des |de la |de l''|d''|la '
            '|le |les )?[A-Z]|[0-9]( ?([Bb]is|[Tt]er|BIS|TER|[A-Da-d])\M)?,? ?(rue|boulevard|bd'
            '|chemin|allee|impasse|faubourg|Rue|Boulevard|Bd|Chemin|Impasse|RUE|BOULEVARD|BD'
            '|CHEMIN|IMPASSE)\.? (d[eu] |des |la |les? |[dl]''|(?!(PLUS|ET|A|OU|EN|PAR|SANS'
            '|AVEC|POUR|VIDE)\M)[A-Z])|\m([Rr]ue|[Bb]oulevard|[Aa]venue|[Cc]hemin) (de |du '
            '|des |de la |de l''|d'')?[A-Z][A-Za-z''-]+( [A-Z][a-z]+)?,? [0-9]{1,3}\M(?! ?(min'
            '|std|stund|tag|woch|monat|jahr|mal|km|m\M|x\M|%|uhr|von|bis|und|gute|neue|h\M'
            '|veces|dias|hor|minut|semana|anos|crisis|fois|jours|heures|ans|pers|met|of|times'
            '|days|hours|weeks|people|noches|nuits|euro|buena|MIN|STD|STUND|TAG|WOCH|MONAT|JAHR'
            '|MAL|KM|M\M|X\M|%|UHR|VON|BIS|UND|GUTE|NEUE|H\M|VECES|DIAS|HOR|MINUT|SEMANA|ANOS'
            '|CRISIS|FOIS|JOURS|HEURES|ANS|PERS|MET|OF|TIMES|DAYS|HOURS|WEEKS|PEOPLE|NOCHES'
            '|NUITS|EURO|BUENA))|\m(calle|c/|avda\.?|avenida|plaza) ?(de |del |la |el |los '
            '|las )*[a-z]+,? (n(o\.?|um\.?|\.)? ?)?[0-9]{1,4}(?![.,:]?[0-9])(?! ?(min|std|stund'
            '|tag|woch|monat|jahr|mal|km|m\M|x\M|%|uhr|von|bis|und|gute|neue|h\M|veces|dias|hor'
            '|minut|semana|anos|crisis|fois|jours|heures|ans|pers|met|of|times|days|hours|weeks'
            '|people|noches|nuits|euro|buena|MIN|STD|STUND|TAG|WOCH|MONAT|JAHR|MAL|KM|M\M|X\M|%'
            '|UHR|VON|BIS|UND|GUTE|NEUE|H\M|VECES|DIAS|HOR|MINUT|SEMANA|ANOS|CRISIS|FOIS|JOURS'
            '|HEURES|ANS|PERS|MET|OF|TIMES|DAYS|HOURS|WEEKS|PEOPLE|NOCHES|NUITS|EURO|BUENA))'
            '|\m([Ll]ives? (at|in)|[Ll]iving (at|in)|[Mm]oved (in)?to|[Aa]ddress( is)?'
            '|[Rr]esid(es|ing) (at|in)|[Ww]ohn(t|haft)|[Aa]dresse|[Aa]nschrift|[Hh]abite'
            '|[Dd]emeur(e|ant)|[Vv]ive en|[Rr]eside en|[Dd]omicili[a-z]+'
            '|[Dd]ireccion)\M[^0-9~]{0,12}[0-9]{1,5}[a-z]? ([a-z''.-]+ ){1,3}([Ss]treet'
            '|[Aa]venue|[Aa]ve|[Rr]oad|[Rr]d|[Ll]ane|[Dd]rive|[Cc]ourt|[Ss]quare|[Ww]ay)\M'
        or v_text ~
            '[A-Z][0-9][0-9A-Z]? ?[0-9][A-Z]|[Bb][Oo][Xx] ?[0-9]|[Pp][Oo][Ss][Tt]|[Aa]partado'
            '|[Bb]\.[Pp]\.|\.[0-9]{4}|[0-9](°| ?deg)|[Ll](at|AT)[ :=i/]|GPS|gps|geo|oord'
            '|\.[0-9]{3,} ?[NSEW]|[0-9A-Z]\+[0-9A-Z]'
        and v_text ~
            '\m[A-Z][0-9][A-Z] ?[0-9][A-Z][0-9]\M|\m[A-Z]{1,2}[0-9][0-9A-Z]? [0-9](?!ST|ND|RD'
            '|TH|UG|HR)[ABD-HJLNP-UW-Z]{2}\M|\m([Pp]\.?[Oo]\.? ?([Bb]ox|BOX)|[Pp]ostfach'
            '|POSTFACH|[Aa]partado|[Bb]\.[Pp]\.|[Bb]oite postale) ?[0-9]|(^|[^0-9.])-?[0-9]{1,3'
            '}\.[0-9]{4,}[^0-9a-z]{0,3}[NSns]?[ ,;/]{1,3}[+-]?[0-9]{1,3}\.[0-9]{4,}|[0-9](°'
            '| ?deg)[ 0-9.,''\u2033\"]*[NSEWO]\M|\m[0-9]{1,3}\.[0-9]{3,} ?[NSEW]\M|\m[Ll](at'
            '|AT)(itude)?[ :=]{1,3}[+-]?[0-9]{1,2}\.[0-9]+.{1,14}\m[Ll]([Oo][Nn]|ng|NG)'
            '|\m([Ll]at/[Ll]on?g?|GPS|gps|geo'
            '|[Cc]oord[a-z]*)[ :=]{1,3}[+-]?[0-9]{1,2}\.[0-9]{2,}[ ,;/]{1,3}[+-]?[0-9]'
            '|\m[2-9CFGHJMPQRVWX]{4,8}\+[2-9CFGHJMPQRVWX]{2,3}\M'
        or v_numbers ~ '[0-9]{5}'
        and v_numbers ~
            '(, ?(A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]'
            '|PA|RI|S[CD]|T[NX]|UT|V[AT]|W[AIVY])|\m[A-Z][a-z]+ (A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI'
            '|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|PA|RI|S[CD]|T[NX]|UT|V[AT]'
            '|W[AIVY])|(Alabama|Alaska|Arizona|Arkansas|California|Colorado|Connecticut'
            '|Delaware|Florida|Georgia|Hawaii|Idaho|Illinois|Indiana|Iowa|Kansas|Kentucky'
            '|Louisiana|Maine|Maryland|Massachusetts|Michigan|Minnesota|Mississippi|Missouri'
            '|Montana|Nebraska|Nevada|Hampshire|Jersey|Mexico|York|Carolina|Dakota|Ohio'
            '|Oklahoma|Oregon|Pennsylvania|Tennessee|Texas|Utah|Vermont|Virginia|Washington'
            '|Wisconsin|Wyoming)),? [0-9]{5}($|[^0-9])|\m(A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]'
            '|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|PA|RI|S[CD]|T[NX]|UT|V[AT]'
            '|W[AIVY]),? [0-9]{5}-[0-9]{4}\M|(\m([Ll]ives? (at|in)|[Ll]iving (at|in)'
            '|[Mm]oved (in)?to|[Aa]ddress( is)?|[Rr]esid(es|ing) (at|in)|[Ww]ohn(t|haft)'
            '|[Aa]dresse|[Aa]nschrift|[Hh]abite|[Dd]emeur(e|ant)|[Vv]ive en|[Rr]eside en'
            '|[Dd]omicili[a-z]+|[Dd]ireccion)\M|\m([Zz][Ii][Pp](.[Cc]ode)?|([Pp]ost.?'
            '|[Pp]ostal.)[Cc]ode|P[Ll][Zz]|Postleitzahl|[Cc](ode|odigo).[Pp]ostal'
            '|CP)\M)[^0-9~]{0,12}[0-9]{5}(-[0-9]{4})?\M'
    then
        return 'a postal address';
    end if;
    if v_numbers ~
        '(^|[^0-9.,])[0-9]{9,}($|[^0-9])|(^|[^0-9])[3-6][0-9]{3}([ .*_-][0-9]{4}){3}($|[^0-9])'
        '|(^|[^0-9])3[47][0-9]{2}[ .*-][0-9]{6}[ .*-][0-9]{5}($|[^0-9])'
        '|\m[A-Z]{2}[0-9]{2}[ .-]?[A-Z0-9]{4}([ .-]?[0-9]{4}){2}|\m[Ii](ban'
        '|BAN)\M.{0,6}[A-Za-z]{2}[0-9]{2}'
    then
        return 'the number of a card or account';
    end if;
    if v_text ~
        '(?i)@|u/|insta|\mig\M|tiktok|twitter|facebook|\mfb\M|telegram|snap|discord|skype'
        '|reddit|linkedin|masto|bluesky|threads|twitch|tumblr|wechat|\mkik\M|handle|user|profil'
        '|perfil|usuario|name|pseudo|alias|nick'
        and v_text ~
            '(?i)\m(instagram|insta|ig|tiktok|twitter|facebook|fb|telegram|snapchat|snap'
            '|discord|skype|reddit|linkedin|mastodon|bluesky|threads|twitch|tumblr|wechat'
            '|kik)\M[^@]{0,20}@[a-z0-9_]{3}|\m(instagram|insta|ig|tiktok|twitter|facebook|fb'
            '|telegram|snapchat|snap|discord|skype|reddit|linkedin|mastodon|bluesky|threads'
            '|twitch|tumblr|wechat|kik)\M[^a-z0-9]{1,3}((\m(handle|user.?name|profile|profil'
            '|perfil|usuario|nutzername|benutzername|pseudo|alias|screen.name|account.name|nick'
            '|nickname|handle)\M|name)[^a-z0-9]{1,3})?((is|as|under|ist|unter|lautet|est|es'
            '|=)[ :]{1,2})?([a-z0-9]+[_.-]+[a-z0-9_.-]*[a-z0-9]|[a-z]+[0-9][a-z0-9_]*)\M'
            '|\m(handle|user.?name|profile|profil|perfil|usuario|nutzername|benutzername|pseudo'
            '|alias|screen.name|account.name|nick|nickname|handle)\M[ :=]{1,3}((is|as|under|ist'
            '|unter|lautet|est|es|=)[ :]{1,2})?@?([a-z0-9]+[_.-]+[a-z0-9_.-]*[a-z0-9]'
            '|[a-z]+[0-9][a-z0-9_]*)\M|\m(instagram|insta|ig|tiktok|twitter|facebook|fb'
            '|telegram|snapchat|snap|discord|skype|reddit|linkedin|mastodon|bluesky|threads'
            '|twitch|tumblr|wechat|kik)\M[^a-z0-9]{1,3}\m(handle|user.?name|profile|profil'
            '|perfil|usuario|nutzername|benutzername|pseudo|alias|screen.name|account.name|nick'
            '|nickname|handle)\M[^a-z0-9]{1,3}((is|as|under|ist|unter|lautet|est|es'
            '|=)[ :]{1,2})?[a-z0-9_.]{5,}|(^|[^a-z0-9.@/])u/[a-z0-9]*[0-9_-][a-z0-9_-]{2,}'
            '|\mdiscord\M.{0,20}[a-z0-9_.]{2,}#[0-9]{4}\M|(^'
            '|[^a-z0-9.@/])@[a-z][a-z0-9]*[_.]?[a-z0-9]*([0-9_]|\.[a-z])[a-z0-9_]*|\m(follow'
            '|follows|dm|message|account|posts|profile|handle|tag(ged)?|add|sigue|suivre'
            '|folgt)\M[^a-z0-9@]{1,3}(([a-z]+ ){1,3})?@[a-z][a-z0-9_.]{3,}'
            '|([a-z0-9]+[_.-]+[a-z0-9_.-]*[a-z0-9]|[a-z]+[0-9][a-z0-9_]*) (on|auf|sur'
            '|en) \m(instagram|insta|ig|tiktok|twitter|facebook|fb|telegram|snapchat|snap'
            '|discord|skype|reddit|linkedin|mastodon|bluesky|threads|twitch|tumblr|wechat'
            '|kik)\M'
    then
        return 'the name of an account';
    end if;
    return null;
end
$$;
comment on function public.journey_identifier_in(text)
is 'What kind of identifier a text unmistakably holds; NULL when none. Names cannot be recognised.';

create or replace function public.journey_guard_integration_session() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
-- An error instead of a lookup that silently finds nothing.
set row_security = off
as $$
declare
    v_is_trusted_writer boolean := public.journey_is_trusted_writer(tg_relid);
    v_is_stored_note boolean := false;
begin
    if tg_op = 'INSERT' then
        perform public.journey_session_day(
            new.session_id, new.patient_id, new.practitioner_id, v_is_trusted_writer
        );
        perform public.journey_check_day('session_date', new.session_date);
        -- An upsert comes here before its conflict is seen. What is stored under its key passes
        -- only while the caller's own row holds it. The lock keeps that row until the transaction
        -- ends, so this row always meets the conflict and is never stored as new.
        if v_is_trusted_writer then
            new.created_at := coalesce(new.created_at, now());
            new.updated_at := coalesce(new.updated_at, new.created_at);
        else
            perform
            from public.log_integration_sessions as s
            where s.integration_session_id = new.integration_session_id
                and s.practitioner_id = new.practitioner_id
                and s.created_at = new.created_at
            for key share;
            if not found then
                new.created_at := now();
            end if;
            new.updated_at := now();
        end if;
        perform
        from public.log_integration_sessions as s
        where s.integration_session_id = new.integration_session_id
            and s.practitioner_id = new.practitioner_id
            and s.session_notes = new.session_notes
        for key share;
        v_is_stored_note := found;
    else
        if (
            new.integration_session_id, new.session_id, new.patient_id, new.practitioner_id,
            new.session_number, new.session_date, new.session_type, new.created_at
        ) is distinct from (
            old.integration_session_id, old.session_id, old.patient_id, old.practitioner_id,
            old.session_number, old.session_date, old.session_type, old.created_at
        ) then
            raise exception 'log_integration_sessions keeps who, whose, what and when: '
                'only completion, scores and notes may change'
                using errcode = 'insufficient_privilege';
        end if;
        new.updated_at := old.updated_at;
        if new is distinct from old then
            new.updated_at := now();
        end if;
        v_is_stored_note := new.session_notes is not distinct from old.session_notes;
    end if;
    -- A note from before the guard knew its spelling must not stop what else changes in its row.
    if not v_is_stored_note then
        perform public.journey_check_text('session_notes', new.session_notes);
    end if;
    return new;
end
$$;
comment on function public.journey_guard_integration_session()
is 'A new row belongs to its session; a changed row keeps who, whose, what and when; an unchanged row stays as it is.';
