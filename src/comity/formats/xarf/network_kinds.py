"""What each XARF v4 type about mail, connections, machines and lists adds to the envelope.

Standards:  XARF v4, schema 4.2.0: categories messaging, connection, infrastructure, reputation, vulnerability.
Answers:    ``KINDS``: "category/type" -> rule.
"""

from typing import Final

from comity.formats.xarf import shapes
from comity.formats.xarf.envelope import of_kind
from comity.formats.xarf.rules import (
    BOOLEAN,
    EMAIL,
    IP,
    PORT,
    POSITIVE,
    TEXT,
    TEXTS,
    TIME,
    URI,
    closed,
    form,
    integer,
    many,
    number,
    one_of,
    text,
)  # fmt: skip

_TRANSPORT: Final = one_of("tcp udp icmp sctp")
_TCP_OR_UDP: Final = one_of("tcp udp")
_TARGET: Final = {"destination_ip": IP, "destination_port": PORT, "first_seen": TIME, "last_seen": TIME}
_CVE: Final = form("CVE number", shapes.cve)
_IMPACT: Final = one_of("none low high")

_MESSAGING: Final = {
    "messaging/spam": of_kind(
        "protocol",
        evidence_source=one_of("spamtrap user_complaint automated_filter honeypot content_analysis reputation_feed"),
        protocol=one_of("smtp sms whatsapp telegram signal chat social_media push_notification other"),
        smtp_from=EMAIL,
        smtp_to=EMAIL,
        subject=text(500),
        sender_name=text(200),
        message_id=text(200),
        user_agent=text(200),
        recipient_count=POSITIVE,
        language=form("language as in en or zh-CN", shapes.language),
        spam_indicators=closed(suspicious_links=many(URI), commercial_content=BOOLEAN, bulk_characteristics=BOOLEAN),
    ),
    "messaging/bulk_messaging": of_kind(
        "protocol recipient_count",
        evidence_source=one_of("user_complaint automated_filter reputation_feed volume_analysis"),
        protocol=one_of("smtp sms whatsapp telegram social_media push_notification other"),
        smtp_from=EMAIL,
        subject=text(500),
        sender_name=text(200),
        recipient_count=integer(100),
        unsubscribe_provided=BOOLEAN,
        opt_in_evidence=BOOLEAN,
        bulk_indicators=closed(high_volume=BOOLEAN, template_based=BOOLEAN, commercial_sender=BOOLEAN),
    ),
}
_CONNECTION: Final = {
    "connection/ddos": of_kind(
        "protocol first_seen",
        **_TARGET,
        evidence_source=one_of("firewall_logs ids_detection flow_analysis traffic_monitoring honeypot"),
        protocol=_TRANSPORT,
        attack_vector=TEXT,
        peak_pps=POSITIVE,
        peak_bps=POSITIVE,
        duration_seconds=POSITIVE,
        amplification_factor=number(1),
        threshold_exceeded=TIME,
        mitigation_applied=BOOLEAN,
        service_impact=one_of("none degraded unavailable"),
    ),
    "connection/login_attack": of_kind("protocol first_seen", **_TARGET, protocol=_TRANSPORT),
    "connection/port_scan": of_kind("protocol first_seen", **_TARGET, protocol=_TRANSPORT),
    "connection/infected_host": of_kind(
        "protocol bot_type first_seen",
        **_TARGET,
        protocol=_TCP_OR_UDP,
        bot_type=one_of(
            "search_engine ai_agent monitoring seo_analyzer link_checker feed_reader social_media advertising malicious unknown"
        ),
        bot_name=TEXT,
        user_agent=TEXT,
        behavior_pattern=one_of(
            "legitimate_crawling aggressive_crawling api_abuse form_submission comment_spam account_creation "
            "content_harvesting vulnerability_probing mixed"
        ),
        request_rate=number(),
        total_requests=POSITIVE,
        respects_robots_txt=BOOLEAN,
        follows_crawl_delay=BOOLEAN,
        javascript_execution=BOOLEAN,
        accepts_cookies=BOOLEAN,
        api_endpoints_accessed=TEXTS,
        verification_status=one_of("verified unverified spoofed unknown"),
    ),
    "connection/reconnaissance": of_kind(
        "protocol probed_resources first_seen",
        **_TARGET,
        protocol=_TCP_OR_UDP,
        probed_resources=TEXTS,
        resource_categories=many(
            one_of(
                "environment_files version_control configuration_files backup_files admin_panels database_files "
                "log_files credential_files api_endpoints debug_endpoints other"
            )
        ),
        http_methods=many(one_of("GET POST HEAD OPTIONS PUT DELETE TRACE CONNECT")),
        response_codes=many(integer()),
        successful_probes=TEXTS,
        user_agent=TEXT,
        total_probes=POSITIVE,
        automated_tool=BOOLEAN,
    ),
    "connection/scraping": of_kind(
        "protocol first_seen total_requests",
        **_TARGET,
        protocol=_TCP_OR_UDP,
        scraping_pattern=one_of(
            "sequential random targeted sitemap_following api_harvesting deep_crawling breadth_first depth_first"
        ),
        target_content=one_of(
            "product_data pricing_information user_profiles contact_information news_articles images documents "
            "api_data search_results general_content other"
        ),
        user_agent=TEXT,
        bot_signature=TEXT,
        request_rate=number(),
        total_requests=POSITIVE,
        unique_urls=POSITIVE,
        data_volume=integer(),
        respects_robots_txt=BOOLEAN,
        session_duration=integer(),
        concurrent_connections=integer(),
    ),
    "connection/sql_injection": of_kind(
        "protocol first_seen",
        **_TARGET,
        protocol=_TCP_OR_UDP,
        http_method=one_of("GET POST PUT DELETE PATCH HEAD OPTIONS"),
        target_url=URI,
        injection_point=one_of("query_parameter post_body cookie header path json_parameter"),
        payload_sample=text(1000),
        attack_technique=one_of(
            "union_based error_based boolean_blind time_blind stacked_queries out_of_band second_order other"
        ),
        attempts_count=POSITIVE,
    ),
    "connection/vulnerability_scan": of_kind(
        "scan_type protocol first_seen",
        destination_ip=IP,
        first_seen=TIME,
        last_seen=TIME,
        scan_type=one_of(
            "port_scan vulnerability_scan version_detection os_fingerprinting service_enumeration web_vuln_scan "
            "directory_brute_force mixed"
        ),
        scanner_signature=TEXT,
        targeted_ports=many(PORT),
        targeted_services=TEXTS,
        vulnerabilities_probed=TEXTS,
        scan_rate=number(),
        protocol=one_of("tcp udp icmp mixed"),
        total_requests=POSITIVE,
        user_agent=TEXT,
    ),
}
_MACHINES: Final = {
    "infrastructure/botnet": of_kind(
        "compromise_evidence",
        malware_family=text(200),
        c2_server=TEXT,
        c2_protocol=one_of("http https tcp udp dns irc p2p custom"),
        bot_capabilities=many(
            one_of("ddos spam proxy keylogger file_download remote_shell cryptocurrency_mining data_theft")
        ),
        compromise_evidence=TEXT,
    ),
    "infrastructure/compromised_server": of_kind("compromise_method", compromise_method=TEXT),
    "reputation/blocklist": of_kind("threat_type", threat_type=TEXT),
    "reputation/threat_intelligence": of_kind("threat_type", threat_type=TEXT),
    "vulnerability/misconfiguration": of_kind("service", service=TEXT),
    "vulnerability/open_service": of_kind("service", service=TEXT),
    "vulnerability/cve": of_kind(
        "service service_port cve_id",
        evidence_source=one_of("vulnerability_scan researcher_analysis automated_discovery penetration_testing"),
        service=text(200),
        service_version=text(100),
        service_port=PORT,
        cve_id=_CVE,
        cve_ids=many(_CVE, high=10),
        cvss_score=number(0, 10),
        cvss_vector=form("CVSS 3 vector", shapes.pattern(r"CVSS:3\.[01]/.*")),
        cvss_version=one_of("2.0 3.0 3.1"),
        risk_level=one_of("info low medium high critical"),
        severity=one_of("informational low medium high critical"),
        exploitability=one_of("theoretical poc_available functional weaponized"),
        patch_available=BOOLEAN,
        patch_version=text(100),
        patch_url=URI,
        vendor_advisory=URI,
        disclosure_date=TIME,
        impact_assessment=closed(confidentiality=_IMPACT, integrity=_IMPACT, availability=_IMPACT),
        remediation_priority=one_of("low medium high critical emergency"),
    ),
}
KINDS: Final = {**_MESSAGING, **_CONNECTION, **_MACHINES}
