//! Lists of accounts as people have them, and what may not be read as one.

use super::*;
use proptest::prelude::*;

fn ids(file: &str) -> Vec<String> {
    read(file.as_bytes()).unwrap_or_else(|error| panic!("{file}\n{error}")).into_keys().collect()
}

fn refused(file: &str) -> (String, String) {
    let error = read(file.as_bytes()).expect_err(file);
    (error.to_string(), error.hint())
}

#[test]
fn accounts_are_read_from_what_people_have() {
    let organisation = r#"{"Accounts":[{"Id":"111122223333","Arn":"arn:aws:organizations::999999999999:account/o-1/111122223333","Status":"ACTIVE"},{"Id":"444455556666"}]}"#;
    for file in [
        organisation,
        "# ours\n111122223333\n444455556666\n",
        "name,id,payer\nprod,\"111122223333\"\r\ntest,444455556666,999999999999\n",
        "[\"111122223333\",\"444455556666\"]",
        "[111122223333,444455556666]",
        "{\"Accounts\":[{\"Id\":111122223333},{\"Id\":444455556666}],\"ResponseMetadata\":{\"RequestId\":\"x\",\"HTTPHeaders\":{\"a\":\"b\"}}}",
        "{\"Accounts\":[{\"Id\":\"111122223333\"}],\"NextToken\":\"x\"}\n{\"Accounts\":[{\"Id\":\"444455556666\"}]}",
        "{\"Id\":\"111122223333\"}\n{\"Id\":\"444455556666\"}\n",
        "{\"prod\":[\"111122223333\"],\"test\":[\"444455556666\"]}",
        "{\"111122223333\":\"prod\",\"444455556666\":\"test\"}",
        "[[\"111122223333\",\"prod 1\",\"ACTIVE\"],[\"444455556666\",null,\"CLOSED\"]]",
        "{\"prod\":\"111122223333\",\"test\":444455556666}",
        "\u{feff}Account ID;Name\r\n1111-2222-3333;a\r\n'444455556666;b\r\n;\r\n",
        "id,account\n1,111122223333\n2,444455556666\n",
        "account,id\nprod,111122223333\ntest,444455556666\n",
        "111122223333\t444455556666\n",
        "111122223333 prod\n444455556666 test, the second\n",
        "1111 2222 3333\n4444 5555 6666\n111122223333\n",
        "111122223333,prod\n444455556666,test\n",
        "111122223333, 444455556666,\n",
        "ACCOUNTS\tarn:aws:organizations::999999999999:account/o-1/111122223333\ta@example.com\t111122223333\tCREATED\t2020-01-01\tprod\tACTIVE\n\
         ACCOUNTS\tarn:aws:organizations::999999999999:account/o-1/444455556666\tb@example.com\t444455556666\tINVITED\t2020-01-01\ttest\tSUSPENDED\n",
        "account_id\n111122223333\n444455556666\n",
        "Account ID\n111122223333\n444455556666\n",
    ] {
        assert_eq!(ids(file), ["111122223333", "444455556666"], "{file}");
    }
}

#[test]
fn what_a_spreadsheet_did_to_ids_is_named_by_line_with_what_to_do() {
    let (text, hint) = refused("account,name\n11122223333,lost zero\n\n111122223333,a\n1.11122E+11,sci\n");
    assert!(text.contains("line 2: `11122223333`") && text.contains("line 5: `1.11122E+11`"), "{text}");
    assert!(hint.contains("leading zeros") && hint.contains("as text"), "{hint}");
}

#[test]
fn nothing_of_a_list_is_passed_over() {
    for (file, place) in [
        ("111122223333\n11122223333\n", "line 2"),
        ("11122223333\n111122223333\n", "line 1"),
        ("111122223333,a\n1.11122E+11,b\n", "line 2"),
        ("111122223333,a\nb,444455556666\n", "line 2: `b`"),
        ("111122223333\nTotal: 1\n", "line 2: `Total:`"),
        ("name,id\n\"two\nlines\",111122223333\nb,12\n", "line 4: `12`"),
        ("# ours\n\nname,id\na,111122223333\n,\nb,\n", "line 6: no account id"),
        ("name,id\r\na,111122223333\r\n\r\nb,12\r\n", "line 4: `12`"),
        ("Konto,Name\n111122223333,a\n", "line 1: `Konto,Name`"),
        ("111122223333,a,999999999999\n", "line 1: several"),
        ("account_id\n111122223333 444455556666\n", "line 2: several"),
        ("111122223333,\"a\n444455556666,b\n777788889999,c\n", "line 1: a quotation mark"),
        ("111122223333 44445555666\n", "line 1: `44445555666`"),
        ("[\"111122223333\",\"11122223333\"]", "[1]: `11122223333`"),
        ("[\"111122223333\",null]", "[1]: no account id"),
        ("[111122223333,1.11122E+11]", "[1]: `1.11122e11`"),
        ("{\"Accounts\":[{\"Id\":\"111122223333\"},{\"Id\":11122223333}]}", "Accounts[1].Id: `11122223333`"),
        ("{\"Accounts\":[{\"Id\":\"111122223333\"},{\"Name\":\"x\"}]}", "Accounts[1]: no account id"),
        ("{\"Accounts\":[{}]}", "Accounts[0]: no account id"),
        ("{\"prod\":\"111122223333\",\"test\":\"44445555666\"}", "test: `44445555666`"),
        ("{\"Accounts\":[{\"Id\":\"111122223333\"}],\"NextToken\":\"x\"}", "NextToken"),
    ] {
        let (text, _) = refused(file);
        assert!(text.contains(place), "{file}\n{text}");
    }
    let (many, _) = refused(&"1\n".repeat(100));
    assert!(many.contains("and 95 more") && many.len() < 1000, "{many}");
}

#[test]
fn a_list_of_nothing_is_refused() {
    for file in ["", "\n\n", "# ours\n", "account,name\n", "account_id\n", "none", "{}", "[]", "{\"Accounts\":[]}", "{", "\u{feff}"] {
        assert!(read(file.as_bytes()).is_err(), "{file}");
    }
    assert_eq!(read(b"\xff\xfe1\x001\x00"), Err(Unreadable::NotText));
    assert!(read(format!("{}1{}", "[".repeat(100), "]".repeat(100)).as_bytes()).is_err());
}

#[test]
fn the_state_of_an_account_and_its_dates_come_along() {
    let at = |text: &str| time::parse(text.as_bytes());
    let json = r#"{"Accounts":[{"Id":"111122223333","Status":"SUSPENDED","State":"CLOSED","JoinedTimestamp":"2020-01-02T03:04:05+00:00"},
        {"Id":"444455556666","Status":"ACTIVE","JoinedTimestamp":1577934245.5},{"Id":"777788889999"}]}"#;
    let listed = read(json.as_bytes()).unwrap();
    assert_eq!(listed["111122223333"], Listed { state: Some("CLOSED".to_owned()), joined: at("2020-01-02T03:04:05Z"), closed: None });
    assert_eq!(listed["444455556666"].state.as_deref(), Some("ACTIVE"));
    assert_eq!(listed["444455556666"].joined, at("2020-01-02T03:04:05.5Z"));
    assert_eq!(listed["777788889999"], Listed::default());
    let csv =
        "Account ID,State,Joined,Closed at\n111122223333,suspended,2020-01-02,2021-01-02T00:00:00Z\n444455556666,,,\n111122223333,,,\n";
    let listed = read(csv.as_bytes()).unwrap();
    let one = Listed { state: Some("SUSPENDED".to_owned()), joined: at("2020-01-02T00:00:00Z"), closed: at("2021-01-02T00:00:00Z") };
    assert_eq!((&listed["111122223333"], &listed["444455556666"]), (&one, &Listed::default()));
    assert_eq!(read(b"111122223333,prod,SUSPENDED\n").unwrap()["111122223333"].state.as_deref(), Some("SUSPENDED"));
}

proptest! {
    /// Whatever stands in a column of ids is in the list or in the error.
    #[test]
    fn each_line_is_an_account_or_an_error(cells in proptest::collection::vec("[0-9]{11,13}|[0-9]{12}|[a-z]{0,5}|[0-9]\\.[0-9]{1,5}E\\+11", 1..20)) {
        let file = format!("account_id,name\n{}", cells.iter().map(|cell| format!("{cell},x\n")).collect::<String>());
        let good = |cell: &&String| cell.len() == 12 && cell.bytes().all(|byte| byte.is_ascii_digit());
        match read(file.as_bytes()) {
            Ok(accounts) => prop_assert!(cells.iter().all(|cell| good(&cell) && accounts.contains_key(cell))),
            Err(Unreadable::Faults(faults)) => prop_assert_eq!(faults.len(), cells.iter().filter(|cell| !good(cell)).count()),
            Err(error) => prop_assert!(false, "{}", error),
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200), text in "[\\[\\]{}\",:;#0-9a-zA\n\t -]{0,100}") {
        let _ = read(&bytes);
        let _ = read(text.as_bytes());
    }
}
