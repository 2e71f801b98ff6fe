"""Made-up secrets of each kind, put together here so that no scanner takes them for real ones."""

from __future__ import annotations

import random
import string

ALNUM = string.ascii_letters + string.digits
LOWER = string.ascii_lowercase + string.digits
UPPER = string.ascii_uppercase + string.digits
HEX = "0123456789abcdef"
WORD = ALNUM + "_-"
BASE32 = string.ascii_uppercase + "234567"
BASE64 = ALNUM + "+/"


def _some(random_source: random.Random, characters: str, length: int) -> str:
    # It ends with a letter, since a word ends there.
    return "".join(random_source.choices(characters, k=length - 1)) + (
        "a" if "a" in characters else "A"
    )


KINDS: dict[str, list[str | tuple[str, int]]] = {
    "anthropic": ["sk-ant-", "api03-", (WORD, 93)],
    "openrouter": ["sk-or-", "v1-", (HEX, 64)],
    "openai project": ["sk-", "proj-", (WORD, 100)],
    "openai service account": ["sk-", "svcacct-", (WORD, 60)],
    "openai": ["sk-", (ALNUM, 20), "T3Blbk", "FJ", (ALNUM, 20)],
    "github personal": ["ghp", "_", (ALNUM, 36)],
    "github oauth": ["gho", "_", (ALNUM, 36)],
    "github server": ["ghs", "_", (ALNUM, 36)],
    "github fine-grained": ["github", "_pat_", (ALNUM, 22), "_", (ALNUM, 59)],
    "gitlab": ["glpat", "-", (WORD, 20)],
    "gitlab runner": ["glrt", "-", (WORD, 20)],
    "bitbucket": ["ATBB", (ALNUM, 32)],
    "atlassian": ["ATATT3", "xFf", (WORD, 180)],
    "aws": ["AK", "IA", (BASE32, 16)],
    "aws session": ["AS", "IA", (BASE32, 16)],
    "google api": ["AI", "za", (WORD, 35)],
    "google oauth": ["ya29", ".", (WORD, 120)],
    "google client": ["GOC", "SPX-", (WORD, 28)],
    "azure client": [(ALNUM, 3), "8", "Q~", (ALNUM, 34)],
    "slack bot": ["xox", "b-", "123456789012-", "123456789012-", (ALNUM, 24)],
    "slack app": ["xapp", "-1-A0123-", "123456789-", (HEX, 64)],
    "discord": ["M", (ALNUM, 23), ".", (WORD, 6), ".", (ALNUM, 38)],
    "telegram": ["1234567890", ":AA", (ALNUM, 33)],
    "stripe": ["sk", "_live_", (ALNUM, 99)],
    "stripe restricted": ["rk", "_test_", (ALNUM, 24)],
    "stripe webhook": ["wh", "sec_", (ALNUM, 32)],
    "square": ["sq0", "atp-", (WORD, 22)],
    "shopify": ["shp", "at_", (HEX, 32)],
    "twilio": ["S", "K", (HEX, 32)],
    "sendgrid": ["SG", ".", (WORD, 22), ".", (WORD, 43)],
    "mailgun": ["ke", "y-", (HEX, 32)],
    "mailchimp": [(HEX, 32), "-us", "12"],
    "brevo": ["xkey", "sib-", (HEX, 64), "-", (ALNUM, 16)],
    "npm": ["np", "m_", (ALNUM, 36)],
    "pypi": ["pypi", "-AgEIcHlwaS5vcmc", (WORD, 120)],
    "rubygems": ["ruby", "gems_", (HEX, 48)],
    "crates.io": ["ci", "o", (ALNUM, 32)],
    "docker hub": ["dckr", "_pat_", (WORD, 27)],
    "hugging face": ["h", "f_", (ALNUM, 34)],
    "replicate": ["r", "8_", (ALNUM, 37)],
    "groq": ["gs", "k_", (ALNUM, 52)],
    "xai": ["xa", "i-", (ALNUM, 80)],
    "perplexity": ["ppl", "x-", (ALNUM, 48)],
    "digitalocean": ["dop", "_v1_", (HEX, 64)],
    "heroku": ["HR", "KU-AA", (WORD, 58)],
    "fly.io": ["fo", "1_", (WORD, 43)],
    "supabase": ["sb", "p_", (HEX, 40)],
    "planetscale": ["pscale", "_tkn_", (WORD, 43)],
    "databricks": ["da", "pi", (HEX, 32)],
    "grafana": ["gl", "sa_", (ALNUM, 32), "_", (HEX, 8)],
    "new relic": ["NR", "AK-", (UPPER, 27)],
    "sentry": ["sntr", "yu_", (HEX, 64)],
    "vault": ["hv", "s.", (WORD, 90)],
    "terraform": [(ALNUM, 14), ".atlas", "v1.", (WORD, 67)],
    "pulumi": ["pu", "l-", (HEX, 40)],
    "doppler": ["dp", ".pt.", (ALNUM, 43)],
    "postman": ["PM", "AK-", (HEX, 24), "-", (HEX, 34)],
    "linear": ["lin", "_api_", (ALNUM, 40)],
    "notion": ["nt", "n_", (ALNUM, 46)],
    "figma": ["fi", "gd_", (WORD, 43)],
    "airtable": ["pa", "t", (ALNUM, 14), ".", (HEX, 64)],
    "tavily": ["tv", "ly-dev-", (ALNUM, 32)],
    "nvidia": ["nv", "api-", (WORD, 64)],
    "langsmith": ["ls", "v2_pt_", (HEX, 32), "_", (HEX, 10)],
    "pinecone": ["pc", "sk_", (ALNUM, 6), "_", (ALNUM, 63)],
    "tailscale": ["ts", "key-auth-", (ALNUM, 12), "-", (ALNUM, 32)],
    "netlify": ["nf", "p_", (ALNUM, 36)],
    "apify": ["ap", "ify_api_", (ALNUM, 36)],
    "sonarqube": ["sq", "u_", (HEX, 40)],
    "posthog": ["ph", "x_", (ALNUM, 43)],
    "e2b": ["e2", "b_", (HEX, 40)],
    "dynatrace": ["dt0", "c01.", (BASE32, 24), ".", (BASE32, 64)],
    "age": ["AGE-SECRET", "-KEY-1", (UPPER, 58)],
    "jwt": ["ey", "J", (ALNUM, 33), ".ey", "J", (ALNUM, 60), ".", (WORD, 43)],
}
"""How each kind is put together: texts, and random characters of an alphabet."""


def secret(kind: str, seed: int = 0) -> str:
    """A made-up secret of a kind."""
    source = random.Random(f"{kind}/{seed}")
    return "".join(part if isinstance(part, str) else _some(source, *part) for part in KINDS[kind])


def private_key(seed: int = 0, label: str = "RSA PRIVATE KEY") -> str:
    """A made-up private key in PEM."""
    source = random.Random(seed)
    lines = [_some(source, BASE64, 64) for _ in range(12)] + [_some(source, BASE64, 20) + "=="]
    dashes = "-" * 5
    return "\n".join([f"{dashes}BEGIN {label}{dashes}", *lines, f"{dashes}END {label}{dashes}"])
