//! The shapes of tokens that have no checksum, one entry a provider: data only.
//! Where a provider documents its format, the source stands beside the entry;
//! lengths without one are observed and not confirmed by the provider, which is
//! why other lengths are unknown and not invalid.

use super::base62::DIGITS as ALNUM;
use super::base64::ALPHABET as B64;
use super::base64::ALPHABET_URL as B64URL;
use super::shapes::Form;
use super::shapes::Piece;
use super::shapes::Piece::Fact;
use super::shapes::Piece::Run;
use super::shapes::Piece::Text;
use super::shapes::Shape;

const DIGIT: &[u8] = b"0123456789";
const HEX: &[u8] = b"0123456789abcdef";
const ANY_HEX: &[u8] = b"0123456789abcdefABCDEF";
const LOWER: &[u8] = b"abcdefghijklmnopqrstuvwxyz";
const ALPHA: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
const LOWER_ALNUM: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyz";
const UPPER_ALNUM: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const PLANETSCALE: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_.=";

const fn form(what: &'static str, pieces: &'static [Piece]) -> Form {
    Form { what, pieces }
}

const fn shape(name: &'static str, forms: &'static [Form]) -> Shape {
    Shape { name, forms }
}

/// Every shape.
#[cfg(test)]
pub(super) static SHAPES: &[&Shape] = &[
    &ANTHROPIC,
    &CLOUDFLARE,
    &CRATES_IO,
    &DATABRICKS,
    &DIGITALOCEAN,
    &DOCKER_HUB,
    &DOPPLER,
    &FASTLY,
    &FLUTTERWAVE,
    &GOOGLE_API_KEY,
    &GOOGLE_OAUTH_SECRET,
    &HUGGINGFACE,
    &LINEAR,
    &MAILCHIMP,
    &NEWRELIC,
    &PLAID,
    &PLANETSCALE_TOKEN,
    &POSTMAN,
    &PULUMI,
    &RUBYGEMS,
    &SENDGRID,
    &SENTRY_USER,
    &SHOPIFY,
    &SLACK_TOKEN,
    &SLACK_WEBHOOK,
    &SOURCEGRAPH,
    &SQUARE,
    &STRIPE,
    &TAILSCALE,
    &TERRAFORM_CLOUD,
    &TWILIO,
    &VAULT,
];

/// Anthropic.
pub(super) static ANTHROPIC: Shape = shape(
    "anthropic",
    &[
        form(
            "API key",
            &[Text("sk-ant-api03-"), Run(B64URL, 93, 93), Text("AA")],
        ),
        form(
            "admin key",
            &[Text("sk-ant-admin01-"), Run(B64URL, 93, 93), Text("AA")],
        ),
        form(
            "OAuth token",
            &[Text("sk-ant-oat01-"), Run(B64URL, 93, 93), Text("AA")],
        ),
    ],
);

/// Cloudflare.
pub(super) static CLOUDFLARE: Shape = shape(
    "cloudflare",
    &[
        form("user API token", &[Text("cfut_"), Run(ALNUM, 48, 64)]),
        form("account API token", &[Text("cfat_"), Run(ALNUM, 48, 64)]),
        form("API key", &[Text("cfk_"), Run(ALNUM, 48, 64)]),
        form(
            "origin CA key",
            &[
                Text("v1.0-"),
                Run(HEX, 24, 24),
                Text("-"),
                Run(HEX, 146, 146),
            ],
        ),
    ],
);

/// Crates io.
pub(super) static CRATES_IO: Shape = shape(
    "crates-io",
    &[form("API token", &[Text("cio"), Run(ALNUM, 32, 32)])],
);

/// Databricks.
pub(super) static DATABRICKS: Shape = shape(
    "databricks",
    &[
        form("personal access token", &[Text("dapi"), Run(HEX, 32, 32)]),
        form(
            "personal access token",
            &[Text("dapi"), Run(HEX, 32, 32), Text("-"), Run(DIGIT, 1, 1)],
        ),
    ],
);

/// Digitalocean.
pub(super) static DIGITALOCEAN: Shape = shape(
    "digitalocean",
    &[
        form(
            "personal access token",
            &[Text("dop_v1_"), Run(HEX, 64, 64)],
        ),
        form("OAuth access token", &[Text("doo_v1_"), Run(HEX, 64, 64)]),
        form("OAuth refresh token", &[Text("dor_v1_"), Run(HEX, 64, 64)]),
    ],
);

/// Docker hub.
pub(super) static DOCKER_HUB: Shape = shape(
    "docker-hub",
    &[
        form(
            "personal access token",
            &[Text("dckr_pat_"), Run(B64URL, 27, 27)],
        ),
        form(
            "organisation access token",
            &[Text("dckr_oat_"), Run(B64URL, 32, 32)],
        ),
    ],
);

// docs.doppler.com/reference/auth-token-formats
/// Doppler.
pub(super) static DOPPLER: Shape = shape(
    "doppler",
    &[
        form("personal token", &[Text("dp.pt."), Run(ALNUM, 40, 44)]),
        form("CLI token", &[Text("dp.ct."), Run(ALNUM, 40, 44)]),
        form(
            "service account token",
            &[Text("dp.sa."), Run(ALNUM, 40, 44)],
        ),
        form("SCIM token", &[Text("dp.scim."), Run(ALNUM, 40, 44)]),
        form("audit token", &[Text("dp.audit."), Run(ALNUM, 40, 44)]),
        form("service token", &[Text("dp.st."), Run(ALNUM, 40, 44)]),
        form(
            "service token",
            &[
                Text("dp.st."),
                Fact("config", b"abcdefghijklmnopqrstuvwxyz0123456789-_", 2, 35),
                Text("."),
                Run(ALNUM, 40, 44),
            ],
        ),
    ],
);

/// Fastly.
pub(super) static FASTLY: Shape = shape("fastly", &[form("API token", &[Run(B64URL, 32, 32)])]);

// developer.flutterwave.com/docs/authentication
/// Flutterwave.
pub(super) static FLUTTERWAVE: Shape = shape(
    "flutterwave",
    &[
        form(
            "secret key",
            &[Text("FLWSECK-"), Run(LOWER_ALNUM, 32, 45), Text("-X")],
        ),
        form(
            "test secret key",
            &[Text("FLWSECK_TEST-"), Run(LOWER_ALNUM, 32, 45), Text("-X")],
        ),
        form(
            "test encryption key",
            &[Text("FLWSECK_TEST"), Run(LOWER_ALNUM, 12, 12)],
        ),
        form(
            "public key",
            &[Text("FLWPUBK-"), Run(LOWER_ALNUM, 32, 45), Text("-X")],
        ),
        form(
            "test public key",
            &[Text("FLWPUBK_TEST-"), Run(LOWER_ALNUM, 32, 45), Text("-X")],
        ),
    ],
);

/// Google api key.
pub(super) static GOOGLE_API_KEY: Shape = shape(
    "google-api-key",
    &[form("API key", &[Text("AIza"), Run(B64URL, 35, 35)])],
);

/// Google oauth secret.
pub(super) static GOOGLE_OAUTH_SECRET: Shape = shape(
    "google-oauth-secret",
    &[form(
        "OAuth client secret",
        &[Text("GOCSPX-"), Run(B64URL, 28, 28)],
    )],
);

/// Huggingface.
pub(super) static HUGGINGFACE: Shape = shape(
    "huggingface",
    &[
        form("user access token", &[Text("hf_"), Run(ALPHA, 34, 34)]),
        form(
            "organisation token",
            &[Text("api_org_"), Run(ALPHA, 34, 34)],
        ),
    ],
);

/// Linear.
pub(super) static LINEAR: Shape = shape(
    "linear",
    &[
        form("API key", &[Text("lin_api_"), Run(ALNUM, 40, 40)]),
        form("OAuth token", &[Text("lin_oauth_"), Run(HEX, 64, 64)]),
    ],
);

// mailchimp.com/developer/marketing/docs/fundamentals: the data centre follows the hyphen.
/// Mailchimp.
pub(super) static MAILCHIMP: Shape = shape(
    "mailchimp",
    &[form(
        "API key",
        &[
            Run(HEX, 32, 32),
            Text("-"),
            Fact("data centre", b"us0123456789", 3, 4),
        ],
    )],
);

// docs.newrelic.com/docs/apis/intro-apis/new-relic-api-keys
/// Newrelic.
pub(super) static NEWRELIC: Shape = shape(
    "newrelic",
    &[
        form("user key", &[Text("NRAK-"), Run(UPPER_ALNUM, 27, 27)]),
        form("insights insert key", &[Text("NRII-"), Run(B64URL, 32, 32)]),
        form("insights query key", &[Text("NRIQ-"), Run(B64URL, 32, 32)]),
        form("browser key", &[Text("NRJS-"), Run(HEX, 19, 19)]),
        form("browser key", &[Text("NRBR-"), Run(HEX, 19, 19)]),
        form("REST API key", &[Text("NRRA-"), Run(HEX, 42, 42)]),
        form("licence key", &[Run(HEX, 36, 36), Text("NRAL")]),
    ],
);

// plaid.com/docs/api/tokens: access-ENVIRONMENT-UUID.
/// Plaid.
pub(super) static PLAID: Shape = shape(
    "plaid",
    &[form(
        "access token",
        &[
            Text("access-"),
            Fact("environment", LOWER, 7, 11),
            Text("-"),
            Run(ANY_HEX, 8, 8),
            Text("-"),
            Run(ANY_HEX, 4, 4),
            Text("-"),
            Run(ANY_HEX, 4, 4),
            Text("-"),
            Run(ANY_HEX, 4, 4),
            Text("-"),
            Run(ANY_HEX, 12, 12),
        ],
    )],
);

/// Planetscale token.
pub(super) static PLANETSCALE_TOKEN: Shape = shape(
    "planetscale",
    &[
        form(
            "service token",
            &[Text("pscale_tkn_"), Run(PLANETSCALE, 32, 64)],
        ),
        form(
            "database password",
            &[Text("pscale_pw_"), Run(PLANETSCALE, 32, 64)],
        ),
        form(
            "OAuth token",
            &[Text("pscale_oauth_"), Run(PLANETSCALE, 32, 64)],
        ),
    ],
);

/// Postman.
pub(super) static POSTMAN: Shape = shape(
    "postman",
    &[
        form(
            "API key",
            &[Text("PMAK-"), Run(HEX, 24, 24), Text("-"), Run(HEX, 34, 34)],
        ),
        form(
            "collection access key",
            &[Text("PMAT-"), Run(UPPER_ALNUM, 26, 26)],
        ),
    ],
);

/// Pulumi.
pub(super) static PULUMI: Shape = shape(
    "pulumi",
    &[form("access token", &[Text("pul-"), Run(HEX, 40, 40)])],
);

/// Rubygems.
pub(super) static RUBYGEMS: Shape = shape(
    "rubygems",
    &[form("API key", &[Text("rubygems_"), Run(HEX, 48, 48)])],
);

/// Sendgrid.
pub(super) static SENDGRID: Shape = shape(
    "sendgrid",
    &[form(
        "API key",
        &[
            Text("SG."),
            Run(B64URL, 22, 22),
            Text("."),
            Run(B64URL, 43, 43),
        ],
    )],
);

/// Sentry user.
pub(super) static SENTRY_USER: Shape = shape(
    "sentry-user",
    &[form(
        "user auth token",
        &[Text("sntryu_"), Run(HEX, 64, 64)],
    )],
);

// shopify.dev/changelog, "length of the shared secret is increasing" (prefixes since 2020).
/// Shopify.
pub(super) static SHOPIFY: Shape = shape(
    "shopify",
    &[
        form("app access token", &[Text("shpat_"), Run(ANY_HEX, 32, 32)]),
        form(
            "custom app access token",
            &[Text("shpca_"), Run(ANY_HEX, 32, 32)],
        ),
        form(
            "private app access token",
            &[Text("shppa_"), Run(ANY_HEX, 32, 32)],
        ),
        form("shared secret", &[Text("shpss_"), Run(ANY_HEX, 32, 32)]),
    ],
);

// api.slack.com/concepts/token-types
/// Slack token.
pub(super) static SLACK_TOKEN: Shape = shape(
    "slack-token",
    &[
        form(
            "bot token",
            &[
                Text("xoxb-"),
                Run(DIGIT, 10, 14),
                Text("-"),
                Run(DIGIT, 10, 14),
                Text("-"),
                Run(ALNUM, 24, 24),
            ],
        ),
        form(
            "bot token",
            &[
                Text("xoxb-"),
                Run(DIGIT, 10, 14),
                Text("-"),
                Run(ALNUM, 24, 24),
            ],
        ),
        form(
            "user token",
            &[
                Text("xoxp-"),
                Run(DIGIT, 10, 14),
                Text("-"),
                Run(DIGIT, 10, 14),
                Text("-"),
                Run(DIGIT, 10, 14),
                Text("-"),
                Run(HEX, 32, 32),
            ],
        ),
        form(
            "user token",
            &[
                Text("xoxp-"),
                Run(DIGIT, 10, 14),
                Text("-"),
                Run(DIGIT, 10, 14),
                Text("-"),
                Run(DIGIT, 10, 14),
                Text("-"),
                Run(ALNUM, 10, 28),
            ],
        ),
        form(
            "app-level token",
            &[
                Text("xapp-1-A"),
                Run(UPPER_ALNUM, 8, 12),
                Text("-"),
                Run(DIGIT, 10, 14),
                Text("-"),
                Run(HEX, 64, 64),
            ],
        ),
        form(
            "rotating access token",
            &[Text("xoxe.xoxp-1-"), Run(B64URL, 140, 200)],
        ),
        form(
            "rotating bot token",
            &[Text("xoxe.xoxb-1-"), Run(B64URL, 140, 200)],
        ),
        form("refresh token", &[Text("xoxe-1-"), Run(B64URL, 130, 200)]),
        form(
            "session token",
            &[
                Text("xoxc-"),
                Run(DIGIT, 10, 14),
                Text("-"),
                Run(DIGIT, 10, 14),
                Text("-"),
                Run(DIGIT, 10, 14),
                Text("-"),
                Run(HEX, 64, 64),
            ],
        ),
        form("workspace token", &[Text("xoxa-2-"), Run(B64URL, 40, 200)]),
        form(
            "workspace refresh token",
            &[Text("xoxr-"), Run(B64URL, 40, 200)],
        ),
        form(
            "legacy token",
            &[
                Text("xoxs-"),
                Run(DIGIT, 8, 14),
                Text("-"),
                Run(DIGIT, 8, 14),
                Text("-"),
                Run(DIGIT, 8, 14),
                Text("-"),
                Run(HEX, 10, 64),
            ],
        ),
        form(
            "legacy token",
            &[
                Text("xoxo-"),
                Run(DIGIT, 8, 14),
                Text("-"),
                Run(DIGIT, 8, 14),
                Text("-"),
                Run(DIGIT, 8, 14),
                Text("-"),
                Run(HEX, 10, 64),
            ],
        ),
    ],
);

// api.slack.com/messaging/webhooks
/// Slack webhook.
pub(super) static SLACK_WEBHOOK: Shape = shape(
    "slack-webhook",
    &[
        form(
            "incoming webhook",
            &[
                Text("https://hooks.slack.com/services/"),
                Text("T"),
                Fact("team", UPPER_ALNUM, 8, 12),
                Text("/B"),
                Run(UPPER_ALNUM, 8, 12),
                Text("/"),
                Run(ALNUM, 23, 25),
            ],
        ),
        form(
            "workflow webhook",
            &[
                Text("https://hooks.slack.com/workflows/"),
                Text("T"),
                Fact("team", UPPER_ALNUM, 8, 12),
                Text("/A"),
                Run(UPPER_ALNUM, 8, 12),
                Text("/"),
                Run(DIGIT, 17, 19),
                Text("/"),
                Run(ALNUM, 23, 25),
            ],
        ),
        form(
            "workflow trigger",
            &[
                Text("https://hooks.slack.com/triggers/"),
                Text("T"),
                Fact("team", UPPER_ALNUM, 8, 12),
                Text("/"),
                Run(DIGIT, 11, 14),
                Text("/"),
                Run(HEX, 32, 32),
            ],
        ),
    ],
);

/// Sourcegraph.
pub(super) static SOURCEGRAPH: Shape = shape(
    "sourcegraph",
    &[
        form("access token", &[Text("sgp_"), Run(HEX, 40, 40)]),
        form("access token", &[Text("sgp_local_"), Run(HEX, 40, 40)]),
        form(
            "access token",
            &[
                Text("sgp_"),
                Fact("instance", HEX, 16, 16),
                Text("_"),
                Run(HEX, 40, 40),
            ],
        ),
        form("licence key", &[Text("slk_"), Run(HEX, 64, 64)]),
    ],
);

// developer.squareup.com/docs/build-basics/access-tokens
/// Square.
pub(super) static SQUARE: Shape = shape(
    "square",
    &[
        form("access token", &[Text("EAAA"), Run(B64URL, 60, 60)]),
        form("access token", &[Text("sq0atp-"), Run(B64URL, 22, 22)]),
        form("OAuth secret", &[Text("sq0csp-"), Run(B64URL, 43, 43)]),
    ],
);

// docs.stripe.com/keys
/// Stripe.
pub(super) static STRIPE: Shape = shape(
    "stripe",
    &[
        form("live secret key", &[Text("sk_live_"), Run(ALNUM, 24, 247)]),
        form("test secret key", &[Text("sk_test_"), Run(ALNUM, 24, 247)]),
        form(
            "live restricted key",
            &[Text("rk_live_"), Run(ALNUM, 24, 247)],
        ),
        form(
            "test restricted key",
            &[Text("rk_test_"), Run(ALNUM, 24, 247)],
        ),
        form("webhook secret", &[Text("whsec_"), Run(B64, 32, 64)]),
        form("live secret key", &[Text("sk_live_"), Run(ALNUM, 16, 23)]),
        form("test secret key", &[Text("sk_test_"), Run(ALNUM, 16, 23)]),
    ],
);

// tailscale.com/kb/1277/key-prefixes
/// Tailscale.
pub(super) static TAILSCALE: Shape = shape(
    "tailscale",
    &[
        form(
            "auth key",
            &[
                Text("tskey-auth-"),
                Run(ALNUM, 12, 24),
                Text("-"),
                Run(ALNUM, 24, 64),
            ],
        ),
        form(
            "API access token",
            &[
                Text("tskey-api-"),
                Run(ALNUM, 12, 24),
                Text("-"),
                Run(ALNUM, 24, 64),
            ],
        ),
        form(
            "OAuth client secret",
            &[
                Text("tskey-client-"),
                Run(ALNUM, 12, 24),
                Text("-"),
                Run(ALNUM, 24, 64),
            ],
        ),
        form(
            "SCIM key",
            &[
                Text("tskey-scim-"),
                Run(ALNUM, 12, 24),
                Text("-"),
                Run(ALNUM, 24, 64),
            ],
        ),
        form(
            "webhook secret",
            &[
                Text("tskey-webhook-"),
                Run(ALNUM, 12, 24),
                Text("-"),
                Run(ALNUM, 24, 64),
            ],
        ),
        form(
            "key",
            &[
                Text("tskey-"),
                Run(ALNUM, 12, 24),
                Text("-"),
                Run(ALNUM, 20, 64),
            ],
        ),
    ],
);

/// Terraform cloud.
pub(super) static TERRAFORM_CLOUD: Shape = shape(
    "terraform-cloud",
    &[form(
        "API token",
        &[Run(ALNUM, 14, 14), Text(".atlasv1."), Run(B64URL, 60, 76)],
    )],
);

// twilio.com/docs/glossary/what-is-a-sid
/// Twilio.
pub(super) static TWILIO: Shape = shape(
    "twilio",
    &[
        form("API key SID", &[Text("SK"), Run(HEX, 32, 32)]),
        form("account SID", &[Text("AC"), Run(HEX, 32, 32)]),
    ],
);

// developer.hashicorp.com/vault/docs/concepts/tokens
/// Vault.
pub(super) static VAULT: Shape = shape(
    "vault",
    &[
        form("service token", &[Text("hvs."), Run(B64URL, 24, 200)]),
        form("batch token", &[Text("hvb."), Run(B64URL, 100, 500)]),
        form("recovery token", &[Text("hvr."), Run(B64URL, 24, 200)]),
        form("legacy service token", &[Text("s."), Run(ALNUM, 24, 24)]),
    ],
);
