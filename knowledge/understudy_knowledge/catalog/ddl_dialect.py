"""Which dialect DDL is written in: the types, clauses and commands that one engine has and others lack, counted once each."""

import re
from collections import Counter

_HEAD = 16_000
_MOST = 64_000
_ENOUGH = 2
_MARGIN = 1

# A string ends with its line at the latest, so that no text takes quadratic time.
_NOISE = re.compile(r"--[^\n]*|/\*.*?(?:\*/|\Z)|'[^'\n]*'?", re.DOTALL)
_SAID = (
    (re.compile(r"-- MySQL dump|-- MariaDB dump"), "mysql"),
    (re.compile(r"-- PostgreSQL database dump"), "postgres"),
)


def _vote(said: str) -> tuple[str, int]:
    dialect, _, weight = said.partition(":")
    return dialect, int(weight)


# For each mark its votes, words of which one stands wherever it does, and the mark itself.
_MARKS = tuple(
    (tuple(words.split()), re.compile(pattern), dict(_vote(each) for each in votes.split()))
    for votes, words, pattern in (
        ("postgres:3", "JSONB TSVECTOR BYTEA CITEXT HSTORE INET CIDR MACADDR",
         r"\bJSONB\b|\bTSVECTOR\b|\bBYTEA\b|\bCITEXT\b|\bHSTORE\b|\b(?:INET|CIDR|MACADDR)\b(?= ?[,)]| NOT| NULL| DEFAULT)"),
        ("postgres:3 redshift:1", "SERIAL",
         r"\b(?:BIG|SMALL)?SERIAL[248]?\b(?= ?[,)]| NOT| PRIMARY| UNIQUE| REFERENCES)"),
        ("postgres:2 redshift:1 duckdb:1 snowflake:1", "TIMESTAMPTZ TIMETZ",
         r"\bTIMESTAMPTZ\b|\bTIMETZ\b"),
        ("postgres:1 duckdb:1 redshift:1", "TIMESTAMP CHARACTER",
         r"\bTIMESTAMP(?: ?\(\d\))? WITH(?:OUT)? TIME ZONE\b|\bCHARACTER VARYING\b"),
        ("postgres:2 duckdb:2", "ENUM",
         r"\bCREATE TYPE [\w.\"]+ AS ENUM\b"),
        ("postgres:3", "EXTENSION DOMAIN POLICY LEVEL ONLY",
         r"\bCREATE EXTENSION\b|\bCREATE DOMAIN\b|\bCREATE POLICY\b|\bENABLE ROW LEVEL\b|\bALTER TABLE ONLY\b"),
        ("postgres:3", "OWNER PLPGSQL USING CONCURRENTLY",
         r"(?<!COLUMN )(?<!RENAME )\bOWNER TO\b|\bLANGUAGE \"?PLPGSQL\b|\bUSING (?:GIN|GIST|BRIN|SPGIST)\b|\bINDEX CONCURRENTLY\b|\bEXCLUDE USING\b"),
        ("postgres:2", "GEN_RANDOM UUID_GENERATE NEXTVAL REGCLASS IDENTITY PARTITION",
         r"\bGEN_RANDOM_UUID ?\(|\bUUID_GENERATE_V\d|\bNEXTVAL ?\(|::REGCLASS\b|\bAS IDENTITY\b|\bPARTITION OF\b"),
        ("postgres:2 duckdb:2", "[",
         r"\b(?:TEXT|INT|INTEGER|BIGINT|UUID|VARCHAR)(?: ?\(\d+\))? ?\[ ?\]"),
        ("postgres:1 duckdb:1 redshift:1 snowflake:1", "::",
         r"\w::\w"),
        ("postgres:1 redshift:1 snowflake:1", "COMMENT",
         r"\bCOMMENT ON (?:TABLE|COLUMN|VIEW)\b"),
        ("mysql:3", "ENGINE AUTO_INC CHARSET TEXT BLOB MEDIUMINT",
         r"\bENGINE ?= ?\w|\bAUTO_INCREMENT\b|\b(?:DEFAULT )?CHARSET ?=|\b(?:LONG|MEDIUM|TINY)(?:TEXT|BLOB)\b|\bMEDIUMINT\b"),
        ("mysql:3", "UNSIGNED UPDATE",
         r"\b(?:INT|BIGINT|SMALLINT|TINYINT|INTEGER|DECIMAL)(?: ?\([\d, ]+\))? UNSIGNED\b|\bON UPDATE CURRENT_TIMESTAMP\b"),
        ("mysql:3", "ENUM KEY TINYINT CHARACTER",
         r"(?<! AS) ENUM ?\( ?''|\b(?:FULLTEXT|UNIQUE) KEY [\w`]+ ?\(|\bTINYINT ?\(\d+\)|\bCHARACTER SET \w+"),
        ("mysql:1 bigquery:1 spark:1 sqlite:1", "`",
         r"`\w+`"),
        ("mysql:1 spark:1 snowflake:1", "COMMENT",
         r"[\w)] COMMENT(?: ?=)? ?''"),
        ("snowflake:3", "VARIANT TIMESTAMP_ COPY DATA_RET",
         r"\bVARIANT\b(?= ?[,)]| NOT| NULL| DEFAULT| COMMENT)|\bTIMESTAMP_(?:TZ|LTZ)\b|\bCOPY GRANTS\b|\bDATA_RETENTION_TIME"),
        ("snowflake:3 spark:1", "TIMESTAMP_NTZ",
         r"\bTIMESTAMP_NTZ\b"),
        ("snowflake:3", "TRANSIENT WAREHOUSE STAGE FORMAT STREAM PIPE TASK",
         r"\bCREATE (?:OR REPLACE )?(?:TRANSIENT TABLE|WAREHOUSE|STAGE|FILE FORMAT|STREAM|PIPE|TASK)\b|\bUSE WAREHOUSE\b"),
        ("snowflake:2", "CLUSTER NUMBER",
         r"\bCLUSTER BY ?\(|\bNUMBER ?\(\d+, ?\d+\)"),
        ("snowflake:1 bigquery:1 duckdb:1 spark:1", "REPLACE",
         r"\bCREATE OR REPLACE (?:TEMP |TEMPORARY )?TABLE\b"),
        ("bigquery:3", "INT64 FLOAT64 BIGNUM OPTIONS ` PARTITION",
         r"\bINT64\b|\bFLOAT64\b|\bBIGNUMERIC\b|\bOPTIONS ?\(|`[\w-]+\.\w+\.\w+`|\bPARTITION BY DATE ?\("),
        ("bigquery:2 spark:2", "STRUCT ARRAY",
         r"\bSTRUCT ?<|\bARRAY ?<"),
        ("bigquery:1 spark:1 snowflake:1", "STRING",
         r"[\w`\"] STRING\b(?= ?[,)]| NOT| COMMENT| OPTIONS)"),
        ("spark:3", "USING TBLPROP STORED PARTITIONED FORMAT",
         r"\bUSING (?:DELTA|PARQUET|ICEBERG|ORC|CSV|JSON|AVRO)\b|\bTBLPROPERTIES\b|\bSTORED AS\b|\bPARTITIONED BY\b|\bROW FORMAT\b"),
        ("tsql:3", "NVARCHAR UNIQUEID DATETIME DBO CLUSTERED SP_",
         r"\bNVARCHAR ?\(|\bUNIQUEIDENTIFIER\b|\bDATETIME2\b|\bDATETIMEOFFSET\b|\[?\bDBO\b\]?\.|\b(?:NON)?CLUSTERED\b|\bEXEC SP_"),
        ("tsql:3", "MAX ANSI_ QUOTED_ NOCOUNT SYSUTC",
         r"\b(?:VARCHAR|VARBINARY) ?\( ?MAX ?\)|\bSET (?:ANSI_NULLS|QUOTED_IDENTIFIER|NOCOUNT)\b|\bSYSUTCDATETIME ?\("),
        ("tsql:2 redshift:1", "IDENTITY GETDATE",
         r"\bIDENTITY ?\( ?\d+ ?, ?\d+ ?\)|\bGETDATE ?\("),
        ("tsql:2", "[",
         r"\[\w+\] \[?\w+\]?"),
        ("redshift:5", "DISTKEY SORTKEY DISTSTYLE ENCODE",
         r"\bDISTKEY\b|\bSORTKEY\b|\bDISTSTYLE\b|\bENCODE (?:ZSTD|LZO|AZ64|RAW|BYTEDICT|DELTA)\b"),
        ("sqlite:3", "ROWID VIRTUAL STRICT DATETIME JULIAN PRAGMA",
         r"\bWITHOUT ROWID\b|\bCREATE VIRTUAL TABLE\b|\) ?STRICT ?;|\bDATETIME ?\( ?''|\bJULIANDAY ?\(|\bPRAGMA \w+"),
        ("sqlite:3 snowflake:1", "AUTOINCREMENT",
         r"\bAUTOINCREMENT\b"),
        ("duckdb:3", "HUGEINT UTINY USMALL UBIG READ_ VARCHAR STRUCT MAP",
         r"\bHUGEINT\b|\bU(?:TINY|SMALL|BIG)INT\b|\bREAD_(?:CSV|PARQUET|JSON)\w* ?\(|\bVARCHAR ?\[ ?\]|[\w\"] (?:STRUCT|MAP) ?\("),
    )
)  # fmt: skip


def dialect_of_ddl(text: str) -> str:
    """sqlglot's name of the dialect that the DDL's first 64,000 characters are in; empty where they do not say it clearly.

    Each mark counts once, however often it stands there: one kind of evidence is no more certain for being repeated.
    """
    for pattern, dialect in _SAID:
        if pattern.search(text, 0, _HEAD):
            return dialect
    plain = " ".join(_NOISE.sub(_shown, text[:_MOST]).upper().split())
    votes: Counter[str] = Counter()
    for words, mark, said in _MARKS:
        if any(word in plain for word in words) and mark.search(plain):
            votes.update(said)
    (first, most), (_, next_most) = (*votes.most_common(2), ("", 0), ("", 0))[:2]
    return first if most >= _ENOUGH and most - next_most >= _MARGIN else ""


def _shown(match: "re.Match[str]") -> str:
    return "''" if match[0][0] == "'" else " "
