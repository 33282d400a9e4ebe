//! The offline checks of all credential formats.

use bowerbird::token;

pub(super) fn run(data: &[u8]) {
    for format in token::FORMATS.iter() {
        let _ = format.check(data);
    }
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    let made = token::FORMATS.iter().flat_map(|format| {
        [1, 2]
            .into_iter()
            .filter_map(|seed| token::make(format.name(), "", seed))
    });
    let mut seeds: Vec<Vec<u8>> = made.collect();
    seeds.push(b"user:password@host:1/db?x=y".to_vec());
    seeds
}
