"""What each dialect has that others lack: functions, keywords and shapes of SQL, with a weight for each dialect."""

import re

from attrs import frozen

DIALECTS = ("postgres", "mysql", "bigquery", "snowflake", "duckdb", "tsql", "spark", "sqlite", "redshift")
"""The dialects that are told apart; where the marks fit several, the one that stands first is taken."""

Scores = tuple[float, ...]
"""One figure for each of DIALECTS: the weights of marks that it has minus those that it lacks."""

_LETTERS = "PMBNDTKSR"


@frozen
class _Mark:
    """`has` are the dialects written so, `takes` those that accept it, as letters of _LETTERS; the others lack it."""

    has: str
    takes: str = ""
    weight: float = 2.0

    @property
    def scores(self) -> Scores:
        """What the mark says of each dialect."""
        return tuple(
            self.weight if letter in self.has else 0.0 if letter in self.takes else -self.weight
            for letter in _LETTERS
        )


def _marks(table: dict[str, str]) -> dict[bytes, Scores]:
    """`has/takes/weight` -> words, turned around: what each word says."""
    found: dict[bytes, Scores] = {}
    for key, words in table.items():
        has, takes, weight = [*key.split("/"), "", ""][:3]
        scores = _Mark(has, takes, float(weight or 2)).scores
        found.update(dict.fromkeys(words.encode().split(), scores))
    return found


FUNCTIONS = _marks(
    {
        "S": ("JULIANDAY UNIXEPOCH LAST_INSERT_ROWID RANDOMBLOB ZEROBLOB SQLITE_VERSION LOAD_EXTENSION JSON_GROUP_ARRAY "
              "JSON_GROUP_OBJECT TOTAL_CHANGES"),
        "SM/DK": "GROUP_CONCAT",
        "SD": "STRFTIME",
        "SDK": "PRINTF",
        "PBTD/K": "STRING_AGG",
        "NRK/D": "LISTAGG",
        "SMBND/K/1": "IFNULL",
        "NRK": "NVL NVL2 ADD_MONTHS MONTHS_BETWEEN",
        "T": ("COUNT_BIG DATETRUNC PATINDEX STUFF TRY_CONVERT DATENAME EOMONTH OBJECT_ID SCOPE_IDENTITY NEWID OPENJSON HASHBYTES SYSDATETIME ISJSON "
              "SYSUTCDATETIME GETUTCDATE DATEFROMPARTS CHOOSE SUSER_NAME OPENROWSET ERROR_MESSAGE DATEDIFF_BIG QUOTENAME XACT_STATE "
              "TRY_PARSE PARSENAME"),
        "TR/NK": "GETDATE DATEPART",
        "TRN/K": "CHARINDEX",
        "TNR/K": "DATEADD",
        "TS/DKN": "IIF",
        "TD": "STRING_SPLIT",
        "MN/K": "TIMESTAMPDIFF",
        "N": ("IFF TIME_FROM_PARTS GET_PATH ARRAY_FLATTEN UUID_STRING REGEXP_SUBSTR_ALL ARRAY_GENERATE_RANGE DAYOFWEEKISO YEAROFWEEKISO "
            "WEEKISO TIMEADD ARRAY_UNIQUE_AGG BOOLXOR BASE64_ENCODE RANDSTR TO_BOOLEAN TO_DECIMAL TO_NUMERIC TRY_TO_DOUBLE TRY_TO_NUMERIC "
            "TRY_TO_TIME TIME_SLICE OBJECT_CONSTRUCT_KEEP_NULL TIMESTAMP_NTZ_FROM_PARTS TIMESTAMP_TZ_FROM_PARTS HEX_ENCODE TRY_TO_BINARY "
            "BITAND BITOR MAP_CAT OBJECT_CONSTRUCT ARRAY_CONSTRUCT TO_VARIANT TO_VARCHAR DIV0 DIV0NULL EQUAL_NULL TRY_TO_NUMBER TRY_TO_DATE "
              "TRY_TO_TIMESTAMP TRY_TO_DECIMAL RESULT_SCAN SEQ4 SEQ8 UNIFORM GENERATOR ARRAY_SIZE TO_TIMESTAMP_NTZ TO_TIMESTAMP_LTZ "
              "TO_TIMESTAMP_TZ TO_OBJECT TO_ARRAY OBJECT_AGG OBJECT_INSERT OBJECT_KEYS STRTOK_TO_ARRAY SPLIT_TO_TABLE BOOLOR_AGG "
              "BOOLAND_AGG DATE_FROM_PARTS TIMESTAMP_FROM_PARTS ARRAY_CAT GET_DDL BITAND_AGG AS_VARCHAR "
              "TO_JSON_OBJECT OBJECT_DELETE ARRAY_COMPACT TIMEDIFF ARRAYS_OVERLAP"),
        "NR": "ZEROIFNULL RATIO_TO_REPORT",
        "NR/PK": "DECODE",
        "ND/KB": "FLATTEN",
        "NKD": "ARRAY_CONTAINS",
        "NB/K": "PARSE_JSON",
        "NK": "TRY_PARSE_JSON",
        "NDK/B": "MAX_BY MIN_BY COUNT_IF",
        "B": ("EDIT_DISTANCE SAFE_ORDINAL CONTAINS_SUBSTR PARSE_TIME BYTE_LENGTH TO_HEX VECTOR_SEARCH SAFE_CAST FORMAT_DATE FORMAT_TIMESTAMP FORMAT_DATETIME PARSE_DATE PARSE_TIMESTAMP PARSE_DATETIME TIMESTAMP_TRUNC "
              "TIMESTAMP_DIFF TIMESTAMP_ADD TIMESTAMP_SUB DATETIME_TRUNC DATETIME_DIFF DATETIME_ADD DATETIME_SUB GENERATE_ARRAY "
              "GENERATE_DATE_ARRAY GENERATE_TIMESTAMP_ARRAY REGEXP_CONTAINS COUNTIF LOGICAL_OR LOGICAL_AND FARM_FINGERPRINT SAFE_DIVIDE "
              "APPROX_QUANTILES TO_JSON_STRING GENERATE_UUID SAFE_OFFSET ST_GEOGPOINT JSON_QUERY_ARRAY JSON_VALUE_ARRAY "
              "JSON_EXTRACT_ARRAY ARRAY_CONCAT_AGG EXTERNAL_QUERY TIMESTAMP_SECONDS UNIX_SECONDS APPROX_TOP_COUNT "
              "SAFE_MULTIPLY DATE_FROM_UNIX_DATE IEEE_DIVIDE CODE_POINTS_TO_STRING TIME_DIFF TIME_ADD TIME_TRUNC"),
        "BKD": "REGEXP_EXTRACT",
        "BD": "DATE_DIFF JSON_EXTRACT_SCALAR",
        "BK/D": "STRUCT",
        "MBK/D": "DATE_SUB",
        "MK": "CURDATE DATE_FORMAT UNIX_TIMESTAMP FROM_UNIXTIME SUBSTRING_INDEX FIND_IN_SET LOCATE TO_DAYS",
        "M": ("STR_TO_DATE CURTIME UTC_TIMESTAMP UTC_DATE SEC_TO_TIME TIME_TO_SEC PERIOD_DIFF YEARWEEK JSON_UNQUOTE JSON_CONTAINS MAKETIME "
              "INET_ATON INET_NTOA LAST_INSERT_ID FOUND_ROWS ELT WEEKDAY ADDTIME SUBTIME TIME_FORMAT JSON_OVERLAPS JSON_TABLE "),
        "PNDK/R": "TO_TIMESTAMP",
        "PNRK": "TO_CHAR TO_DATE",
        "PD": "AGE GENERATE_SUBSCRIPTS REGEXP_MATCHES STRING_TO_ARRAY ARRAY_TO_STRING ROW_TO_JSON JSON_BUILD_OBJECT JSON_OBJECT_AGG NEXTVAL",
        "PD/RST": "GENERATE_SERIES",
        "PDB": "UNNEST",
        "P": ("PG_SLEEP PG_TABLE_SIZE PG_RELATION_SIZE PG_TOTAL_RELATION_SIZE PG_SIZE_PRETTY TO_TSVECTOR TO_TSQUERY PLAINTO_TSQUERY SETVAL "
              "TS_RANK JSONB_AGG JSONB_BUILD_OBJECT JSONB_SET JSONB_ARRAY_ELEMENTS JSONB_EACH JSON_POPULATE_RECORD CLOCK_TIMESTAMP "
              "STATEMENT_TIMESTAMP REGEXP_SPLIT_TO_TABLE JSON_ARRAY_ELEMENTS JSON_ARRAY_ELEMENTS_TEXT JSONB_OBJECT_AGG JSON_EACH_TEXT UNACCENT "
              "PG_GET_VIEWDEF GEN_RANDOM_UUID CURRVAL JSONB_ARRAY_ELEMENTS_TEXT WEBSEARCH_TO_TSQUERY JSON_AGG LO_IMPORT CURRENT_SETTING"),
        "PNR": "JSON_EXTRACT_PATH_TEXT",
        "R": "JSON_PARSE JSON_SERIALIZE JSON_EXTRACT_ARRAY_ELEMENT_TEXT TEXTLEN STRTOL CAN_JSON_PARSE IS_VALID_JSON FNV_HASH",
        "K": ("TRY_DIVIDE AGGREGATE SLICE SEQUENCE ARRAY_JOIN FORMAT_NUMBER EXPLODE POSEXPLODE EXPLODE_OUTER COLLECT_LIST COLLECT_SET NAMED_STRUCT GET_JSON_OBJECT PERCENTILE_APPROX STACK "
              "INPUT_FILE_NAME MONOTONICALLY_INCREASING_ID MAP_FROM_ARRAYS SORT_ARRAY FROM_JSON SIZE DATE_FROM_UNIX_DATE POSEXPLODE_OUTER "
              "STR_TO_MAP INLINE FROM_UTC_TIMESTAMP TO_UTC_TIMESTAMP MAP_KEYS TRANSFORM_KEYS ARRAYS_ZIP SCHEMA_OF_JSON "),
        "D": ("APPROX_QUANTILE STR_SPLIT LIST_SUM LIST_COUNT LIST_MIN LIST_MAX JSON_EXTRACT_STRING EPOCH READ_CSV READ_CSV_AUTO READ_PARQUET PARQUET_SCAN READ_JSON READ_JSON_AUTO STRUCT_PACK LIST_VALUE LIST_TRANSFORM EPOCH_MS "
              "LIST_FILTER LIST_AGGREGATE LIST_CONTAINS LIST_EXTRACT STRPTIME PARQUET_METADATA DUCKDB_TABLES LIST_SORT DATESUB "
              "STRING_SPLIT_REGEX REGEXP_FULL_MATCH SQLITE_SCAN POSTGRES_SCAN TRY_STRPTIME LIST_DISTINCT STRUCT_EXTRACT "
              "EPOCH_US EPOCH_NS LIST_REDUCE LIST_ZIP MAKE_TIMESTAMP LIST_APPEND LIST_CONCAT QUANTILE_CONT QUANTILE_DISC READ_TEXT"),
        "D/K/1": "ARG_MAX ARG_MIN",
        "DNTK": "TRY_CAST",
        "PBDR": "STRPOS",
        "PNRD/K": "SPLIT_PART DATE_PART",
        "TRN/DK/1": "LEN",
        "PMDK/RN/1": "NOW",
        "SMDB/K/1": "JSON_EXTRACT",
        "MTB/SPD/1": "JSON_VALUE",
    }
)  # fmt: skip

KEYWORDS = _marks(
    {
        "S//3": "SQLITE_MASTER SQLITE_SCHEMA ROWID NOCASE",
        "S/N/3": "AUTOINCREMENT",
        "M//3": "AUTO_INCREMENT STRAIGHT_JOIN MEDIUMTEXT LONGTEXT MEDIUMINT UNSIGNED ZEROFILL INNODB MYISAM LONGBLOB MEDIUMBLOB TINYTEXT",
        "BND/KR": "QUALIFY",
        "PDNR/K": "ILIKE",
        "SD/PB": "PRAGMA",
        "SD": "GLOB",
        "PSD/M": "RETURNING",
        "R//3": "DISTKEY SORTKEY DISTSTYLE UNLOAD APPROXIMATE",
        "K//3": "TBLPROPERTIES POSEXPLODE UNCACHE MSCK ZORDER",
        "T//3": "NOLOCK NVARCHAR DATETIME2 UNIQUEIDENTIFIER SMALLMONEY SMALLDATETIME DATETIMEOFFSET NONCLUSTERED ROWVERSION XLOCK UPDLOCK",
        "TP//1": "MONEY",
        "B//3": "INT64 FLOAT64 BIGNUMERIC _TABLE_SUFFIX _PARTITIONTIME BIGDECIMAL _PARTITIONDATE",
        "BK/N/1": "STRING",
        "NK//2": "TIMESTAMP_NTZ TIMESTAMP_LTZ VARIANT",
        "N//3": "TIMESTAMP_TZ",
        "D//3": "HUGEINT UBIGINT UINTEGER UTINYINT USMALLINT SUMMARIZE UHUGEINT",
        "PD/NRS": "TIMESTAMPTZ",
        "P/S/3": "JSONB",
        "P//3": "TSVECTOR BYTEA SERIAL BIGSERIAL SMALLSERIAL PLPGSQL REGCLASS PG_CLASS PG_NAMESPACE PG_STAT_ACTIVITY TSQUERY CITEXT",
        "R//2": "SUPER HLLSKETCH",
        "MKN/S/2": "RLIKE",
        "PSDK/M/1": "FILTER",
        "TND/KBR/1": "PIVOT UNPIVOT",
    }
)  # fmt: skip

SHAPES = tuple(
    (needle.encode(), re.compile(pattern.encode()), _Mark(has, takes, weight).scores)
    for needle, pattern, has, takes, weight in (
        ("::", r"::", "PDNR", "K", 2),
        ("`", r"`", "MBK", "SD", 2),
        ("`", r"`[\w*-]+\.[\w.*-]+`", "B", "", 3),
        ("`", r"`\w+-[\w-]+`", "B", "MK", 2),
        ("[", r"(?<![\w\])`\"> ])[ ]?\[[A-Z_][\w $#-]*\](?! ?[(\[])", "T", "S", 2),
        ("[", r"\b(?:FROM|JOIN|INTO|TABLE|UPDATE|SELECT) \[[A-Z_]", "T", "S", 2),
        ("].[", r"\]\.\[", "T", "S", 2),
        ("DBO", r"\bDBO\.|\[DBO\]", "T", "", 2),
        ("TOP", r"\bSELECT (?:DISTINCT |ALL )?TOP ?(?:\d|\(|@)", "T", "NR", 2),
        ("@", r"(?<![\w@.'\"])@[A-Z_]\w*", "TM", "BSN", 1),
        ("@@", r"@@\w", "TM", "", 2),
        ("@", r"\bDECLARE @\w|\bSET @\w+ ?=", "T", "M", 2),
        ("@", r"\b(?:FROM|INTO|TO|LIST|PUT) @[\w~%]", "N", "T", 2),
        ("#", r"(?<![\w#?@'])##?[A-Z_]\w*", "TR", "", 1),
        ("N''", r"(?<!\w)N''", "T", "NSM", 1),
        ("$", r"(?<![\w$])\$\d", "PD", "NSR", 1),
        ("$$", r"\$\w*\$", "P", "NDR", 1),
        ("<", r"\b(?:STRUCT|ARRAY) ?<", "BK", "", 3),
        ("<", r"\bMAP ?<", "K", "", 3),
        ("[", r"\bARRAY ?\[", "PDB", "K", 1),
        ("[]", r"\b[A-Z]\w*(?:\(\d+\))?\[\]", "PD", "", 2),
        ("[", r"(?:[=(,]|\bIN|\bSELECT) ?\[(?:\]|''|\d|[A-Z_]\w* ?,)", "DBN", "", 1),
        ("{", r"\{ ?''\s?:", "DN", "", 2),
        ("OFFSET", r"\[ ?(?:SAFE_)?(?:OFFSET|ORDINAL) ?\(", "B", "", 3),
        (".", r"\b(?:SAFE|ML|NET|HLL_COUNT)\.[A-Z]\w+ ?\(", "B", "", 3),
        (".`", r"\b(?:PARQUET|DELTA|CSV|JSON|ORC|AVRO|TEXT)\.`", "K", "", 5),
        ("LATERAL VIEW", r"\bLATERAL VIEW\b", "K", "", 3),
        ("LATERAL FLATTEN", r"\bLATERAL FLATTEN ?\(", "N", "", 3),
        (":", r"(?<![\w:?.`-])[A-Z_][\w.]*:[A-Z_\"]\w*(?:\.[A-Z_]|\[|::|\b)", "N", "K", 2),
        ("LIMIT", r"\bLIMIT [\w?:%]+ ?, ?[\w?:%]", "MS", "", 2),
        ("DUPLICATE", r"\bON DUPLICATE KEY\b", "M", "", 3),
        ("ON CONFLICT", r"\bON CONFLICT\b", "PSD", "", 2),
        ("INSERT OR", r"\bINSERT OR (?:REPLACE|IGNORE|ROLLBACK|ABORT|FAIL)\b", "S", "D", 2),
        ("INSERT IGNORE", r"\bINSERT IGNORE\b", "M", "", 3),
        ("REPLACE INTO", r"\bREPLACE INTO\b", "MS", "", 2),
        ("OVERWRITE", r"\bINSERT OVERWRITE\b", "K", "N", 2),
        ("EXCLUDE", r"\* ?EXCLUDE\b", "DN", "RK", 2),
        ("EXCEPT", r"\* ?EXCEPT ?\(", "BK", "", 3),
        ("REPLACE", r"\* ?REPLACE ?\(", "BD", "N", 2),
        ("RENAME", r"\* ?RENAME ?\(?", "N", "D", 2),
        ("IDENTITY", r"\bIDENTITY ?\(", "TR", "N", 2),
        ("ENGINE", r"\bENGINE ?= ?\w", "M", "", 3),
        ("CLUSTER BY", r"\bCLUSTER BY\b", "NBK", "", 2),
        ("OPTIONS", r"\bOPTIONS ?\(", "B", "K", 2),
        ("USING", r"\bUSING (?:DELTA|PARQUET|ORC|CSV|JSON|AVRO|ICEBERG)\b", "K", "", 2),
        ("STORED AS", r"\bSTORED AS\b|\bROW FORMAT\b", "K", "", 2),
        ("WITHOUT ROWID", r"\bWITHOUT ROWID\b", "S", "", 3),
        ("APPLY", r"\b(?:CROSS|OUTER) APPLY\b", "T", "", 3),
        ("->", r"->", "PSDMK", "N", 1),
        ("->>", r"->>", "PSDM", "", 1),
        ("#>", r"#>>?|@\?|@@ ?TO_TS|\?\|", "P", "", 3),
        ("@>", r"@>|<@", "P", "D", 2),
        ("~", r"(?<=[\w)\"] )!?~~?\*?(?= ?[''A-Z$%(])", "PR", "D", 2),
        ("<=>", r"<=>", "MK", "P", 2),
        ("==", r"(?<![=!<>])==(?!=)", "SDK", "B", 1),
        ("//", r"(?<=[\w) ])//(?=[\w( ])", "D", "", 2),
        (":=", r"(?<!\w):=|@\w+ ?:=", "M", "DP", 1),
        ("=>", r"=>", "NPBDK", "", 1),
        (" DIV ", r"[\w)] DIV [\w(]", "MK", "", 2),
        ("&&", r"&&", "MPD", "", 1),
        ("EXCLUDE USING", r"\bEXCLUDE USING\b", "P", "", 3),
        ("OUTPUT", r"\bOUTPUT (?:INSERTED|DELETED)\.", "T", "", 3),
        ("SHARE MODE", r"\bLOCK IN SHARE MODE\b", "M", "", 3),
        (" INDEX", r"\b(?:USE|FORCE|IGNORE) INDEX ?\(", "M", "", 3),
        ("USING SAMPLE", r"\bUSING SAMPLE\b", "D", "", 3),
        ("ASOF", r"\bASOF\b.{0,9}\bJOIN\b", "D", "N", 2),
        ("POSITIONAL", r"\bPOSITIONAL JOIN\b", "D", "", 3),
        ("SEMI", r"\bLEFT SEMI JOIN\b", "K", "", 2),
        ("ANTI", r"\bLEFT ANTI JOIN\b", "K", "", 2),
        ("SEMI", r"(?<!LEFT )\bSEMI JOIN\b", "D", "K", 2),
        ("ANTI", r"(?<!LEFT )\bANTI JOIN\b", "D", "K", 2),
        ("FROM", r"\A ?FROM (?:''|[\w\"'.]+ ?(?:SELECT|LIMIT|ORDER|\Z))", "D", "", 2),
        ("COPY INTO", r"\bCOPY INTO\b", "N", "K", 2),
        ("INSTALL", r"\A ?INSTALL \w", "D", "", 2),
        ("OR REPLACE", r"\bCREATE OR REPLACE (?:TEMP |TEMPORARY |TRANSIENT )?TABLE\b", "NBDK", "", 2),
        ("TRANSIENT", r"\bTRANSIENT TABLE\b", "N", "", 3),
        ("GROUP BY ALL", r"\bGROUP BY ALL\b", "DNK", "B", 2),
        ("ORDER BY ALL", r"\bORDER BY ALL\b", "D", "K", 2),
        ("DISTINCT ON", r"\bDISTINCT ON ?\(", "PD", "", 2),
        ("NULL", r"\w (?:ISNULL|NOTNULL)\b(?! ?\()", "SPD", "R", 1),
        ("AGAINST", r"\bAGAINST ?\(", "M", "", 3),
        ("REGEXP", r"[\w)] (?:NOT )?REGEXP ", "MSN", "K", 2),
        ("INTERVAL", r"\bINTERVAL [\w.(?%-]+[)]? ?(?:DAY|MONTH|YEAR|HOUR|MINUTE|SECOND|WEEK|QUARTER)S?\b", "MBD", "K", 1),
        ("INTERVAL", r"\bINTERVAL ''(?! ?(?:DAY|MONTH|YEAR|HOUR|MINUTE|SECOND|WEEK|QUARTER|TO)\b)", "PDNR", "K", 1),
        ("AS STRUCT", r"\bSELECT (?:DISTINCT )?AS (?:STRUCT|VALUE)\b", "B", "", 3),
        ("DISTINCT", r"\b(?:UNION|EXCEPT|INTERSECT) DISTINCT\b", "B", "KM", 2),
        ("DELIMITER", r"\bDELIMITER (?://|;;|\$\$)", "M", "", 3),
        ("BEGIN", r"\bBEGIN (?:TRY|CATCH|TRAN)\b", "T", "", 3),
        ("EXEC", r"\A ?EXEC(?:UTE)? \[?\w+(?:\.\w+|\]|_)", "T", "", 2),
        ("MAX)", r"\b(?:VARCHAR|NVARCHAR|VARBINARY) ?\( ?MAX ?\)", "T", "R", 2),
        ("DATE_TRUNC", r"\bDATE_TRUNC ?\( ?''", "PDNRK", "", 1),
        ("DATE_TRUNC", r"\bDATE_TRUNC ?\([^'(]*(?:\([^()]*\)[^'(]*)?, ?(?:YEAR|QUARTER|MONTH|WEEK|DAY|ISOWEEK|HOUR)\b", "B", "N", 3),
        ("DATEDIFF", r"\bDATEDIFF ?\( ?(?:YEAR|QUARTER|MONTH|WEEK|DAY|HOUR|MINUTE|SECOND|YY|MM|DD|HH|MI|SS)S? ?,", "TNR", "K", 2),
        ("DATEDIFF", r"\bDATEDIFF ?\( ?''", "D", "NR", 2),
        ("DATEDIFF", r"\bDATEDIFF ?\( ?[\w.\"`]+(?:\([^()]*\))? ?, ?[\w.\"`']+(?:\([^()]*\))? ?\)", "MK", "", 2),
        ("DATE_ADD", r"\bDATE_ADD ?\([^)]*, ?INTERVAL\b", "MB", "DK", 2),
        ("CONVERT", r"\bCONVERT ?\( ?(?:VAR|N?CHAR|N?VARCHAR|INT|DATE|DATETIME|DECIMAL|FLOAT|BIT|BIGINT)\w* ?[,(]", "T", "R", 2),
        ("CONVERT", r"\bCONVERT ?\([^()]+(?:\([^()]*\))? (?:USING) ", "M", "", 2),
        ("ISNULL", r"\bISNULL ?\([^()]*(?:\([^()]*\))?[^()]*,", "T", "", 2),
        ("STRFTIME", r"\bSTRFTIME ?\( ?''", "S", "D", 1),
        ("STRFTIME", r"\bSTRFTIME ?\( ?[A-Z_\"(]", "D", "", 2),
        ("LAMBDA", r"\bLAMBDA \w+ ?:", "D", "", 3),
        ("FOR SYSTEM_TIME", r"\bFOR SYSTEM_TIME AS OF\b", "B", "T", 2),
        ("NOTIFY", r"\A ?(?:LISTEN|NOTIFY) \w", "P", "", 3),
        ("CONCURRENTLY", r"\bCONCURRENTLY\b", "P", "", 3),
        ("MATERIALIZED", r"\bAS (?:NOT )?MATERIALIZED ?\(", "P", "SD", 2),
        ("FOR UPDATE", r"\bSKIP LOCKED\b|\bFOR NO KEY UPDATE\b", "P", "M", 1),
        ("ROWS", r"\bOFFSET [\w@?:]+ ROWS?\b", "T", "PN", 2),
        ("RECURSIVE", r"\bWITH RECURSIVE\b", "PSDMB", "NRK", 1),
        ("TABLE(", r"\bTABLE ?\( ?(?:GENERATOR|FLATTEN|RESULT_SCAN|SPLIT_TO_TABLE)", "N", "", 3),
        ("MATCH", r"\bMATCH_RECOGNIZE ?\(", "N", "", 2),
        ("CACHE", r"\b(?:CACHE|UNCACHE|REFRESH) TABLE\b", "K", "", 2),
        ("FOR", r"\bPIVOT \w+ ON\b|\bPIVOT ?\(?.{0,60}\bUSING\b", "D", "", 2),
        ("SHOW", r"\A ?SHOW (?:TABLES|DATABASES|CREATE|COLUMNS)\b", "MKN", "D", 2),
        ("COLLATE", r"\bCOLLATE (?:LATIN1|SQL_LATIN1)\w+", "T", "M", 2),
    )
)  # fmt: skip
