//! Bot tokens that tell whose they are: Telegram's begin with the bot's
//! number, Discord's with the bot's snowflake, which holds its birthday.

use super::Outcome;
use super::Rng;
use super::TokenFormat;
use super::base64;
use super::date;
use super::filler::is_filler;

/// Telegram bot token, `<bot id>:<35 characters>` (core.telegram.org/bots/api).
pub(super) struct Telegram;

impl TokenFormat for Telegram {
    fn name(&self) -> &'static str {
        "telegram-bot"
    }

    fn check(&self, secret: &[u8]) -> Outcome {
        let Some(colon) = secret.iter().position(|b| *b == b':') else {
            return Outcome::Invalid;
        };
        let (id, body) = (&secret[..colon], &secret[colon + 1..]);
        let numbered = (8..=11).contains(&id.len()) && id.iter().all(u8::is_ascii_digit);
        let spelled = body.len() == 35 && body.iter().all(|b| base64::ALPHABET_URL.contains(b));
        Outcome::shaped(numbered && spelled && !is_filler(body))
            .fact("bot", String::from_utf8_lossy(id))
    }

    fn make(&self, arg: &str, rng: &mut Rng) -> Option<Vec<u8>> {
        if !arg.is_empty() {
            return None;
        }
        let id = 1_000_000_000 + rng.below(8_000_000_000);
        let body = rng.chars(base64::ALPHABET_URL, 33);
        Some([format!("{id}:AA").as_bytes(), &body].concat())
    }
}

/// Discord bot token: base64 of the bot's id, a time, a signature
/// (discord.com/developers/docs/reference, "Snowflakes").
pub(super) struct Discord;

/// Milliseconds from 1970 to Discord's epoch, 2015.
const EPOCH: u64 = 1_420_070_400_000;

impl TokenFormat for Discord {
    fn name(&self) -> &'static str {
        "discord-bot"
    }

    fn check(&self, secret: &[u8]) -> Outcome {
        let parts: Vec<&[u8]> = secret.split(|b| *b == b'.').take(4).collect();
        let [id, time, sum] = parts[..] else {
            return Outcome::Invalid;
        };
        let spelled = [time, sum]
            .iter()
            .all(|part| part.iter().all(|b| base64::ALPHABET_URL.contains(b)));
        let id = base64::decode(id).and_then(|bytes| String::from_utf8(bytes).ok());
        let id = id.filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()));
        let snowflake: Option<u64> = id.as_deref().and_then(|digits| digits.parse().ok());
        let (Some(id), Some(snowflake)) = (id, snowflake) else {
            return Outcome::Invalid;
        };
        let lengths = (17..=20).contains(&id.len())
            && (5..=7).contains(&time.len())
            && (27..=38).contains(&sum.len());
        let created = ((snowflake >> 22) + EPOCH) / 1000;
        Outcome::shaped(spelled && lengths && !is_filler(sum))
            .fact("bot", id)
            .fact(
                "bot created",
                date::format(created as i64).unwrap_or_default(),
            )
    }

    fn make(&self, arg: &str, rng: &mut Rng) -> Option<Vec<u8>> {
        if !arg.is_empty() {
            return None;
        }
        let id = format!(
            "{}",
            500_000_000_000_000_000 + rng.below(600_000_000_000_000_000)
        );
        let time = rng.chars(base64::ALPHABET_URL, 6);
        let sum = rng.chars(base64::ALPHABET_URL, 38);
        let id = base64::encode_url(id.as_bytes());
        Some([id.as_bytes(), b".", &time, b".", &sum].concat())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_birthday_of_the_documented_snowflake() {
        // The example of Discord's reference: 175928847299117063 is of 2016-04-30.
        let id = base64::encode_url(b"175928847299117063");
        let token = format!("{id}.Gabcde.kQ3vTz8rLm2XwB5nYc7JpH4sDf6gAe9uKoR");
        let Outcome::Valid { facts, .. } = Discord.check(token.as_bytes()) else {
            panic!("not read");
        };
        assert!(facts.contains(&("bot created", "2016-04-30".to_owned())));
    }

    #[test]
    fn placeholders_are_refused() {
        assert_eq!(
            Telegram.check(b"123456789:AAxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"),
            Outcome::Invalid
        );
        assert_eq!(Discord.check(b"your.bot.token"), Outcome::Invalid);
    }
}
