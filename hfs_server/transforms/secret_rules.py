"""The rules by which secrets are recognized: one row each, in the syntax of RE2.

Sources are what the vendors document of their keys. The rule not to break: the group ``v`` of a
row is what is replaced, its context stays; a row without one is replaced whole.
"""

from __future__ import annotations

from hfs_server.transforms.context_rules import ASSIGNED, IN_ADDRESSES, IN_CONTEXT, Rule
from hfs_server.transforms.user_rules import IN_HOME


def _key(name: str, pattern: str) -> Rule:
    """A rule for keys, which begin where a word does, or after an escaped line break."""
    return Rule(name, rf"(?:\b|\\[nrt])(?P<v>{pattern})")


_SPACE = "(?:\\\\+[nrt]|[\\s\"'+,>|#*]|\u2192|\u2502|\u200b|\u00a0)"
# What programs print before each line: the number, or the file and the number, or a mark.
_LINE = rf"(?:{_SPACE}*(?:[\w./]{{1,60}}:)?\d{{1,6}}[:-]|{_SPACE})*-?"
_BASE64 = r"[A-Za-z0-9+/]"
_NUMBER = rf"(?:\d{{1,6}}{_SPACE}+)?"
_PEM_HEADERS = (
    rf"(?:{_LINE}{_NUMBER}(?:Proc-Type|DEK-Info|Version|Comment|Charset|Hash): [^\n\\]*)*"
)
_WITH_PREFIX = (
    _key("anthropic-key", r"sk-ant-[a-z0-9]{2,12}-[\w-]{20,}"),
    _key("openrouter-key", r"sk-or-v\d-[0-9a-f]{32,}"),
    _key("openai-key", r"sk-(?:proj|svcacct|admin|None)-[\w-]{20,}"),
    _key("openai-key", r"sk-[A-Za-z0-9]{16,}T3BlbkFJ[A-Za-z0-9]{16,}|sk-[A-Za-z0-9]{32,}\b"),
    _key("github-token", r"gh[opsru]_[A-Za-z0-9]{30,}|github_pat_\w{40,}"),
    _key(
        "gitlab-token",
        r"(?:glpat|gloas|gldt|glrt|glrtr|glcbt|glptt|glft|glimt|glagent|glsoat|glffct)"
        r"-[\w.-]{20,}",
    ),
    _key("bitbucket-token", r"ATBB[A-Za-z0-9]{24,}"),
    _key("atlassian-token", r"ATATT3[\w=-]{50,}|ATCTT3[\w=-]{50,}"),
    _key("aws-access-key", r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}\b"),
    Rule(
        "aws-secret-key",
        r"(?i:aws.{0,20}?(?:secret|private).{0,20}?)[\"'`]?\s{0,3}(?:=|:|=>)\s{0,3}[\"'`]?"
        rf"(?P<v>{_BASE64}{{40}})(?:[^A-Za-z0-9+/=]|$)",
    ),
    _key("google-api-key", r"AIza[\w-]{35}"),
    _key("google-oauth-token", r"ya29\.[\w.-]{20,}|GOCSPX-[\w-]{20,}|1//0[\w-]{40,}"),
    Rule("azure-key", rf"(?i:AccountKey|SharedAccessKey)=(?P<v>{_BASE64}{{40,88}}={{0,2}})"),
    Rule("azure-signature", r"[?&;]sig=(?P<v>[A-Za-z0-9%/+]{40,}(?:%3[Dd]|=)?)"),
    _key("slack-token", r"xox[abceoprs](?:\.xox[bp])?-[\w-]{10,}|xapp-\d-[\w-]{20,}"),
    Rule(
        "slack-webhook",
        r"https://hooks\.slack\.com/(?:services|workflows|triggers)/(?P<v>[\w/+-]{20,})",
    ),
    Rule(
        "discord-webhook",
        r"https://(?:[a-z]+\.)?discord(?:app)?\.com/api/webhooks/(?P<v>\d{5,}/[\w-]{40,})",
    ),
    _key("stripe-key", r"(?:sk|rk)_(?:live|test|prod)_[A-Za-z0-9]{16,}"),
    _key("webhook-secret", r"whsec_[A-Za-z0-9+/=]{24,}"),
    _key("square-token", r"sq0[a-z]{3}-[\w-]{22,}|EAAA[\w-]{60}\b"),
    _key("shopify-token", r"shp(?:at|ca|pa|ss|ua)_[0-9a-fA-F]{32}"),
    _key("twilio-key", r"SK[0-9a-f]{32}\b"),
    _key("sendgrid-key", r"SG\.[\w-]{16,}\.[\w-]{32,}"),
    _key("mailgun-key", r"key-[0-9a-f]{32}\b"),
    _key("brevo-key", r"x(?:keysib|smtpsib)-[0-9a-f]{64}-\w{16}"),
    _key("npm-token", r"npm_[A-Za-z0-9]{36}"),
    _key("pypi-token", r"pypi-[\w-]{50,}"),
    _key("rubygems-key", r"rubygems_[0-9a-f]{48}"),
    _key("crates-io-token", r"cio[A-Za-z0-9]{32}\b"),
    _key("docker-token", r"dckr_(?:pat|oat)_[\w-]{20,}"),
    _key("hugging-face-token", r"hf_[A-Za-z0-9]{30,}|api_org_[A-Za-z0-9]{34}"),
    _key("replicate-token", r"r8_[A-Za-z0-9]{30,}"),
    _key("groq-key", r"gsk_[A-Za-z0-9]{40,}"),
    _key("xai-key", r"xai-[A-Za-z0-9]{60,}"),
    _key("perplexity-key", r"pplx-[A-Za-z0-9]{40,}"),
    _key("digitalocean-token", r"do[oprt]_v1_[0-9a-f]{64}"),
    _key("heroku-key", r"HRKU-[\w-]{36,}"),
    _key("fly-token", r"fo1_[\w-]{40,}|fm[12][ar]?_[A-Za-z0-9+/=]{60,}"),
    _key("cloudflare-key", r"v1\.0-[0-9a-f]{24}-[0-9a-f]{146}"),
    _key("supabase-key", r"sbp_[0-9a-f]{40}|sb_secret_[\w-]{20,}"),
    _key("planetscale-token", r"pscale_(?:tkn|pw|oauth)_[\w.=-]{32,}"),
    _key("databricks-token", r"dapi[0-9a-f]{32}(?:-\d)?\b"),
    _key("grafana-token", r"glsa_\w{32}_[0-9a-f]{8}|glc_[A-Za-z0-9+/]{32,}={0,2}"),
    _key("new-relic-key", r"NR(?:AK|II|RA|JS|IQ)-[A-Za-z0-9-]{19,}"),
    Rule(
        "datadog-key",
        r"\bddp_[A-Za-z0-9]{30,}|(?i:dd|datadog)[_-]?(?i:api|app)[_-]?(?i:key)"
        rf"{ASSIGNED}[\"'`]?(?P<v>[0-9a-f]{{32,40}})\b",
    ),
    _key("sentry-token", r"sntry[su]_[A-Za-z0-9+/=_-]{40,}"),
    _key("vault-token", r"hv[sbr]\.[\w-]{24,}"),
    _key("pulumi-token", r"pul-[0-9a-f]{40}"),
    _key("doppler-token", r"dp\.(?:pt|st|ct|sa|scim|audit)\.(?:[\w-]{2,35}\.)?[A-Za-z0-9]{40,44}"),
    _key("postman-key", r"PMAK-[0-9a-f]{24}-[0-9a-f]{34}"),
    _key("linear-key", r"lin_(?:api|oauth)_[A-Za-z0-9]{32,}"),
    _key("notion-token", r"ntn_[A-Za-z0-9]{40,}|secret_[A-Za-z0-9]{43}\b"),
    _key("figma-token", r"fig[dur]_[\w-]{40,}"),
    _key("airtable-token", r"pat[A-Za-z0-9]{14}\.[0-9a-f]{64}"),
    _key("dropbox-token", r"sl\.(?:u\.)?[\w-]{100,}"),
    _key("tavily-key", r"tvly-(?:dev-|prod-)?[A-Za-z0-9]{24,}"),
    _key("nvidia-key", r"nvapi-[\w-]{60,}"),
    _key("langsmith-key", r"lsv2_(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}"),
    _key("pinecone-key", r"pcsk_\w{50,}"),
    _key("tailscale-key", r"tskey-[a-z]{3,10}-[A-Za-z0-9]{8,}-[A-Za-z0-9]{16,}"),
    _key("netlify-token", r"nf[pcoub]_[A-Za-z0-9]{36,}"),
    _key("apify-token", r"apify_api_[A-Za-z0-9]{36}"),
    _key("sonarqube-token", r"sq[pua]_[0-9a-f]{40}"),
    _key("posthog-key", r"phx_[A-Za-z0-9]{40,}"),
    _key("e2b-key", r"e2b_[0-9a-f]{40}"),
    _key("dynatrace-token", r"dt0[a-z]\d{2}\.[A-Z2-7]{8,24}\.[A-Z2-7]{64}"),
    _key("age-key", r"AGE-SECRET-KEY-1[A-Z0-9]{50,}"),
    Rule(
        "private-key",
        r"-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----"
        rf"{_PEM_HEADERS}{_LINE}{_NUMBER}"
        rf"(?P<v>{_BASE64}{{24,}}(?:{_LINE}[A-Za-z0-9+/=]+)*)"
        rf"(?:{_LINE}-----END [A-Z0-9 ]{{0,30}}PRIVATE KEY(?: BLOCK)?-----)?",
    ),
    _key("jwt", r"eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]*"),
)
"""Keys that begin with a text of their vendor."""

_WITHOUT_PREFIX = (
    _key("terraform-token", r"[A-Za-z0-9]{14}\.atlasv1\.[\w=-]{50,}"),
    Rule("telegram-token", r"(?:\b|\\[nrt]|/bot)(?P<v>\d{8,10}:AA[\w-]{33})(?:[^\w-]|$)"),
    _key("mailchimp-key", r"[0-9a-f]{32}-us\d{1,2}\b"),
    _key("discord-token", r"[MNO][A-Za-z0-9_-]{23,25}\.[\w-]{6}\.[\w-]{27,}"),
    _key("azure-client-secret", r"[\w~.]{3}\dQ~[\w~.-]{31,34}"),
)
"""Other keys whose form says what they are."""

RULES = (_WITH_PREFIX, _WITHOUT_PREFIX, IN_CONTEXT, IN_ADDRESSES)
"""All rules, in groups that are searched one after the other: RE2 takes four times as long with
all of them in one pattern, since its automaton grows."""

TRUNCATED = Rule(
    "truncated-key",
    r"\b(?P<v>(?:sk-|gh[opsru]_|github_pat_|glpat-|A[KS]IA|AIza|xox[abeprs]-|xapp-|[rs]k_live_|npm_"
    r"|pypi-|hf_|ya29\.|SG\.|eyJ|do[oprt]_v1_|hv[bs]\.|AGE-SECRET-KEY-)[\w.-]*[0-9A-Z]"
    "[\\w.-]{3,}?\\w)(?:\\.{3}|\u2026| - \\d{4}-\\d\\d|$)",
)
"""The beginning of a key at the end of a name: names are the beginnings of prompts."""

OPTIONAL_RULES = {
    "mail": (Rule("mail-address", r"\b[\w.%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,24}\b"),),
    "home": IN_HOME,
}
"""What is no secret, but often private; first mail addresses, which may begin with a name."""

RULE_NAMES = sorted(
    {rule.name for rules in (*RULES, [TRUNCATED], *OPTIONAL_RULES.values()) for rule in rules}
)
"""What markers can say."""
