"""The types of XARF v4 reports as data: what each requires, where it says what it points at, and our category for it.

Source of names and requirements: xarf/xarf-spec at 37820da, schemas/v4/xarf-v4-master.json and schemas/v4/types/*.json.
Source of the categories: our own reading of the types' descriptions there. A type that says nothing about why content
is unwanted (a port scan, a file shared without licence, spam) has no category of ours: the caller's default, or
`other`. The other way XARF has a type for fraud alone; every other category of ours has none that would not claim
something that the notice does not say (a classification of the material, a way of detection).
"""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING, NamedTuple

from mufakat.rules.notice import Category

if TYPE_CHECKING:
    from collections.abc import Mapping


class Kind(Enum):
    """What a required member is."""

    TEXT = auto()
    ADDRESS = auto()  # A URI (RFC 3986).
    MOMENT = auto()  # RFC 3339.
    WHOLE = auto()  # A whole number.
    TEXTS = auto()


class Need(NamedTuple):
    """A required member: its kind; the texts allowed, where they are listed; the least number or number of texts."""

    kind: Kind = Kind.TEXT
    among: frozenset[str] = frozenset()
    least: int = 0
    most: int | None = None  # The largest number, or characters of a text.


class Type(NamedTuple):
    """A type of report.

    needs     its required members beside the core's.
    address   the member with the address of what is pointed at.
    category  ours for it.
    ported    whether `source_port` is required where the source is an IP address.
    mailed    whether `smtp_from` and `source_port` are required where the protocol is smtp.
    inside    a required object, and the names of which it holds one at least.
    """

    needs: Mapping[str, Need]
    address: str | None = None
    category: Category | None = None
    ported: bool = False
    mailed: bool = False
    inside: tuple[str, tuple[str, ...]] | None = None


def _one_of(words: str) -> Need:
    return Need(among=frozenset(words.split()))


_TEXT, _ADDRESS, _MOMENT = Need(), Need(Kind.ADDRESS), Need(Kind.MOMENT)
_NAME = Need(most=200)
_TRANSPORT = {"protocol": _one_of("tcp udp icmp sctp"), "first_seen": _MOMENT}
_TCP_UDP = {"protocol": _one_of("tcp udp"), "first_seen": _MOMENT}
_BOTS = (
    "search_engine ai_agent monitoring seo_analyzer link_checker feed_reader social_media advertising malicious unknown"
)
_SCANS = (
    "port_scan vulnerability_scan version_detection os_fingerprinting service_enumeration web_vuln_scan"
    " directory_brute_force mixed"
)
_BRAND = (
    "counterfeit typosquatting lookalike homograph unauthorized_reseller trademark_violation brand_impersonation"
    " logo_misuse other"
)
_CSAM_FOUND = "hash_match ai_detection manual_review user_report automated_scan"
_CSEM = "grooming solicitation sextortion trafficking distribution production possession"
_CSEM_FOUND = "behavioral_analysis keyword_detection user_report ai_detection manual_review law_enforcement_referral"
_EXPOSED = (
    "personal_information credentials financial medical government_id email_addresses phone_numbers api_keys"
    " database_dumps source_code internal_documents customer_data employee_data intellectual_property other"
)
_EXPOSURE = (
    "misconfigured_server open_directory database_exposure git_repository backup_file log_file cloud_storage"
    " paste_site forum_post ransomware_leak intentional_leak other"
)
_FRAUD = (
    "investment romance tech_support lottery advance_fee cryptocurrency shopping charity employment"
    " government_impersonation other"
)
_COMPROMISE = (
    "webshell backdoor defacement malicious_redirect seo_spam cryptominer phishing_kit malware_host c2_server proxy"
    " scanner other"
)
_SUSPICIOUS = (
    "typosquatting homograph_attack brand_keyword suspicious_tld bulk_registration privacy_protection"
    " suspicious_registrant fast_flux dga_pattern known_bad_nameserver suspicious_ssl_cert immediate_activation"
    " parked_page other"
)
_CARRIERS = "smtp sms whatsapp telegram social_media push_notification other"


def _content(category: Category | None = None, **needs: Need) -> Type:
    return Type({"url": _ADDRESS, **needs}, "url", category)


def _copyright(**needs: Need) -> Type:
    return Type({"infringing_url": _ADDRESS, **needs}, "infringing_url")


def _texts(words: str) -> Need:
    return Need(Kind.TEXTS, frozenset(words.split()), least=1)


TYPES: Mapping[tuple[str, str], Type] = {
    ("messaging", "spam"): Type({"protocol": _one_of(f"{_CARRIERS} signal chat")}, mailed=True),
    ("messaging", "bulk_messaging"): Type(
        {"protocol": _one_of(_CARRIERS), "recipient_count": Need(Kind.WHOLE, least=100)}, mailed=True
    ),
    ("connection", "login_attack"): Type(_TRANSPORT, ported=True),
    ("connection", "port_scan"): Type(_TRANSPORT, ported=True),
    ("connection", "ddos"): Type(_TRANSPORT, ported=True),
    ("connection", "infected_host"): Type({**_TCP_UDP, "bot_type": _one_of(_BOTS)}),
    ("connection", "reconnaissance"): Type({**_TCP_UDP, "probed_resources": Need(Kind.TEXTS)}),
    ("connection", "scraping"): Type({**_TCP_UDP, "total_requests": Need(Kind.WHOLE, least=1)}),
    ("connection", "sql_injection"): Type(_TCP_UDP),  # Its target_url is the victim, not what is pointed at.
    ("connection", "vulnerability_scan"): Type(
        {"protocol": _one_of("tcp udp icmp mixed"), "first_seen": _MOMENT, "scan_type": _one_of(_SCANS)}
    ),
    ("vulnerability", "cve"): Type(
        {"cve_id": _TEXT, "service": _NAME, "service_port": Need(Kind.WHOLE, least=1, most=65535)}
    ),
    ("vulnerability", "open_service"): Type({"service": _TEXT}),
    ("vulnerability", "misconfiguration"): Type({"service": _TEXT}),
    # Their address is optional, and not of the schema; our own reports name one.
    ("reputation", "blocklist"): Type({"threat_type": _TEXT}, "url"),
    ("reputation", "threat_intelligence"): Type({"threat_type": _TEXT}, "url"),
    ("infrastructure", "botnet"): Type({"compromise_evidence": _TEXT}),
    ("infrastructure", "compromised_server"): Type({"compromise_method": _TEXT}),
    ("content", "phishing"): _content(Category.FRAUD),
    ("content", "malware"): _content(),
    ("content", "csam"): _content(
        Category.CHILD_SEXUAL_ABUSE,
        classification=_one_of("baseline A1 A2 B1 B2"),
        detection_method=_one_of(_CSAM_FOUND),
    ),
    ("content", "csem"): _content(
        Category.CHILD_SEXUAL_ABUSE, exploitation_type=_one_of(_CSEM), detection_method=_one_of(_CSEM_FOUND)
    ),
    ("content", "exposed_data"): _content(
        Category.PRIVACY, data_types=_texts(_EXPOSED), exposure_method=_one_of(_EXPOSURE)
    ),
    ("content", "brand_infringement"): _content(infringement_type=_one_of(_BRAND), legitimate_site=_ADDRESS),
    ("content", "fraud"): _content(Category.FRAUD, fraud_type=_one_of(_FRAUD)),
    ("content", "remote_compromise"): _content(compromise_type=_one_of(_COMPROMISE)),
    ("content", "suspicious_registration"): _content(
        registration_date=_MOMENT, suspicious_indicators=_texts(_SUSPICIOUS)
    ),
    ("copyright", "copyright"): _copyright(),
    ("copyright", "p2p"): Type(
        {"p2p_protocol": _one_of("bittorrent edonkey gnutella kademlia other")},
        inside=("swarm_info", ("info_hash", "magnet_uri")),
    ),
    ("copyright", "cyberlocker"): _copyright(hosting_service=_NAME),
    ("copyright", "ugc_platform"): _copyright(platform_name=_NAME),
    ("copyright", "link_site"): _copyright(site_name=_NAME),
    ("copyright", "usenet"): Type({"newsgroup": _NAME}, inside=("message_info", ("message_id",))),
}
"""By category and type; there are no others in version 4."""

CATEGORIES = tuple(dict.fromkeys(category for category, _ in TYPES))

FRAUD = ("content", "fraud")
"""The type for our category fraud, where a web address is named; its fraud_type `other` claims nothing."""
ANYTHING = ("reputation", "threat_intelligence")
"""The type for everything else: its threat_type is free text and says the category; a tag says it to machines."""


def type_of(report: Mapping[str, object]) -> Type:
    """The type of a report that was checked."""
    return TYPES[str(report["category"]), str(report["type"])]
