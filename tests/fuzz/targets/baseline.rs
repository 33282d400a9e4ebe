//! Baselines: a file of the user, perhaps from elsewhere.

use super::made::ID;
use bowerbird::findings::baseline::Acknowledged;
use bowerbird::findings::baseline::Baseline;

pub(super) fn run(data: &[u8]) {
    if let Ok(baseline) = Baseline::parse(data) {
        let known = Acknowledged::new(&baseline, &|_| Some(b"key=value".to_vec()));
        let _ = known.find("r", b"value", "p1:00");
        assert!(Baseline::parse(baseline.to_json().as_bytes()).is_ok());
    }
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    let text = format!(
        "{{\"schema\": \"bowerbird-baseline/1\", \"entries\": [{{\"rule\": \"r\", \"object\": \"{ID}\", \"start\": 4, \"end\": 9, \"reason\": \"w\"}}, {{\"rule\": \"r\", \"fingerprint\": \"p1:00\", \"path\": \"a\", \"reason\": \"\"}}]}}"
    );
    vec![text.into_bytes()]
}
