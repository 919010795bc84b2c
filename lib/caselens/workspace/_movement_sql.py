"""The queries of ``movements``: loading lines, resolving the other account, writing payments and their evidence."""

LINE_COLUMNS = {
    "line_id": "VARCHAR",
    "account_id": "VARCHAR",
    "booked_at": "TIMESTAMP",
    "direction": "VARCHAR",
    "amount": "DECIMAL(18,2)",
    "currency": "VARCHAR",
    "counterparty_account": "VARCHAR",
    "counterparty_name": "VARCHAR",
    "channel": "VARCHAR",
    "memo": "VARCHAR",
    "state": "VARCHAR",
    "is_cash": "BOOLEAN",
    "payment_id": "VARCHAR",
    "bank_reference": "VARCHAR",
    "card_number": "VARCHAR",
    "instrument": "VARCHAR",
}

_NUMBER = "nullif(regexp_replace({0}, '[\\s-]+', '', 'g'), '')"
_NAME = "nullif(regexp_replace(translate({0}, '（）', '()'), '\\s+', '', 'g'), '')"

#: Numbers that stand for an account: its id, and whole account or card numbers that lead to one account only.
ALIASES = (
    "WITH named AS (SELECT account_id AS alias, account_id FROM mv_account UNION SELECT account_id, account_id FROM ({line}) "
    "UNION SELECT account_number, account_id FROM mv_account UNION SELECT card_number, account_id FROM mv_account "
    "UNION SELECT card_number, account_id FROM ({line})) "
    "SELECT alias, CASE WHEN bool_or(alias = account_id) THEN alias ELSE min(account_id) END AS account_id FROM named "
    "WHERE alias IS NOT NULL AND (alias = account_id OR (length(alias) >= 7 AND NOT contains(alias, '*'))) "
    "GROUP BY alias HAVING count(DISTINCT account_id) = 1 OR bool_or(alias = account_id)"
)

#: A number with hidden figures and a whole one are the same where the first four and last four figures shown agree and
#: no other account fits.
MASKS = (
    "WITH printed AS (SELECT DISTINCT " + _NUMBER.format("counterparty_account") + " AS number FROM ({line})), "
    "known AS (SELECT alias AS number, account_id FROM mv_alias WHERE NOT contains(alias, '*') UNION "
    "SELECT coalesce(account_number, split_part(account_id, ':', 2)), account_id FROM mv_account "
    "WHERE contains(coalesce(account_number, account_id), '*') UNION "
    "SELECT split_part(account_id, ':', 2), account_id FROM ({line}) WHERE contains(account_id, '*')), "
    "candidates AS (SELECT p.number AS printed, k.account_id, "
    "CASE WHEN contains(p.number, '*') THEN p.number ELSE k.number END AS masked, "
    "CASE WHEN contains(p.number, '*') THEN k.number ELSE p.number END AS whole "
    "FROM printed p ANTI JOIN mv_alias a ON a.alias = p.number JOIN known k ON right(p.number, 4) = right(k.number, 4) "
    "AND contains(p.number, '*') <> contains(k.number, '*')) "
    "SELECT printed, min(account_id) FROM candidates WHERE length(regexp_extract(masked, '^[0-9]+')) >= 4 "
    "AND length(regexp_extract(masked, '[0-9]+$')) >= 4 AND starts_with(whole, regexp_extract(masked, '^[0-9]+')) "
    "AND ends_with(whole, regexp_extract(masked, '[0-9]+$')) GROUP BY printed HAVING count(DISTINCT account_id) = 1"
)

HOLDERS = "SELECT account_id, " + _NAME.format("holder_name") + " AS name FROM mv_account WHERE holder_name IS NOT NULL"

_KIND = (
    "coalesce(k.kind, CASE WHEN starts_with(other.account_id, 'wechat:') THEN 'wechat' "
    "WHEN starts_with(other.account_id, 'alipay:') THEN 'alipay' END)"
)
_PROVIDER = "regexp_matches(coalesce({0}, ''), '财付通|微信|支付宝|tenpay|alipay|wechat', 'i')"

#: One row a line, numbered by ``line_id``: ``cp`` is the other account (resolved, or as printed in full), ``other`` what
#: stands for it where there is no number.
LINES = (
    "WITH line AS (SELECT *, " + _NUMBER.format("counterparty_account") + " AS printed FROM ({line})), "
    "resolved AS (SELECT line.*, CASE WHEN a.account_id IS NOT NULL THEN a.account_id "
    "WHEN NOT contains(printed, '*') THEN printed END AS found FROM line LEFT JOIN mv_alias a ON a.alias = printed), "
    "other AS (SELECT * EXCLUDE (printed, found), "
    "CASE WHEN found = account_id OR printed = split_part(account_id, ':', 2) THEN NULL ELSE printed END AS cp_printed, "
    "CASE WHEN found = account_id THEN NULL ELSE found END AS cp FROM resolved) "
    "SELECT row_number() OVER (ORDER BY line_id) AS n, line_id, other.account_id AS account, booked_at AS t, "
    "CAST(booked_at AS TIME) <> TIME '00:00:00' AS timed, direction, amount, coalesce(currency, 'CNY') AS currency, "
    "coalesce(state, 'booked') AS state, payment_id, "
    "CASE WHEN length(bank_reference) >= 8 AND trim(bank_reference, '0') <> '' THEN bank_reference END AS reference, "
    "cp_printed, cp, c.account_id IS NOT NULL AS cp_known, "
    + _NAME.format("counterparty_name")
    + " AS cp_name, nullif(trim(counterparty_name), '') AS cp_label, h.name AS holder, coalesce(is_cash, false) AS is_cash, "
    "CASE WHEN coalesce(is_cash, false) THEN 'cash' "
    f"WHEN {_KIND} = 'wechat' OR regexp_matches(coalesce(channel, ''), '微信|财付通|wechat|tenpay', 'i') THEN 'wechat' "
    f"WHEN {_KIND} = 'alipay' OR regexp_matches(coalesce(channel, ''), '支付宝|alipay', 'i') THEN 'alipay' "
    "WHEN regexp_matches(coalesce(channel, ''), '(^|[^a-z])pos([^a-z]|$)|银联', 'i') THEN 'pos' ELSE 'transfer' END AS channel, memo, "
    + f"coalesce({_KIND} IN ('wechat', 'alipay'), false) AS wallet, "
    + _PROVIDER.format("concat_ws(' ', counterparty_name, memo, channel)")
    + " AS provider, "
    "regexp_extract(concat_ws(' ', instrument, counterparty_name), '[(（]([0-9]{{4}})[)）]', 1) AS tail, "
    "CASE WHEN regexp_matches(other.account_id, '[0-9]{{4}}$') THEN right(other.account_id, 4) END AS own_tail, "
    "CASE WHEN cp IS NOT NULL THEN cp WHEN cp_printed IS NOT NULL THEN 'masked:' || cp_printed || '@' || other.account_id "
    "WHEN coalesce(is_cash, false) THEN 'cash:' || other.account_id "
    "WHEN nullif(trim(counterparty_name), '') IS NOT NULL THEN 'name:' || trim(counterparty_name) || '@' || other.account_id "
    "ELSE 'unknown:' || other.account_id END AS other "
    "FROM other LEFT JOIN mv_holder h ON h.account_id = other.account_id "
    "LEFT JOIN mv_account k ON k.account_id = other.account_id "
    "LEFT JOIN (SELECT account_id FROM line UNION SELECT account_id FROM mv_account) c ON c.account_id = other.cp"
)

_ID = "substr(sha256(concat_ws('|', {0})), 1, 24)"
_PAIR_ID = _ID.format("least(a.line_id, b.line_id), greatest(a.line_id, b.line_id)")
_MEMO = "CASE WHEN a.memo = b.memo THEN a.memo ELSE nullif(concat_ws('；', a.memo, b.memo), '') END"
#: The payer's moment; the payee's where only that has a time and it is the same day.
_MOMENT = "CASE WHEN NOT a.timed AND b.timed AND CAST(a.t AS DATE) = CAST(b.t AS DATE) THEN b.t ELSE a.t END"

#: Every derived movement with the numbers of its line or lines: two sides, a wallet's bill with the card's line, one side.
MOVEMENTS = (
    f"SELECT {_PAIR_ID} AS payment_id, {_MOMENT} AS paid_at, a.account AS payer, b.account AS payee, a.amount, a.currency, "
    f"CASE WHEN a.channel = 'transfer' THEN b.channel ELSE a.channel END AS channel, {_MEMO} AS memo, a.n AS n1, 'payer' AS part1, "
    "b.n AS n2, 'payee' AS part2, rule FROM mv_pair p JOIN mv_line a ON a.n = p.l JOIN mv_line b ON b.n = p.r "
    f"UNION ALL SELECT {_PAIR_ID}, {_MOMENT}, "
    "CASE WHEN b.direction = 'out' THEN b.account WHEN a.direction = 'out' THEN a.account ELSE a.other END, "
    "CASE WHEN b.direction = 'in' THEN b.account WHEN a.direction = 'in' THEN a.account ELSE a.other END, "
    f"a.amount, a.currency, a.channel, {_MEMO}, a.n, CASE WHEN a.direction = b.direction THEN 'wallet' WHEN a.direction = 'out' "
    "THEN 'payer' ELSE 'payee' END, b.n, CASE WHEN b.direction = 'out' THEN 'payer' ELSE 'payee' END, rule "
    "FROM mv_wallet p JOIN mv_line a ON a.n = p.l JOIN mv_line b ON b.n = p.r "
    f"UNION ALL SELECT {_ID.format('a.line_id')}, a.t, CASE WHEN direction = 'out' THEN account ELSE other END, "
    "CASE WHEN direction = 'out' THEN other ELSE account END, amount, currency, channel, memo, n, "
    "CASE WHEN direction = 'out' THEN 'payer' ELSE 'payee' END, NULL, NULL, 'one side' FROM {open} a"
)

PAYMENTS_OUT = (
    "SELECT payment_id, paid_at, payer AS payer_account, payee AS payee_account, amount, currency, channel, memo, "
    "'record' AS basis, CAST(NULL AS VARCHAR) AS reference_id FROM mv_movement ORDER BY payment_id"
)

LINES_OUT = (
    "SELECT line_id, m.payment_id, part, rule FROM ("
    "SELECT n1 AS n, payment_id, part1 AS part, rule FROM mv_movement UNION ALL "
    "SELECT n2, payment_id, part2, rule FROM mv_movement WHERE n2 IS NOT NULL UNION ALL "
    "SELECT l, NULL, 'cancelled', rule FROM mv_cancel UNION ALL SELECT r, NULL, 'cancelled', rule FROM mv_cancel UNION ALL "
    "SELECT l, g.payment_id, 'given', rule FROM mv_given_pair p JOIN mv_given g ON g.n = p.r UNION ALL "
    "SELECT n, NULL, 'failed', 'state' FROM mv_line WHERE state = 'failed') m JOIN mv_line USING (n) ORDER BY line_id"
)

ACCOUNTS_OUT = (
    "WITH used AS (SELECT payer AS account_id FROM mv_movement UNION SELECT payee FROM mv_movement), "
    "labels AS (SELECT other AS account_id, cp_label, count(*) AS times FROM mv_line WHERE cp_label IS NOT NULL GROUP BY ALL), "
    "named AS (SELECT account_id, first(cp_label ORDER BY times DESC, cp_label) AS holder_name FROM labels GROUP BY account_id) "
    "SELECT account_id, CAST(NULL AS VARCHAR) AS holder_id, holder_name, CAST(NULL AS VARCHAR) AS institution, "
    "CASE WHEN account_id LIKE 'cash:%' THEN 'cash' WHEN account_id LIKE 'wechat:%' THEN 'wechat' "
    "WHEN account_id LIKE 'alipay:%' OR regexp_matches(account_id, '^2088[0-9]{12}$') THEN 'alipay' "
    "WHEN regexp_matches(account_id, '^[0-9]{8,32}$') OR account_id LIKE 'masked:%' THEN 'bank' ELSE 'other' END AS kind, "
    "CAST(NULL AS DATE) AS opened_on FROM used ANTI JOIN mv_account USING (account_id) LEFT JOIN named USING (account_id) "
    "ORDER BY account_id"
)

COUNTS = (
    "SELECT CASE WHEN part IN ('failed', 'cancelled', 'given') THEN part WHEN rule = 'one side' THEN 'one_sided' ELSE 'paired' END, "
    "count(*) FROM read_parquet({lines}) GROUP BY 1 UNION ALL SELECT 'lines', count(*) FROM mv_line UNION ALL "
    "SELECT 'reversals_alone', count(*) FROM mv_line WHERE state = 'reversed' AND n NOT IN (SELECT l FROM mv_cancel) UNION ALL "
    "SELECT 'refunded', count(*) FROM mv_line WHERE state = 'refunded' UNION ALL SELECT 'payments', count(*) FROM mv_movement"
)
