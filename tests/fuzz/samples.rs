//! Where fuzzing starts from: a few good inputs for each target.

/// Packings of every kind of value, and what is nearly one.
const PACKINGS: [&[u8]; 10] = [
    b"\0\x01\x09\x02\x0a\x01\x12\0\x01\x22\0\0\x01\0\x32\0\0\0\x80\0\0\0\0",
    b"\x42\0\0\0\0\0\0\xf8\x3f\x03\x02\x01\0\0\0\0\0\0\x04\x14ab\x06\0\x16\x0a\x01\x0a\x02\0",
    b"\xfe\x0a\x1f\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\0",
    b"\x15\x20\0xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\x25\x02\0\0\0yy",
    b"\x06\x0ca\x0a\x01\x1c[a]\x0a\x02\x0a\x07\x16\x01\x09\0\x42\0\0\0\0\0\0\xf8\x7f\x02\0",
    b"\x06\x14$b\x16\x02\x02\0\x0e\x01\0\x02\x0c\xff\x02\x03\x01\x01\x01\x01\x01\x01\x01\x01\x02\0",
    b"\x0e\x0e\x0e\x0e\x0e\x0e\x0e\x0e\x09\0\0\0\0\0\0\0\0",
    b"\xfe\x22\xff\xff\xff\xff\0\x09",
    b"\xfe\x22\xff\xff\xff\x7f\xfe\x22\xff\xff\xff\x7f\x09",
    b"\x06\x45\xff\xff\xff\xff\xff\xff\xff\xff\0\0",
];

const TRACE: &[u8] = b"\x01{\"v\":1,\"type\":\"start\",\"seed\":\"7\"\n\
    {\"n\":1,\"t\":10000000,\"type\":\"deliver\",\"from\":9,\"args\":[\"ping\",{\"a\":[1,2.5]}]\n\
    {\"n\":2,\"t\":20000000,\"type\":\"end\",\"verdict\":\"passed\"\n";

/// The samples of a target.
pub fn of(target: &str) -> Vec<Vec<u8>> {
    let texts = |texts: &[&str]| texts.iter().map(|text| text.as_bytes().to_vec()).collect();
    match target {
        "seri" => PACKINGS.map(<[u8]>::to_vec).to_vec(),
        "pack" => (0..8).flat_map(|choice| PACKINGS.map(|packing| [&[choice], packing].concat())).collect(),
        "scenario" => texts(&[
            include_str!("../../src/scenario/tests/full.toml"),
            include_str!("../../scenarios/structured_service/scenario.toml"),
            "schema = 1\n",
        ]),
        "trace" => vec![
            TRACE.to_vec(),
            [TRACE, b"====\n", &TRACE[1..]].concat(),
            [&[3; 120], b"====\n".as_slice(), &[7; 150]].concat(),
        ],
        "parsers" => texts(&["250ms", "1.5s", "5 ticks", "584y", "1_000.25 us", "0x1f", "-12abc", " +7"]),
        "config" => texts(&[
            "thread = 8\nstart = \"main\"\n",
            "x = \"$HOM/a\"\ninclude \"x\"\n",
            "y = 1.5 z = true",
            "t = {} _ENV = nil",
        ]),
        "files" => vec![vec![1; 60], vec![0, 9, 1, 5, 3, 0, 10, 1, 1, 0, 0, 14, 1, 1, 0, 1, 1, 1, 0, 9, 1, 0]],
        other => panic!("there is no target {other}"),
    }
}
