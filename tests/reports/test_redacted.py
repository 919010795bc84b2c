"""The redacted edition: one pseudonym a party, nothing of the workspace left in what is handed over."""

import csv
import io
import re

import pytest
from tests.cities import desk_of

from caselens.reports._gate import Gate, strings_of_page
from caselens.reports._known import FREE, known_values, naming
from caselens.reports._scrub import Scrubber, Vocabulary, own_texts
from caselens.reports.pseudonyms import KEY_FILE, Pseudonyms, secret_of
from caselens.reports.redacted import RedactedCase
from caselens.tables import TABLES
from caselens.views import Fragment, page

SECTIONS = ("asked", "answer", "leads", "network", "money", "timeline", "tenders", "gaps", "method")

#: The fee case with numbers, addresses, plates and remarks that tell who is meant.
CITY = {
    "persons": "person_id,name,id_number,phone,address\n"
    "P900001,佟望舒,110101197001010038,13900000001,云江区柳荫巷七号\n"
    "P900002,佟望川,110101197203030018,13900000002,云江区柳荫巷七号\n"
    "P900003,阮青禾,,13900000003,\n",
    "organizations": "org_id,name,kind,uscc,address\n"
    "Q700001,云江区财政局,government,,云江区府前街一号\n"
    "Q700002,云江城投有限公司,state_owned,,\n"
    "Q700003,恒信金服有限公司,private,,望亭大厦1203室\n"
    "Q700004,云江供电公司,state_owned,,\n",
    "appointments": "person_id,org_id,post,start_date\nP900001,Q700001,佟望舒副局长,2014-01-01\n",
    "kinships": "person_id,relative_id,relation\nP900001,P900002,sibling\n",
    "financings": "financing_id,kind,borrower_id,lender_id,principal,annual_rate,start_date,handler_id\n"
    "LOAN-77,loan,Q700002,Q700001,500000000,0.05,2016-03-01,P900001\n",
    "accounts": "account_id,holder_id,institution\n"
    "62220001,Q700002,云江银行柳荫支行\n62220002,Q700003,云江银行柳荫支行\n62220003,P900002,\n62220004,P900001,\n"
    "62220005,P900003,\n62220006,Q700004,\n",
    "payments": "payment_id,paid_at,payer_account,payee_account,amount,memo\n"
    "PAY-1,2016-06-01,62220001,62220002,2500000,服务费\n"
    "PAY-2,2016-06-05,62220002,62220003,1000000,给佟望川买云J88X12的车\n"
    "PAY-3,2016-06-11,62220002,62220003,780000,老地方见\n"
    "PAY-4,2016-06-12,62220004,62220006,86.5,电费\n",
    "cases": "case_id,title,opened_on,status\n"
    "CASE-A,关于佟望舒有关问题的核查,2023-03-01,open\nCASE-B,另案,2023-04-01,open\n",
    "case_subjects": "case_id,entity_id,role\nCASE-A,P900001,subject\nCASE-B,P900001,subject\n",
}


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    return desk_of(tmp_path_factory.mktemp("redacted"), CITY)


def source(case, language, sections=SECTIONS):
    body = Fragment.join([getattr(case.report, name)(language) for name in sections], language)
    return page(body.html, case.report.heading(language).text, language)


@pytest.fixture(scope="module")
def cases(desk):
    return {language: RedactedCase(desk.case("CASE-A"), language) for language in ("zh", "en")}


@pytest.fixture(scope="module")
def pages(cases):
    return {language: source(case, language) for language, case in cases.items()}


def delivered():
    """Every value of every naming and free column as it was delivered, read from the CSV text itself."""
    for table, text in CITY.items():
        columns = {column.name for column in naming(TABLES[table])} | FREE.get(table, frozenset())
        for row in csv.DictReader(io.StringIO(text)):
            yield from (value for name, value in row.items() if name in columns and value)
        yield f"{table}.csv"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_nothing_that_names_is_left_in_the_page_source(pages, language):
    unpacked = "\n".join(strings_of_page(pages[language]))
    values = set(delivered()) - {"服务费", "电费"}  # words of the trade, which name nobody
    assert len(values) > 40
    for value in values:
        assert value not in pages[language], value
        assert value not in unpacked, value
    # Not in pieces either: a plate and a name inside a memo or a post, the city in a unit's name.
    for piece in ("云J88X12", "望川", "望舒", "柳荫", "云江", "恒信", "老地方"):
        assert piece not in unpacked, piece


@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_is_packed_in_the_page_is_searched_too(pages, language):
    packed = re.findall(r'<script type="application/(?:json|gzip)">', pages[language])
    assert len(packed) >= 2
    gate = Gate(value for value in delivered())
    assert gate.leaks(strings_of_page(pages[language])) == []


def test_the_gate_finds_a_name_in_every_hiding_place(desk):
    import base64
    import gzip
    import json

    gate = Gate(known_values(desk.workspace))
    name, account = "佟望舒", "62220003"
    packed = base64.b64encode(gzip.compress(json.dumps({"a": [{name: 1}]}).encode())).decode()
    hidden = [
        f"<p>{name}</p>",
        f'<p title="x{name}x"></p>',
        "<p>&#20319;望舒</p>",
        f"<!-- {name} -->",
        f"<title>{name}</title>",
        f'<script type="application/json">{json.dumps([name])}</script>',
        f'<script type="application/gzip">{packed}</script>',
    ]
    for markup in hidden:
        assert gate.leaks(strings_of_page(markup)) == [name], markup
    assert gate.leaks(strings_of_page(f"<td>{account}</td>")) == [account]
    # Digits inside a longer number or code are not that account.
    assert gate.leaks(strings_of_page(f"<td>X{account}9</td>")) == []


def test_a_party_has_one_pseudonym_all_over_the_case_and_in_both_languages(cases, pages):
    people = {language: set(case.parties["name"]) for language, case in cases.items()}
    codes = {
        language: {name[2:].strip() if language == "zh" else name.split(" ")[1] for name in names}
        for language, names in people.items()
    }
    assert codes["zh"] == codes["en"] and len(codes["zh"]) == len(cases["zh"].parties)
    official = cases["zh"].subjects["entity_id"].iloc[0]
    assert official.startswith("人员")
    graph_labels = {data["label"] for _, data in cases["zh"].graph.nodes(data=True)}
    assert official in graph_labels
    assert official in set(cases["zh"].payments()["payer_name"])
    assert any(official in str(summary) for summary in cases["zh"].findings()["summary_zh"])
    assert pages["zh"].count(official) > 5


def test_two_cases_cannot_be_linked_unless_asked(desk):
    def named(case_id, linkable):
        return RedactedCase(desk.case(case_id), "zh", linkable=linkable).subjects["entity_id"].iloc[0]

    assert named("CASE-A", False) != named("CASE-B", False)
    assert named("CASE-A", True) == named("CASE-B", True)


def test_pseudonyms_depend_on_a_secret_that_only_the_owner_can_read(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    one, other = secret_of(tmp_path / "a"), secret_of(tmp_path / "b")
    assert one != other and secret_of(tmp_path / "a") == one
    key = tmp_path / "a" / KEY_FILE
    assert key.stat().st_mode & 0o077 == 0
    assert [path.name for path in (tmp_path / "a").iterdir()] == [KEY_FILE]

    def called(secret):
        return Pseudonyms(secret, "c", "zh", ["P1"]).party("person", "P1")

    assert called(one) != called(other) and called(one) == called(one)


def test_codes_grow_until_all_parties_can_be_told_apart():
    many = [f"P{number}" for number in range(20_000)]
    names = Pseudonyms(b"k" * 32, "c", "en", many)
    assert len({names.party("person", name) for name in many}) == len(many)
    # One party more may lengthen a code, never change its beginning.
    few = Pseudonyms(b"k" * 32, "c", "en", many[:10])
    assert all(names.party("person", name).startswith(few.party("person", name)) for name in many[:10])


@pytest.mark.parametrize("content", [b"", b"zz", b"00" * 31, b"00" * 33])
def test_a_damaged_secret_is_refused_and_not_replaced(tmp_path, content):
    from caselens.core.errors import UsageError

    (tmp_path / KEY_FILE).write_bytes(content)
    with pytest.raises(UsageError, match=KEY_FILE):
        secret_of(tmp_path)
    assert (tmp_path / KEY_FILE).read_bytes() == content


def test_what_was_withheld_is_counted_and_told(cases, pages):
    memos = cases["zh"].payments()["memo"]
    # Two remarks have words of their own; "服务费" and "电费" are words of the package or they would be withheld too.
    assert list(memos)[1:3] == ["〔略〕", "〔略〕"]
    assert "〔略〕" in pages["zh"] and "[withheld]" in pages["en"]
    assert "脱敏版" in pages["zh"] and "redacted edition" in pages["en"]
    assert re.search(r"自由填写的文字 \d+ 处", pages["zh"])


def test_the_evidence_keeps_its_row_under_a_pseudonymous_file(cases, desk):
    full, redacted = desk.case("CASE-A").evidence(), cases["zh"].evidence()
    assert len(full) == len(redacted)
    assert sorted(full["source_row"].dropna()) == sorted(redacted["source_row"].dropna())
    assert full["source_file"].nunique() == redacted["source_file"].nunique()
    assert not set(full["key"]) & set(redacted["key"])
    assert not set(desk.case("CASE-A").findings()["finding_id"]) & set(cases["zh"].findings()["finding_id"])


def test_leads_keep_their_order_and_weights(cases, desk):
    from caselens.findings import leads_of

    full = leads_of(desk.case("CASE-A").findings())
    shown = cases["zh"].ordered_leads()
    assert [lead.weights for lead in full] == [lead.weights for lead in shown]
    assert [lead.first["indicator"] for lead in full] == [lead.first["indicator"] for lead in shown]


def scrubber(known):
    return Scrubber({value: (lambda v=value: f"<{len(v)}>") for value in known}, Vocabulary(own_texts()), "zh")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("收到 250万元", "收到 250万元"),
        ("佟望舒收到 250万元", "<3>收到 250万元"),
        # The longest value wins: a firm's name that holds a person's.
        ("佟望舒商行收到 250万元", "<5>收到 250万元"),
        ("给龚阿婆的", "〔略〕"),
        ("收到 62220003 转来", "〔略〕"),
        ("A1 收到", "<2> 收到"),
        ("BA1 收到", "〔略〕"),
        # A record called 000 does not stand in an amount.
        ("收到 1,000,000.00", "收到 1,000,000.00"),
        ("Wexler & Wexler", "〔略〕"),
    ],
)
def test_a_sentence_is_shown_only_when_every_word_is_the_package_s_own(text, shown):
    assert scrubber(["佟望舒", "佟望舒商行", "A1", "000"]).sentence(text, "x") == shown


def test_every_text_column_is_judged():
    # A new column of names must not slip in as a describing one: the lists name existing text columns only.
    from caselens.reports._known import DESCRIBING

    for declared in (DESCRIBING, FREE):
        for table, columns in declared.items():
            texts = {column.name for column in TABLES[table].columns if column.kind == "text"}
            assert columns <= texts, (table, columns - texts)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_nothing_that_names_is_left_in_the_workbook(cases, desk, tmp_path, language):
    from caselens.reports._gate import strings_of_workbook
    from caselens.reports.workbook import evidence_workbook

    full, redacted = tmp_path / "full.xlsx", tmp_path / "redacted.xlsx"
    evidence_workbook(desk.case("CASE-A"), full, language)
    evidence_workbook(cases[language], redacted, language)
    gate = Gate(delivered())
    assert "62220003" in gate.leaks(strings_of_workbook(full))
    assert gate.leaks(strings_of_workbook(redacted)) == []
    assert "脱敏版" in str(strings_of_workbook(redacted)) or "redacted edition" in str(strings_of_workbook(redacted))
