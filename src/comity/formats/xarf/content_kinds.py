"""What each XARF v4 type about hosted content adds to the envelope.

Standards:  XARF v4, schema 4.2.0: category content, with the fields that all its types share.
Answers:    ``KINDS``: "category/type" -> rule.
Limits:     the nested details of a web site (certificate, registration, DNS) are checked for their shape, not for their words.
"""

from typing import Final

from comity.formats.xarf import shapes
from comity.formats.xarf.envelope import of_kind
from comity.formats.xarf.rules import (
    BOOLEAN,
    COUNT,
    COUNTRY,
    DAY,
    PORT,
    SHARE,
    TEXT,
    TEXTS,
    TIME,
    URI,
    Rule,
    form,
    integer,
    many,
    number,
    one_of,
    record,
)  # fmt: skip

_HEX_32: Final = form("MD5", shapes.pattern(r"[a-fA-F0-9]{32}"))
_HEX_40: Final = form("SHA-1", shapes.pattern(r"[a-fA-F0-9]{40}"))
_HEX_64: Final = form("SHA-256", shapes.pattern(r"[a-fA-F0-9]{64}"))
_CVE: Final = form("CVE number", shapes.cve_of_four_digits)
_SHARED: Final = {
    "url": URI,
    "domain": form("lower-case domain", shapes.lower_domain),
    "registrar": TEXT,
    "nameservers": TEXTS,
    "dns_records": record(a=TEXTS, aaaa=TEXTS, mx=TEXTS, txt=TEXTS),
    "screenshot_url": URI,
    "verified_at": TIME,
    "verification_method": one_of("manual automated_crawler user_report honeypot threat_intelligence"),
    "attack_vector": one_of(
        "phishing malware fraud brand_infringement copyright_infringement data_leak remote_compromise suspicious_registration"
    ),
    "target_brand": TEXT,
    "hosting_provider": TEXT,
    "asn": integer(1, 4294967295),
    "country_code": COUNTRY,
    "ssl_certificate": record(issuer=TEXT, subject=TEXT, valid_from=TIME, valid_to=TIME, fingerprint=TEXT),
    "whois": record(registrant=TEXT, created_date=TIME, updated_date=TIME, expiry_date=TIME),
    "dns_response": record(query_time=TIME, authoritative=BOOLEAN, response_code=TEXT),
}


def _content(required: str = "", /, **fields: Rule) -> Rule:
    return of_kind(f"url {required}", **{**_SHARED, **fields})


KINDS: Final = {
    "content/phishing": _content(
        credential_fields=TEXTS,
        phishing_kit=TEXT,
        redirect_chain=many(URI),
        submission_url=URI,
        cloned_site=URI,
        detection_evasion=many(
            one_of(
                "geo_blocking user_agent_filtering referrer_checking captcha time_based_display ip_blacklisting obfuscation other"
            )
        ),
        lure_type=one_of(
            "account_suspension security_alert payment_issue prize_notification document_share password_reset "
            "shipping_notification tax_refund other"
        ),
    ),
    "content/malware": _content(
        malware_family=TEXT,
        malware_type=one_of(
            "trojan ransomware dropper loader backdoor rootkit infostealer banking_trojan cryptominer adware spyware worm "
            "bot rat other"
        ),
        file_hashes=record(md5=_HEX_32, sha1=_HEX_40, sha256=_HEX_64, ssdeep=TEXT),
        file_metadata=record(filename=TEXT, file_size=COUNT, file_type=TEXT, mime_type=TEXT),
        distribution_method=one_of(
            "direct_download drive_by_download email_attachment malvertising exploit_kit watering_hole supply_chain "
            "social_engineering other"
        ),
        c2_servers=many(record(address=TEXT, port=PORT, protocol=one_of("http https tcp udp dns other"))),
        sandbox_analysis=record(
            sandbox_name=TEXT,
            analysis_url=URI,
            verdict=one_of("malicious suspicious clean unknown"),
            score=number(0, 100),
        ),
        exploit_cve=many(_CVE),
        persistence_mechanism=many(one_of("registry scheduled_task service startup_folder dll_hijacking wmi other")),
        targeted_platforms=many(one_of("windows linux macos android ios multi_platform")),
    ),
    "content/csam": _content(
        "classification detection_method",
        classification=one_of("baseline A1 A2 B1 B2"),
        media_type=one_of("image video audio text mixed"),
        detection_method=one_of("hash_match ai_detection manual_review user_report automated_scan"),
        hash_values=record(md5=_HEX_32, sha1=_HEX_40, sha256=_HEX_64, photodna=TEXT),
        ncmec_report_id=TEXT,
        content_removed=BOOLEAN,
        account_suspended=BOOLEAN,
    ),
    "content/csem": _content(
        "exploitation_type detection_method",
        exploitation_type=one_of("grooming solicitation sextortion trafficking distribution production possession"),
        victim_age_range=one_of("infant toddler prepubescent pubescent unknown"),
        platform=one_of("social_media messaging_app gaming_platform forum email darkweb other"),
        detection_method=one_of(
            "behavioral_analysis keyword_detection user_report ai_detection manual_review law_enforcement_referral"
        ),
        evidence_type=many(one_of("chat_logs images videos user_profile metadata")),
        perpetrator_indicators=record(account_id=TEXT, ip_addresses=TEXTS, pattern_of_behavior=TEXT),
        reporting_obligations=many(
            one_of("NCMEC IWF local_law_enforcement europol interpol platform_safety_team other")
        ),
    ),
    "content/exposed_data": _content(
        "data_types exposure_method",
        data_types=many(
            one_of(
                "personal_information credentials financial medical government_id email_addresses phone_numbers api_keys "
                "database_dumps source_code internal_documents customer_data employee_data intellectual_property other"
            ),
            low=1,
        ),
        exposure_method=one_of(
            "misconfigured_server open_directory database_exposure git_repository backup_file log_file cloud_storage "
            "paste_site forum_post ransomware_leak intentional_leak other"
        ),
        record_count=COUNT,
        affected_organization=TEXT,
        data_format=one_of("plaintext csv json xml sql excel pdf mixed other"),
        sensitive_fields=TEXTS,
        encryption_status=one_of("unencrypted encrypted partially_encrypted hashed unknown"),
        accessibility=one_of("public requires_authentication requires_payment dark_web removed"),
        discovery_source=one_of(
            "security_researcher automated_scan breach_monitoring user_report law_enforcement threat_intelligence other"
        ),
        sample_records=many(record(description=TEXT, redacted_sample=TEXT), high=5),
    ),
    "content/brand_infringement": _content(
        "infringement_type legitimate_site",
        infringement_type=one_of(
            "counterfeit typosquatting lookalike homograph unauthorized_reseller trademark_violation brand_impersonation "
            "logo_misuse other"
        ),
        legitimate_site=URI,
        similarity_score=SHARE,
        trademark_details=record(registration_number=TEXT, jurisdiction=TEXT, category=many(integer(1, 45))),
        infringing_elements=many(
            one_of("logo brand_name tagline color_scheme layout product_images domain_name other")
        ),
        products_offered=TEXTS,
        previous_enforcement=many(
            record(
                date=DAY,
                action=one_of("cease_desist takedown_notice domain_dispute legal_action other"),
                result=TEXT,
            )
        ),
    ),
    "content/fraud": _content(
        "fraud_type",
        fraud_type=one_of(
            "investment romance tech_support lottery advance_fee cryptocurrency shopping charity employment "
            "government_impersonation other"
        ),
        payment_methods=many(
            one_of(
                "credit_card bank_transfer cryptocurrency gift_cards wire_transfer paypal western_union moneygram cashapp "
                "venmo other"
            )
        ),
        cryptocurrency_addresses=many(
            record("currency address", currency=one_of("bitcoin ethereum usdt bnb monero other"), address=TEXT)
        ),
        claimed_entity=TEXT,
        loss_amount=record(currency=form("currency code", shapes.currency), amount=number(0)),
    ),
    "content/remote_compromise": _content(
        "compromise_type",
        compromise_type=one_of(
            "webshell backdoor defacement malicious_redirect seo_spam cryptominer phishing_kit malware_host c2_server proxy "
            "scanner other"
        ),
        compromise_indicators=many(record("type value", type=TEXT, value=TEXT, description=TEXT)),
        webshell_details=record(family=TEXT, capabilities=TEXTS, password_protected=BOOLEAN),
        affected_cms=one_of("wordpress joomla drupal magento prestashop opencart custom unknown other"),
        vulnerability_exploited=record(cve=_CVE, description=TEXT, component=TEXT),
        persistence_mechanisms=TEXTS,
        malicious_activities=TEXTS,
        cleanup_status=one_of("not_cleaned partially_cleaned cleaned reinfected unknown"),
    ),
    "content/suspicious_registration": _content(
        "registration_date suspicious_indicators",
        registration_date=TIME,
        days_since_registration=COUNT,
        suspicious_indicators=many(
            one_of(
                "typosquatting homograph_attack brand_keyword suspicious_tld bulk_registration privacy_protection "
                "suspicious_registrant fast_flux dga_pattern known_bad_nameserver suspicious_ssl_cert immediate_activation "
                "parked_page other"
            ),
            low=1,
        ),
        risk_score=SHARE,
        targeted_brands=TEXTS,
        registrant_details=record(
            email_domain=TEXT, country=COUNTRY, privacy_protected=BOOLEAN, bulk_registrations=integer()
        ),
        related_domains=many(record(domain=TEXT, relationship=TEXT), high=20),
        predicted_usage=many(one_of("phishing malware spam fraud brand_abuse botnet_c2 unknown")),
        ssl_certificate_details=record(issued_immediately=BOOLEAN, free_certificate=BOOLEAN, wildcard=BOOLEAN),
        activation_behavior=record(time_to_activation=integer(), initial_content=TEXT),
    ),
}
