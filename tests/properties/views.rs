//! What is encoded is found where it stands: every encoding, and one in another, around samples
//! that the rules promise to find as they are.

use super::ENGINE;
use super::SAMPLES;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use bowerbird::detect::secrets::Match;
use bowerbird::detect::secrets::Resolved;
use bowerbird::detect::secrets::Scratch;
use bowerbird::detect::secrets::delta::Scanned;
use bowerbird::detect::secrets::resolve;
use proptest::prelude::*;
use rayon::prelude::*;
use std::io::Write;
use std::ops::Range;

/// Encoded bytes, and for each byte that was encoded where it stands in them.
#[derive(Clone)]
pub(crate) struct Encoded {
    pub(crate) bytes: Vec<u8>,
    places: Vec<Range<usize>>,
}

impl Encoded {
    fn plain(bytes: &[u8]) -> Self {
        Encoded {
            bytes: bytes.to_vec(),
            places: (0..bytes.len()).map(|at| at..at + 1).collect(),
        }
    }

    /// The same, encoded once more.
    fn and(self, code: Code) -> Option<Self> {
        let outer = code.encode(&self.bytes)?;
        let through =
            |range: &Range<usize>| outer.places[range.start].start..outer.places[range.end - 1].end;
        Some(Encoded {
            places: self.places.iter().map(through).collect(),
            bytes: outer.bytes,
        })
    }

    fn place(&self, secret: &Range<usize>) -> Range<usize> {
        self.places[secret.start].start..self.places[secret.end - 1].end
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Code {
    Base64,
    UrlSafe,
    Wrapped,
    Hex,
    Percent,
    Hexadecimal,
    Unicode,
    Octal,
    Entities,
    Json,
    Gzip,
    Zlib,
    Wide,
}

const CODES: [Code; 13] = [
    Code::Base64,
    Code::UrlSafe,
    Code::Wrapped,
    Code::Hex,
    Code::Percent,
    Code::Hexadecimal,
    Code::Unicode,
    Code::Octal,
    Code::Entities,
    Code::Json,
    Code::Gzip,
    Code::Zlib,
    Code::Wide,
];

impl Code {
    /// Each byte by itself.
    fn each(bytes: &[u8], escape: impl Fn(u8) -> String) -> Encoded {
        let mut out = String::from("\"");
        let mut places = Vec::new();
        for byte in bytes {
            let start = out.len();
            out.push_str(&escape(*byte));
            places.push(start..out.len());
        }
        out.push_str("\"\n");
        Encoded {
            bytes: out.into_bytes(),
            places,
        }
    }

    fn base64(bytes: &[u8], encoded: &str, width: usize, indent: &str) -> Encoded {
        let mut out = format!("data:\n{indent}");
        let mut at = Vec::new();
        for (index, character) in encoded.chars().enumerate() {
            if index > 0 && index % width == 0 {
                out.push('\n');
                out.push_str(indent);
            }
            at.push(out.len());
            out.push(character);
        }
        out.push('\n');
        let places = (0..bytes.len())
            .map(|byte| at[byte * 4 / 3]..at[((byte + 1) * 4).div_ceil(3) - 1] + 1)
            .collect();
        Encoded {
            bytes: out.into_bytes(),
            places,
        }
    }

    fn packed(bytes: &[u8], packed: &[u8]) -> Encoded {
        let encoded = BASE64_STANDARD.encode(packed);
        let end = encoded.trim_end_matches('=').len();
        Encoded {
            bytes: format!("{encoded}\n").into_bytes(),
            places: vec![0..end; bytes.len()],
        }
    }

    fn encode(self, bytes: &[u8]) -> Option<Encoded> {
        let standard = || BASE64_STANDARD.encode(bytes);
        let ascii = bytes.is_ascii() && bytes.len() >= 24;
        Some(match self {
            _ if !ascii => return None,
            Code::Base64 => Code::base64(bytes, &standard(), usize::MAX, "  "),
            Code::UrlSafe => Code::base64(
                bytes,
                &BASE64_URL_SAFE_NO_PAD.encode(bytes),
                usize::MAX,
                "  ",
            ),
            Code::Wrapped => Code::base64(bytes, &standard(), 64, "    "),
            Code::Hex => Code::each(bytes, |byte| format!("{byte:02x}")),
            Code::Percent => Code::each(bytes, |byte| format!("%{byte:02X}")),
            Code::Hexadecimal => Code::each(bytes, |byte| format!("\\x{byte:02x}")),
            Code::Unicode => Code::each(bytes, |byte| format!("\\u{byte:04x}")),
            Code::Octal => Code::each(bytes, |byte| format!("\\{byte:03o}")),
            Code::Entities => Code::each(bytes, |byte| format!("&#{byte};")),
            Code::Json => Code::json(bytes),
            Code::Gzip => {
                let mut gzip = flate2::write::GzEncoder::new(Vec::new(), Default::default());
                gzip.write_all(bytes).unwrap();
                Code::packed(bytes, &gzip.finish().unwrap())
            }
            Code::Zlib => {
                let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), Default::default());
                zlib.write_all(bytes).unwrap();
                Code::packed(bytes, &zlib.finish().unwrap())
            }
            Code::Wide => {
                let wide: Vec<u8> = bytes.iter().flat_map(|byte| [*byte, 0]).collect();
                Code::packed(bytes, &wide)
            }
        })
    }
}

impl Code {
    /// A value beside another one, of JSON in a string of JSON.
    fn json(bytes: &[u8]) -> Encoded {
        let mut out = String::from(r#"{"body": "{\"n\": 1, \"text\": \""#);
        let mut places = Vec::new();
        for byte in bytes {
            let start = out.len();
            let inner = serde_json::to_string(&char::from(*byte).to_string()).unwrap();
            let outer = serde_json::to_string(inner.trim_matches('"')).unwrap();
            let inner = if *byte == b'"' {
                r#"\\\""#
            } else {
                &outer[1..outer.len() - 1]
            };
            out.push_str(inner);
            places.push(start..out.len());
        }
        out.push_str("\\\"}\"}\n");
        Encoded {
            bytes: out.into_bytes(),
            places,
        }
    }
}

fn resolved(bytes: &[u8]) -> Vec<Resolved> {
    let scanned = Scanned::whole(&ENGINE, bytes, &mut Scratch::default());
    let mut matches: Vec<Match> = scanned.matches().cloned().collect();
    resolve(&ENGINE, &mut matches)
}

/// Accepted matches of rules of providers: rule, secret, place.
fn found(bytes: &[u8]) -> Vec<(&'static str, Vec<u8>, Range<usize>)> {
    resolved(bytes)
        .into_iter()
        .map(|one| one.matched)
        .filter(|matched| matched.info.refused.is_none())
        .filter(|matched| !ENGINE.rules()[matched.info.rule].generic)
        .map(|matched| {
            let rule = ENGINE.rules()[matched.info.rule].id.0;
            (rule, matched.info.secret.expose().to_vec(), matched.secret)
        })
        .collect()
}

fn sample() -> impl Strategy<Value = Vec<u8>> {
    any::<prop::sample::Index>()
        .prop_map(|at| [b"# a\n", at.get(&SAMPLES).as_slice(), b"\n"].concat())
}

/// A sample, encoded: bytes that a delta may cut anywhere.
pub(crate) fn encoded() -> impl Strategy<Value = Vec<u8>> {
    let code = || prop::sample::select(&CODES[..]);
    (sample(), code(), prop::option::of(code())).prop_map(|(sample, first, second)| {
        let once = Encoded::plain(&sample).and(first);
        let twice = match second {
            Some(second) => once.and_then(|once| once.and(second)),
            None => once,
        };
        twice.map_or_else(Vec::new, |encoded| encoded.bytes)
    })
}

fn check(sample: &[u8], codes: &[Code]) -> Result<(), String> {
    let mut encoded = Some(Encoded::plain(sample));
    for code in codes {
        encoded = encoded.and_then(|encoded| encoded.and(*code));
    }
    let Some(encoded) = encoded else {
        return Ok(());
    };
    let seen = found(&encoded.bytes);
    // A longer text is taken back in parts, and a secret may stand in two of them.
    if encoded.bytes.len() > 64 << 10 {
        return Ok(());
    }
    for (rule, secret, at) in found(sample) {
        let place = encoded.place(&at);
        // A key may be read with its line breaks as they are written, and a token may be told by its form alone.
        let told = seen.iter().any(|(name, value, at)| {
            (*at == place && (*name == rule || *value == secret))
                || (*name == rule && at.start <= place.start && place.end <= at.end)
                // The key in a file of credentials, one of a pair.
                || (place.start <= at.start && at.end <= place.end && place.len() > 128)
        });
        if !told {
            let text = String::from_utf8_lossy(&encoded.bytes).into_owned();
            let seen: Vec<_> = seen.iter().map(|one| (one.0, &one.2)).collect();
            return Err(format!("{codes:?} {rule} {place:?}: {seen:?} in {text}"));
        }
    }
    Ok(())
}

/// Checks every sample with one in `stride` of these encodings, other ones for the next sample.
fn check_all(encodings: &[Vec<Code>], stride: usize) {
    let failures: Vec<String> = SAMPLES
        .par_iter()
        .enumerate()
        .flat_map_iter(|(index, sample)| {
            let sample = [b"# a\n", sample.as_slice(), b"\n"].concat();
            encodings
                .iter()
                .skip(index % stride)
                .step_by(stride)
                .filter_map(move |codes| check(&sample, codes).err())
        })
        .collect();
    assert!(
        failures.is_empty(),
        "{}: {}",
        failures.len(),
        failures.join("\n")
    );
}

#[test]
fn what_is_encoded_is_found_where_it_stands() {
    check_all(&CODES.map(|code| vec![code]), 1);
}

#[test]
fn what_is_encoded_twice_is_found() {
    let twice = CODES.map(|first| CODES.map(|second| vec![first, second]));
    check_all(&twice.concat(), 5);
}

/// Accepted matches: rule, steps, secret, place.
fn told(text: &str) -> Vec<(&'static str, String, String, Range<usize>)> {
    resolved(text.as_bytes())
        .into_iter()
        .map(|one| one.matched)
        .filter(|matched| matched.info.refused.is_none())
        .map(|matched| {
            let secret = String::from_utf8_lossy(matched.info.secret.expose()).into_owned();
            let rule = ENGINE.rules()[matched.info.rule].id.0;
            (rule, matched.info.decoded.join(" "), secret, matched.secret)
        })
        .collect()
}

/// A password that is nobody's.
fn password() -> String {
    ["q7Zt0bKx", "92LmVw4R"].concat()
}

#[test]
fn a_value_of_a_kubernetes_secret_is_judged_as_what_it_says() {
    let short = &password()[..11];
    let encoded = BASE64_STANDARD.encode(short);
    let text = format!("kind: Secret\ndata:\n  username: YWRtaW4=\n  password: {encoded}\n");
    let found = told(&text);
    assert_eq!(found.len(), 1, "{found:?}");
    let (rule, steps, secret, place) = &found[0];
    assert_eq!(
        (*rule, steps.as_str(), secret.as_str()),
        ("generic-password", "base64", short)
    );
    assert_eq!(&text[place.clone()], encoded);
    let dummy = BASE64_STANDARD.encode("changeme");
    assert_eq!(told(&format!("data:\n  password: {dummy}\n")), []);
}

#[test]
fn what_is_found_as_it_stands_is_told_once() {
    let header = BASE64_STANDARD.encode(format!("admin:{}", password()));
    let found = told(&format!("Authorization: Basic {header}\n"));
    assert_eq!(found.len(), 1, "{found:?}");
    let part = |json: &str| BASE64_URL_SAFE_NO_PAD.encode(json);
    let claims = format!(r#"{{"sub":"1234567890","password":"{}"}}"#, password());
    let signature = BASE64_URL_SAFE_NO_PAD.encode(password().repeat(2));
    let jwt = [
        part(r#"{"alg":"HS256","typ":"JWT"}"#),
        part(&claims),
        signature,
    ]
    .join(".");
    let found = told(&format!("token: {jwt}\n"));
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].1, "");
}

#[test]
fn a_helm_release_is_read() {
    let chart = format!(
        "{{\"config\": {{\"db\": {{\"password\": \"{}\"}}}}}}",
        password()
    );
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), Default::default());
    gzip.write_all(chart.as_bytes()).unwrap();
    let release = BASE64_STANDARD.encode(BASE64_STANDARD.encode(gzip.finish().unwrap()));
    let found = told(&format!("data:\n  release: {release}\n"));
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(
        (found[0].1.as_str(), &found[0].2),
        ("base64 base64 gzip", &password())
    );
}

#[test]
fn what_decodes_to_too_much_is_listed() {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), Default::default());
    gzip.write_all("a".repeat(8 << 20).as_bytes()).unwrap();
    let text = format!(
        "x = \"{}\"\n",
        BASE64_STANDARD.encode(gzip.finish().unwrap())
    );
    let scanned = Scanned::whole(&ENGINE, text.as_bytes(), &mut Scratch::default());
    assert_eq!(scanned.limited().count(), 1);
}

#[test]
fn user_and_host_are_parts_of_the_finding() {
    let text = format!(
        "DB_HOST=db.corp.internal\nDB_USER=app\nDB_PASSWORD={}\n",
        password()
    );
    let one = resolved(text.as_bytes());
    assert_eq!(one.len(), 1);
    let mut parts: Vec<_> = one[0]
        .parts
        .iter()
        .map(|part| ENGINE.rules()[part.info.rule].id.0)
        .collect();
    parts.sort_unstable();
    assert_eq!(parts, ["host-name", "user-name"]);
}
