"""What each XARF v4 type about copyright adds to the envelope.

Standards:  XARF v4, schema 4.2.0: category copyright.
Answers:    ``KINDS``: "category/type" -> rule.
"""

from typing import Final

from comity.formats.xarf import shapes
from comity.formats.xarf.envelope import of_kind
from comity.formats.xarf.rules import (
    BOOLEAN,
    COUNT,
    DAY,
    POSITIVE,
    SHARE,
    TEXT,
    TIME,
    URI,
    closed,
    form,
    many,
    number,
    one_of,
    text,
)

_WORK: Final = {"work_title": text(500), "rights_holder": text(200)}
KINDS: Final = {
    "copyright/copyright": of_kind(
        "infringing_url",
        **_WORK,
        infringing_url=URI,
        original_url=URI,
        infringement_type=one_of("direct_copy modified_copy streaming download distribution"),
    ),
    "copyright/p2p": of_kind(
        "p2p_protocol swarm_info",
        **_WORK,
        evidence_source=one_of("automated_crawl manual_monitoring user_report rights_holder watermark_detection"),
        p2p_protocol=one_of("bittorrent edonkey gnutella kademlia other"),
        swarm_info=closed(
            info_hash=form("SHA-1", shapes.pattern(r"[a-fA-F0-9]{40}")),
            magnet_uri=form("magnet URI", shapes.magnet),
            torrent_name=text(500),
            file_count=POSITIVE,
            total_size=COUNT,
        ),
        peer_info=closed(peer_id=text(100), client_version=text(100), upload_amount=COUNT, download_amount=COUNT),
        work_category=one_of("movie tv_show music software ebook audiobook game other"),
        release_date=DAY,
        detection_method=one_of("automated_crawl fingerprinting metadata_match manual_verification"),
    ),
    "copyright/cyberlocker": of_kind(
        "infringing_url hosting_service",
        **_WORK,
        evidence_source=one_of("automated_crawl manual_discovery user_report rights_holder search_engine"),
        infringing_url=URI,
        hosting_service=text(200),
        file_info=closed(
            filename=text(500),
            file_size=COUNT,
            file_hash=form("algorithm:hexadecimal digits", shapes.file_hash),
            upload_date=TIME,
            download_count=COUNT,
        ),
        uploader_info=closed(
            username=text(200), user_id=text(100), account_type=one_of("free premium business unknown")
        ),
        work_category=one_of("movie tv_show music software ebook audiobook game document other"),
        access_method=one_of("direct_link password_protected premium_only time_limited captcha_protected"),
        takedown_info=closed(previous_requests=COUNT, service_response_time=TEXT, automated_removal=BOOLEAN),
    ),
    "copyright/link_site": of_kind(
        "infringing_url site_name",
        **_WORK,
        evidence_source=one_of("automated_crawl manual_monitoring user_report rights_holder search_monitoring"),
        infringing_url=URI,
        site_name=text(200),
        site_category=one_of(
            "torrent_index direct_download_links streaming_links usenet_index search_engine forum_links other"
        ),
        link_info=closed(
            page_title=text(500),
            posting_date=TIME,
            uploader=text(200),
            download_count=COUNT,
            link_count=POSITIVE,
            comments_count=COUNT,
        ),
        linked_content=many(
            closed(
                "target_url link_type",
                target_url=URI,
                link_type=one_of("torrent_file magnet_link direct_download streaming_link usenet_nzb other"),
                hosting_service=text(200),
                file_size=COUNT,
            ),
            high=50,
        ),
        work_category=one_of("movie tv_show music software ebook audiobook game adult_content other"),
        search_terms=many(text(200), high=10),
        site_ranking=closed(alexa_rank=POSITIVE, popularity_score=number(0, 10)),
    ),
    "copyright/ugc_platform": of_kind(
        "infringing_url platform_name",
        **_WORK,
        evidence_source=one_of(
            "automated_detection user_report rights_holder content_id_match fingerprint_match manual_review"
        ),
        infringing_url=URI,
        platform_name=text(200),
        content_info=closed(
            content_id=text(200),
            content_title=text(500),
            content_description=text(2000),
            upload_date=TIME,
            content_duration=COUNT,
            view_count=COUNT,
            like_count=COUNT,
        ),
        uploader_info=closed(
            username=text(200),
            user_id=text(100),
            account_verified=BOOLEAN,
            subscriber_count=COUNT,
            account_creation_date=TIME,
        ),
        work_category=one_of(
            "movie tv_show music music_video audiobook podcast live_performance sports_event documentary other"
        ),
        infringement_type=one_of(
            "full_work substantial_portion compilation remix_unauthorized background_music clip_mashup"
        ),
        match_details=closed(
            match_confidence=SHARE,
            match_duration=COUNT,
            match_percentage=number(0, 100),
            reference_id=text(200),
        ),
        monetization_info=closed(monetized=BOOLEAN, ad_revenue=BOOLEAN, premium_content=BOOLEAN),
    ),
    "copyright/usenet": of_kind(
        "newsgroup message_info",
        **_WORK,
        evidence_source=one_of("automated_monitoring newsgroup_crawl user_report rights_holder nzb_index_monitoring"),
        newsgroup=text(200),
        message_info=closed(
            "message_id",
            message_id=text(500),
            subject=text(500),
            from_header=text(200),
            posting_date=TIME,
            part_number=POSITIVE,
            total_parts=POSITIVE,
            file_size=COUNT,
        ),
        nzb_info=closed(
            nzb_name=text(500),
            nzb_url=URI,
            indexer_site=text(200),
            completion_percentage=number(0, 100),
        ),
        server_info=closed(nntp_server=text(200), server_group=text(200), retention_days=POSITIVE),
        work_category=one_of("movie tv_show music software ebook audiobook magazine game adult_content other"),
        encoding_info=closed(
            encoding_format=one_of("yenc uuencode base64 other"),
            par2_recovery=BOOLEAN,
            rar_compression=BOOLEAN,
        ),
        detection_method=one_of("subject_line_match header_analysis content_sampling nzb_metadata"),
    ),
}
