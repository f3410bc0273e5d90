"""What an XARF document of version 3 and before must and may hold.

Standards:  XARF v3 as its schemas and their samples have it; versions 1, 2, alpha and development differ in a few fields.
Answers:    ``ENVELOPE``; ``KINDS``: type in lower case without signs -> ``Kind`` (class, v4 name, rule); ``NESTED`` for the
            form with Source, Attachment and AdditionalInfo.
Limits:     Disclosure is demanded by one schema and unknown to another: its absence is remarked, never refused.
"""

from dataclasses import dataclass
from typing import Final

from comity.formats.xarf import shapes
from comity.formats.xarf.rules import (
    BOOLEAN,
    COUNT,
    EMAIL,
    HOST,
    IP,
    TEXT,
    TEXTS,
    TIME,
    URI,
    Rule,
    closed,
    form,
    integer,
    many,
    number,
    one_of,
    record,
    text,
)  # fmt: skip

VERSIONS: Final = frozenset({"1", "2", "3", "3.0", "3.0.0", "alpha", "development"})
_PORT: Final = integer(0, 65535)
_NAME: Final = text(low=3)


def _who(prefix: str) -> dict[str, Rule]:
    """Who reports, or for whom: the same fields under two names."""
    fields = {
        "Type": one_of("Org Person"),
        "Org": _NAME,
        "OrgDomain": HOST,
        "OrgEmail": EMAIL,
        "ContactEmail": EMAIL,
        "ContactName": _NAME,
        "ContactPhone": _NAME,
    }
    return {f"{prefix}{name}": rule for name, rule in fields.items()}


REPORTER: Final = closed(**_who("Reporter"), ReporterOrgAddress=TEXT)
COMPLAINANT: Final = record(**_who("Complainant"))
# What the reporter tells its own programs; never kept, but a document that gets it wrong was not made by the schema.
_PROCESSING: Final = record(
    SubscriberInformation=record(ID=TEXT, SubscriberData=record()),
    ContractInformation=record(ID=TEXT, ResolverData=record()),
    EventTags=TEXTS,
)
ENVELOPE: Final = record(
    "Version ReporterInfo Disclosure Report",
    Version=form("version up to 3", lambda version: version in VERSIONS),
    ReporterInfo=REPORTER,
    OnBehalfOf=COMPLAINANT,
    Disclosure=BOOLEAN,
    InternalProcessing=_PROCESSING,
    Report=record(),
)
REPORTER_NEEDS: Final = ("ReporterOrg", "ReporterOrgDomain", "ReporterOrgEmail")
COMPLAINANT_NEEDS: Final = ("ComplainantOrg", "ComplainantOrgDomain", "ComplainantOrgEmail")

_HASH: Final = record(
    "HashValue HashAlgorithm",
    HashValue=TEXT,
    HashAlgorithm=one_of("sha1 sha2 sha3 sha256 sha512 md5 argon2id scrypt bcrypt pbkdf2"),
    HashComplete=BOOLEAN,
)
_SAMPLE: Final = record(
    ContentType=TEXT, Base64Encoded=BOOLEAN, Description=TEXT, Payload=TEXT, FileName=TEXT, FileSize=COUNT
)
_BASE: Final = {
    "ReportClass": TEXT,
    "ReportType": text(low=1),
    "ReportSubType": TEXT,
    "ReporterCaseID": TEXT,
    "ReporterSeverity": one_of("low medium high"),
    "ReporterNotes": TEXT,
    "Date": TIME,
    "FirstSeen": TIME,
    "SourceIp": IP,
    "SourcePort": _PORT,
    "SourceUrl": URI,
    "Url": URI,
    "ASN": integer(1, 4199999999),
    "Ongoing": BOOLEAN,
    "ThreatActor": TEXT,
    "Samples": many(_SAMPLE, low=1),
    "Custom": record(),
    "DestinationIp": IP,
    "ByteCount": integer(),
    "PacketCount": integer(),
    "TransportProtocol": one_of("tcp udp"),
    "ServiceName": TEXT,
    "ServiceVersion": TEXT,
    "SmtpMailFromAddress": EMAIL,
    "SmtpRcptToAddress": EMAIL,
    "FromAddress": EMAIL,
    "ToAddress": EMAIL,
    "FileName": TEXT,
    "FileSize": COUNT,
    "MalwareName": TEXT,
    "BotnetName": TEXT,
    "RpzDomain": HOST,
    "CVE": form("CVE number", shapes.pattern(r"CVE-[0-9]{4}-[0-9]{4,7}")),
    "CVSS": record(
        "Version Vector",
        Version=one_of("3.1 3.0 2"),
        Vector=form("CVSS vector", shapes.cvss),
        Score=number(),
        Severity=TEXT,
    ),
    "AttackerIp": IP,
    "PasswordHash": _HASH,
    "InfringedMaterial": TEXT,
    "MaterialType": TEXT,
    "SharingProtocol": TEXT,
    "CourtOrder": URI,
    "TrademarkedMaterial": TEXT,
    "RegistrationOffice": TEXT,
    "RegistrationNumber": TEXT,
    "Account": record(
        AccountIdentifier=form("no e-mail address", shapes.not_email), AccountEmail=TEXT, AccountName=TEXT
    ),
    "Harasser": TEXT,
    "HarassmentDescription": TEXT,
    "HarassmentType": one_of("doxing stalking sexual believes defamation extortion hate"),
    "HarassmentLocation": one_of("website chat game"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One report type: the class it belongs to, its v4 name, and what it needs beside class, type and date."""

    report_class: str
    name: str
    rule: Rule
    about: tuple[str, ...] = ()  # at least one of these says what the report is about


def _kind(report_class: str, name: str, needs: str = "", *, about: str = "SourceIp SourceUrl") -> Kind:
    rule = record(f"ReportClass ReportType Date {needs}", **_BASE)
    return Kind(report_class=report_class, name=name, rule=rule, about=tuple(about.split()))


KINDS: Final = {
    "spam": _kind("Activity", "messaging/spam", "SourceIp"),
    "loginattack": _kind("Activity", "connection/login_attack", "SourceIp"),
    "portscan": _kind("Activity", "connection/port_scan", "SourceIp"),
    "dos": _kind("Activity", "connection/ddos", "SourceIp"),
    "ddos": _kind("Activity", "connection/ddos", "SourceIp"),
    "exploit": _kind("Activity", "activity/exploit", "SourceIp"),
    "webcrawler": _kind("Activity", "connection/scraping"),
    "potentiallycompromisedaccount": _kind("Activity", "activity/compromised_account", "Account", about="Account"),
    "harassment": _kind("Activity", "activity/harassment", "Harasser HarassmentDescription"),
    "phishing": _kind("Content", "content/phishing", about="SourceUrl Url"),
    "malware": _kind("Content", "content/malware"),
    "rpzrewrite": _kind("Activity", "infrastructure/botnet", "SourceIp"),
    "botnet": _kind("Content", "infrastructure/botnet"),
    "copyright": _kind("Content", "copyright/copyright", "InfringedMaterial FileName"),
    "trademark": _kind("Content", "content/brand_infringement", "TrademarkedMaterial"),
    "childabuse": _kind("Content", "content/csam"),
    "childsexualabusematerial": _kind("Content", "content/csam"),
    "openservice": _kind("Vulnerability", "vulnerability/open_service", "ServiceName"),
}
# Versions before 3 wanted to know where malware was hosted; 3 does not.
MALWARE_URL_VERSIONS: Final = frozenset({"1", "2", "alpha"})

# The form of the samples that explain the way from v3 to v4.
NESTED: Final = record(
    "ReportClass ReportType Date Source",
    ReportClass=TEXT,
    ReportType=text(low=1),
    Date=TIME,
    Source=record(IP=IP, Port=_PORT, URL=URI, Type=TEXT),
    Attachment=many(record("ContentType Data", ContentType=TEXT, Description=TEXT, Data=TEXT)),
    AdditionalInfo=record(),
)
