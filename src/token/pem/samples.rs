//! Private keys that open nothing: right in every part that can be checked,
//! made of random numbers where primes and points would stand. No signature
//! can be made with them.

use super::asn1;
use super::openssh;
use crate::token::Rng;
use crate::token::base64;
use crate::token::bignum;
use crate::token::der;

/// An odd random number of `len` bytes with its two highest bits set.
fn odd(rng: &mut Rng, len: usize) -> Vec<u8> {
    let mut number = rng.bytes(len);
    if let Some(first) = number.first_mut() {
        *first |= 0xc0;
    }
    if let Some(last) = number.last_mut() {
        *last |= 1;
    }
    number
}

struct Rsa {
    n: Vec<u8>,
    d: Vec<u8>,
    p: Vec<u8>,
    q: Vec<u8>,
}

fn rsa_numbers(rng: &mut Rng) -> Option<Rsa> {
    let (p, q) = (odd(rng, 128), odd(rng, 128));
    Some(Rsa {
        n: bignum::product(&p, &q)?,
        d: odd(rng, 256),
        p,
        q,
    })
}

const E: &[u8] = &[1, 0, 1];

fn rsa(rng: &mut Rng) -> Option<Vec<u8>> {
    let key = rsa_numbers(rng)?;
    let rest = [odd(rng, 128), odd(rng, 128), odd(rng, 128)];
    let numbers = [&[0][..], &key.n, E, &key.d, &key.p, &key.q];
    let all = numbers.into_iter().chain(rest.iter().map(Vec::as_slice));
    let parts: Vec<Vec<u8>> = all.map(der::write_unsigned).collect();
    let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
    Some(der::write(der::SEQUENCE, &parts))
}

fn ec(rng: &mut Rng) -> Vec<u8> {
    let point = [&[0, 4][..], &rng.bytes(64)].concat();
    der::write(
        der::SEQUENCE,
        &[
            &der::write_unsigned(&[1]),
            &der::write(der::OCTET_STRING, &[&odd(rng, 32)]),
            &der::write(der::CONTEXT_0, &[&der::write(der::OID, &[asn1::P256])]),
            &der::write(der::CONTEXT_1, &[&der::write(der::BIT_STRING, &[&point])]),
        ],
    )
}

fn dsa(rng: &mut Rng) -> Vec<u8> {
    let numbers = [128, 20, 128, 128, 20].map(|len| der::write_unsigned(&odd(rng, len)));
    let numbers = numbers.concat();
    der::write(der::SEQUENCE, &[&der::write_unsigned(&[0]), &numbers])
}

fn pkcs8(oid: &[u8], params: &[u8], inner: &[u8]) -> Vec<u8> {
    let oid = der::write(der::OID, &[oid]);
    der::write(
        der::SEQUENCE,
        &[
            &der::write_unsigned(&[0]),
            &der::write(der::SEQUENCE, &[&oid, params]),
            &der::write(der::OCTET_STRING, &[inner]),
        ],
    )
}

fn encrypted(rng: &mut Rng) -> Vec<u8> {
    let kdf = der::write(
        der::SEQUENCE,
        &[
            &der::write(der::OID, &[asn1::PBKDF2]),
            &der::write(
                der::SEQUENCE,
                &[
                    &der::write(der::OCTET_STRING, &[&rng.bytes(16)]),
                    &der::write_unsigned(&[8, 0]),
                ],
            ),
        ],
    );
    let cipher = der::write(
        der::SEQUENCE,
        &[
            &der::write(der::OID, &[asn1::AES256]),
            &der::write(der::OCTET_STRING, &[&rng.bytes(16)]),
        ],
    );
    let scheme = der::write(
        der::SEQUENCE,
        &[
            &der::write(der::OID, &[asn1::PBES2]),
            &der::write(der::SEQUENCE, &[&kdf, &cipher]),
        ],
    );
    let body = der::write(der::OCTET_STRING, &[&rng.bytes(1_232)]);
    der::write(der::SEQUENCE, &[&scheme, &body])
}

fn string(value: &[u8]) -> Vec<u8> {
    [&(value.len() as u32).to_be_bytes()[..], value].concat()
}

fn mpint(number: &[u8]) -> Vec<u8> {
    let number = bignum::trim(number);
    match number.first() {
        Some(top) if top & 0x80 != 0 => string(&[&[0], number].concat()),
        _ => string(number),
    }
}

/// The container around a public and a private part.
fn container(cipher: &[u8], public: &[u8], private: &[u8], rng: &mut Rng) -> Vec<u8> {
    let (kdf, options) = match cipher {
        b"none" => (&b"none"[..], Vec::new()),
        _ => (
            &b"bcrypt"[..],
            [string(&rng.bytes(16)), vec![0, 0, 0, 16]].concat(),
        ),
    };
    [
        openssh::MAGIC.to_vec(),
        string(cipher),
        string(kdf),
        string(&options),
        vec![0, 0, 0, 1],
        string(public),
        string(private),
    ]
    .concat()
}

/// The private part in the clear: check number twice, fields, comment, padding 1, 2, 3 …
fn clear(kind: &[u8], fields: &[u8], rng: &mut Rng) -> Vec<u8> {
    let check = rng.bytes(4);
    let mut private = [
        &check[..],
        &check,
        &string(kind),
        fields,
        &string(b"sample"),
    ]
    .concat();
    for pad in 1..=8 {
        if private.len().is_multiple_of(8) {
            break;
        }
        private.push(pad);
    }
    private
}

fn openssh(rng: &mut Rng) -> Vec<u8> {
    let kind = b"ssh-ed25519";
    let (seed, point) = (rng.bytes(32), rng.bytes(32));
    let public = [string(kind), string(&point)].concat();
    let fields = [string(&point), string(&[seed, point].concat())].concat();
    let private = clear(kind, &fields, rng);
    container(b"none", &public, &private, rng)
}

fn openssh_rsa(rng: &mut Rng) -> Option<Vec<u8>> {
    let kind = b"ssh-rsa";
    let key = rsa_numbers(rng)?;
    let public = [string(kind), mpint(E), mpint(&key.n)].concat();
    let coefficient = odd(rng, 128);
    let numbers = [&key.n, E, &key.d, &coefficient, &key.p, &key.q];
    let fields: Vec<u8> = numbers.into_iter().flat_map(mpint).collect();
    let private = clear(kind, &fields, rng);
    Some(container(b"none", &public, &private, rng))
}

fn openssh_encrypted(rng: &mut Rng) -> Vec<u8> {
    let public = [string(b"ssh-ed25519"), string(&rng.bytes(32))].concat();
    let private = rng.bytes(144);
    container(b"aes256-ctr", &public, &private, rng)
}

/// Armor with lines of `width` characters.
pub(in crate::token) fn armor(label: &str, headers: &str, body: &[u8], width: usize) -> String {
    let code = base64::encode(body);
    let mut text = format!("-----BEGIN {label}-----\n{headers}");
    for line in code.as_bytes().chunks(width) {
        text.push_str(&String::from_utf8_lossy(line));
        text.push('\n');
    }
    text.push_str(&format!("-----END {label}-----"));
    text
}

/// A sample of the kind that `arg` names; see [`super::PrivateKey`].
pub(super) fn make(arg: &str, rng: &mut Rng) -> Option<Vec<u8>> {
    let null = [der::NULL, 0];
    let text = match arg {
        "" | "rsa" => armor("RSA PRIVATE KEY", "", &rsa(rng)?, 64),
        "rsa-encrypted" => {
            let vector: String = rng.bytes(16).iter().map(|b| format!("{b:02X}")).collect();
            let headers = format!("Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,{vector}\n\n");
            armor("RSA PRIVATE KEY", &headers, &rng.bytes(1_200), 64)
        }
        "ec" => armor("EC PRIVATE KEY", "", &ec(rng), 64),
        "dsa" => armor("DSA PRIVATE KEY", "", &dsa(rng), 64),
        "pkcs8" => armor("PRIVATE KEY", "", &pkcs8(asn1::RSA, &null, &rsa(rng)?), 64),
        "escaped" => {
            armor("PRIVATE KEY", "", &pkcs8(asn1::RSA, &null, &rsa(rng)?), 64).replace('\n', "\\n")
        }
        "pkcs8-ec" => {
            let curve = der::write(der::OID, &[asn1::P256]);
            armor("PRIVATE KEY", "", &pkcs8(asn1::EC, &curve, &ec(rng)), 64)
        }
        "ed25519" => {
            let seed = der::write(der::OCTET_STRING, &[&rng.bytes(32)]);
            armor("PRIVATE KEY", "", &pkcs8(asn1::ED25519, &[], &seed), 64)
        }
        "encrypted" => armor("ENCRYPTED PRIVATE KEY", "", &encrypted(rng), 64),
        "openssh" => armor("OPENSSH PRIVATE KEY", "", &openssh(rng), 70),
        "openssh-rsa" => armor("OPENSSH PRIVATE KEY", "", &openssh_rsa(rng)?, 70),
        "openssh-encrypted" => armor("OPENSSH PRIVATE KEY", "", &openssh_encrypted(rng), 70),
        _ => return None,
    };
    Some(text.into_bytes())
}
