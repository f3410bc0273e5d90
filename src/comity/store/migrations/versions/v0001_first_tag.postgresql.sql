-- The tables of the first tagged version. Made by script/tables; once the tag is set, never changed.

CREATE TABLE abuse_case (
	id TEXT COLLATE "C" NOT NULL,
	key TEXT COLLATE "C" NOT NULL,
	subject TEXT COLLATE "C" NOT NULL,
	subject_kind TEXT COLLATE "C" NOT NULL,
	label TEXT COLLATE "C" NOT NULL,
	number BIGINT NOT NULL,
	contact TEXT COLLATE "C",
	state TEXT COLLATE "C" NOT NULL,
	state_since BIGINT NOT NULL,
	question TEXT COLLATE "C",
	opened BIGINT NOT NULL,
	first_seen BIGINT,
	last_seen BIGINT,
	reports BIGINT NOT NULL,
	repeats BIGINT NOT NULL,
	complainers BIGINT NOT NULL,
	classes TEXT COLLATE "C" NOT NULL,
	merged_into TEXT COLLATE "C",
	reopened_from TEXT COLLATE "C",
	due BIGINT,
	CONSTRAINT pk_abuse_case PRIMARY KEY (id),
	CONSTRAINT uq_abuse_case_key UNIQUE (key),
	CONSTRAINT fk_abuse_case_merged_into_abuse_case FOREIGN KEY(merged_into) REFERENCES abuse_case (id),
	CONSTRAINT fk_abuse_case_reopened_from_abuse_case FOREIGN KEY(reopened_from) REFERENCES abuse_case (id)
);

CREATE INDEX ix_abuse_case_opened ON abuse_case (opened, id);

CREATE INDEX ix_abuse_case_state ON abuse_case (state);

CREATE UNIQUE INDEX ix_abuse_case_subject_number ON abuse_case (subject, number);

CREATE TABLE abuse_contact (
	id BIGSERIAL NOT NULL,
	address TEXT COLLATE "C" NOT NULL,
	state TEXT COLLATE "C" NOT NULL,
	since BIGINT NOT NULL,
	code TEXT COLLATE "C",
	confirmed_by TEXT COLLATE "C",
	probed BIGINT,
	answered BIGINT,
	bounced BIGINT,
	bounces BIGINT NOT NULL,
	CONSTRAINT pk_abuse_contact PRIMARY KEY (id),
	CONSTRAINT uq_abuse_contact_address UNIQUE (address),
	CONSTRAINT uq_abuse_contact_code UNIQUE (code)
);

CREATE INDEX ix_abuse_contact_state ON abuse_contact (state, address);

CREATE TABLE access_log (
	id BIGSERIAL NOT NULL,
	at BIGINT NOT NULL,
	account TEXT COLLATE "C" NOT NULL,
	what TEXT COLLATE "C" NOT NULL,
	about TEXT COLLATE "C" NOT NULL,
	CONSTRAINT pk_access_log PRIMARY KEY (id)
);

CREATE INDEX ix_access_log_about ON access_log (about, account);

CREATE INDEX ix_access_log_at ON access_log (at);

CREATE TABLE account (
	id BIGSERIAL NOT NULL,
	name TEXT COLLATE "C" NOT NULL,
	role TEXT COLLATE "C" NOT NULL,
	language TEXT COLLATE "C",
	password TEXT COLLATE "C" NOT NULL,
	secret BYTEA,
	last_step BIGINT,
	recovery TEXT COLLATE "C",
	created BIGINT NOT NULL,
	ended BIGINT,
	CONSTRAINT pk_account PRIMARY KEY (id),
	CONSTRAINT uq_account_name UNIQUE (name)
);

CREATE TABLE agreement_paper (
	digest TEXT COLLATE "C" NOT NULL,
	peer TEXT COLLATE "C" NOT NULL,
	version BIGINT NOT NULL,
	data BYTEA NOT NULL,
	note TEXT COLLATE "C" NOT NULL,
	sent BIGINT NOT NULL,
	CONSTRAINT pk_agreement_paper PRIMARY KEY (digest)
);

CREATE INDEX ix_agreement_paper_peer ON agreement_paper (peer);

CREATE TABLE agreement_subject (
	peer TEXT COLLATE "C" NOT NULL,
	subject BYTEA NOT NULL,
	last BIGINT NOT NULL,
	CONSTRAINT pk_agreement_subject PRIMARY KEY (peer, subject)
);

CREATE INDEX ix_agreement_subject_peer_last ON agreement_subject (peer, last);

CREATE TABLE api_act (
	id BIGSERIAL NOT NULL,
	at BIGINT NOT NULL,
	token_id TEXT COLLATE "C" NOT NULL,
	name TEXT COLLATE "C" NOT NULL,
	act TEXT COLLATE "C" NOT NULL,
	about TEXT COLLATE "C" NOT NULL,
	key BYTEA,
	digest BYTEA,
	CONSTRAINT pk_api_act PRIMARY KEY (id)
);

CREATE INDEX ix_api_act_at ON api_act (at);

CREATE UNIQUE INDEX ix_api_act_key ON api_act (key);

CREATE TABLE api_token (
	id TEXT COLLATE "C" NOT NULL,
	name TEXT COLLATE "C" NOT NULL,
	digest BYTEA NOT NULL,
	scopes TEXT COLLATE "C" NOT NULL,
	per_minute BIGINT NOT NULL,
	created BIGINT NOT NULL,
	expires BIGINT,
	revoked BIGINT,
	last_used TEXT COLLATE "C",
	CONSTRAINT pk_api_token PRIMARY KEY (id)
);

CREATE TABLE bot_sighting (
	identity BYTEA NOT NULL,
	subject TEXT COLLATE "C",
	doubt TEXT COLLATE "C",
	sighting_class TEXT COLLATE "C" NOT NULL,
	source TEXT COLLATE "C" NOT NULL,
	address TEXT COLLATE "C" NOT NULL,
	port BIGINT,
	seen BIGINT NOT NULL,
	taken BIGINT NOT NULL,
	said TEXT COLLATE "C",
	kind TEXT COLLATE "C",
	CONSTRAINT pk_bot_sighting PRIMARY KEY (identity)
);

CREATE INDEX ix_bot_sighting_subject_seen ON bot_sighting (subject, seen, sighting_class, source, address, said);

CREATE INDEX ix_bot_sighting_taken ON bot_sighting (taken);

CREATE TABLE bot_source_day (
	source TEXT COLLATE "C" NOT NULL,
	day BIGINT NOT NULL,
	CONSTRAINT pk_bot_source_day PRIMARY KEY (source, day)
);

CREATE TABLE bot_source_outcome (
	case_id TEXT COLLATE "C" NOT NULL,
	source TEXT COLLATE "C" NOT NULL,
	is_right BOOLEAN NOT NULL,
	by TEXT COLLATE "C" NOT NULL,
	at BIGINT NOT NULL,
	CONSTRAINT pk_bot_source_outcome PRIMARY KEY (case_id, source)
);

CREATE TABLE campaign_complainer (
	party TEXT COLLATE "C" NOT NULL,
	campaign BYTEA NOT NULL,
	complainer TEXT COLLATE "C" NOT NULL,
	at BIGINT NOT NULL,
	CONSTRAINT pk_campaign_complainer PRIMARY KEY (party, campaign, complainer)
);

CREATE INDEX ix_campaign_complainer_at ON campaign_complainer (at);

CREATE TABLE campaign_told (
	party TEXT COLLATE "C" NOT NULL,
	campaign BYTEA NOT NULL,
	first BIGINT NOT NULL,
	last BIGINT NOT NULL,
	told BIGINT NOT NULL,
	complaints BIGINT NOT NULL,
	resolved BIGINT,
	CONSTRAINT pk_campaign_told PRIMARY KEY (party, campaign)
);

CREATE INDEX ix_campaign_told_last ON campaign_told (last);

CREATE TABLE card_mailed (
	until BIGINT NOT NULL,
	CONSTRAINT pk_card_mailed PRIMARY KEY (until)
);

CREATE TABLE case_count (
	state TEXT COLLATE "C" NOT NULL,
	subject_kind TEXT COLLATE "C" NOT NULL,
	cases BIGINT NOT NULL,
	CONSTRAINT pk_case_count PRIMARY KEY (state, subject_kind)
);

CREATE TABLE case_finding (
	id BIGSERIAL NOT NULL,
	case_id TEXT COLLATE "C" NOT NULL,
	outcome TEXT COLLATE "C" NOT NULL,
	at BIGINT NOT NULL,
	CONSTRAINT pk_case_finding PRIMARY KEY (id)
);

CREATE INDEX ix_case_finding_case_id ON case_finding (case_id);

CREATE TABLE channel (
	id BIGSERIAL NOT NULL,
	origin TEXT COLLATE "C" NOT NULL,
	reporting TEXT COLLATE "C" NOT NULL,
	reported TEXT COLLATE "C" NOT NULL,
	quarter TEXT COLLATE "C" NOT NULL,
	size BIGINT NOT NULL,
	is_copy BOOLEAN NOT NULL,
	CONSTRAINT pk_channel PRIMARY KEY (id),
	CONSTRAINT uq_channel_origin UNIQUE (origin)
);

CREATE TABLE claimed_count (
	day TEXT COLLATE "C" NOT NULL,
	domain TEXT COLLATE "C" NOT NULL,
	mails BIGINT NOT NULL,
	aligned BIGINT NOT NULL,
	spam BIGINT NOT NULL,
	CONSTRAINT pk_claimed_count PRIMARY KEY (day, domain)
);

CREATE TABLE coalition_action_report (
	minutes_id TEXT COLLATE "C" NOT NULL,
	number BIGINT NOT NULL,
	record TEXT COLLATE "C" NOT NULL,
	note TEXT COLLATE "C" NOT NULL,
	CONSTRAINT pk_coalition_action_report PRIMARY KEY (minutes_id, number)
);

CREATE TABLE coalition_digest (
	id BIGSERIAL NOT NULL,
	at BIGINT NOT NULL,
	mails BIGINT NOT NULL,
	text TEXT COLLATE "C" NOT NULL,
	CONSTRAINT pk_coalition_digest PRIMARY KEY (id)
);

CREATE TABLE coalition_member (
	issuer TEXT COLLATE "C" NOT NULL,
	version BIGINT NOT NULL,
	record TEXT COLLATE "C" NOT NULL,
	note TEXT COLLATE "C" NOT NULL,
	taken BIGINT NOT NULL,
	ends BIGINT NOT NULL,
	CONSTRAINT pk_coalition_member PRIMARY KEY (issuer)
);

CREATE TABLE coalition_minutes (
	minutes_id TEXT COLLATE "C" NOT NULL,
	record TEXT COLLATE "C" NOT NULL,
	held BIGINT NOT NULL,
	note TEXT COLLATE "C" NOT NULL,
	taken BIGINT NOT NULL,
	CONSTRAINT pk_coalition_minutes PRIMARY KEY (minutes_id)
);

CREATE TABLE comprehension (
	day TEXT COLLATE "C" NOT NULL,
	phase TEXT COLLATE "C" NOT NULL,
	question TEXT COLLATE "C" NOT NULL,
	answer TEXT COLLATE "C" NOT NULL,
	n BIGINT NOT NULL,
	CONSTRAINT pk_comprehension PRIMARY KEY (day, phase, question, answer)
);

CREATE TABLE consumer (
	name TEXT COLLATE "C" NOT NULL,
	address TEXT COLLATE "C" NOT NULL,
	contact TEXT COLLATE "C",
	languages TEXT COLLATE "C" NOT NULL,
	report_format TEXT COLLATE "C" NOT NULL,
	state TEXT COLLATE "C" NOT NULL,
	since BIGINT NOT NULL,
	applied BIGINT NOT NULL,
	reason TEXT COLLATE "C",
	quota BIGINT NOT NULL,
	CONSTRAINT pk_consumer PRIMARY KEY (name)
);

CREATE INDEX ix_consumer_state ON consumer (state);

CREATE TABLE contact_import (
	id BIGSERIAL NOT NULL,
	source TEXT COLLATE "C" NOT NULL,
	day TEXT COLLATE "C" NOT NULL,
	at BIGINT NOT NULL,
	ranges BIGINT NOT NULL,
	counts BOOLEAN NOT NULL,
	CONSTRAINT pk_contact_import PRIMARY KEY (id)
);

CREATE TABLE delivered (
	identity BYTEA NOT NULL,
	day TEXT COLLATE "C" NOT NULL,
	CONSTRAINT pk_delivered PRIMARY KEY (identity)
);

CREATE INDEX ix_delivered_day ON delivered (day);

CREATE TABLE delivered_count (
	hour BIGINT NOT NULL,
	domain TEXT COLLATE "C" NOT NULL,
	source TEXT COLLATE "C" NOT NULL,
	folder TEXT COLLATE "C" NOT NULL,
	mails BIGINT NOT NULL,
	CONSTRAINT pk_delivered_count PRIMARY KEY (hour, domain, source, folder)
);

CREATE TABLE delivered_day (
	day TEXT COLLATE "C" NOT NULL,
	CONSTRAINT pk_delivered_day PRIMARY KEY (day)
);

CREATE TABLE document_out (
	id BIGSERIAL NOT NULL,
	peer TEXT COLLATE "C" NOT NULL,
	about TEXT COLLATE "C" NOT NULL,
	note TEXT COLLATE "C" NOT NULL,
	entered BIGINT NOT NULL,
	given BIGINT,
	refused TEXT COLLATE "C",
	CONSTRAINT pk_document_out PRIMARY KEY (id)
);

CREATE INDEX ix_document_out_peer ON document_out (peer, given);

CREATE TABLE erasure (
	id BIGSERIAL NOT NULL,
	at BIGINT NOT NULL,
	"of" TEXT COLLATE "C" NOT NULL,
	part TEXT COLLATE "C" NOT NULL,
	n BIGINT NOT NULL,
	before BIGINT NOT NULL,
	digest TEXT COLLATE "C" NOT NULL,
	days BIGINT NOT NULL,
	spared BIGINT NOT NULL,
	leaf TEXT COLLATE "C",
	CONSTRAINT pk_erasure PRIMARY KEY (id)
);

CREATE TABLE erasure_mark (
	part TEXT COLLATE "C" NOT NULL,
	upto BIGINT NOT NULL,
	CONSTRAINT pk_erasure_mark PRIMARY KEY (part)
);

CREATE TABLE exchange_count (
	peer TEXT COLLATE "C" NOT NULL,
	day TEXT COLLATE "C" NOT NULL,
	what TEXT COLLATE "C" NOT NULL,
	count BIGINT NOT NULL,
	CONSTRAINT pk_exchange_count PRIMARY KEY (peer, day, what)
);

CREATE TABLE guidance_comment (
	comment_id TEXT COLLATE "C" NOT NULL,
	guidance_id TEXT COLLATE "C" NOT NULL,
	version BIGINT NOT NULL,
	issuer TEXT COLLATE "C" NOT NULL,
	text TEXT COLLATE "C" NOT NULL,
	by TEXT COLLATE "C" NOT NULL,
	made BIGINT NOT NULL,
	note TEXT COLLATE "C" NOT NULL,
	CONSTRAINT pk_guidance_comment PRIMARY KEY (comment_id)
);

CREATE INDEX ix_guidance_comment_guidance_id ON guidance_comment (guidance_id);

CREATE TABLE guidance_version (
	guidance_id TEXT COLLATE "C" NOT NULL,
	version BIGINT NOT NULL,
	issuer TEXT COLLATE "C" NOT NULL,
	parties TEXT COLLATE "C" NOT NULL,
	title TEXT COLLATE "C" NOT NULL,
	text TEXT COLLATE "C" NOT NULL,
	practices TEXT COLLATE "C" NOT NULL,
	by TEXT COLLATE "C" NOT NULL,
	made BIGINT NOT NULL,
	note TEXT COLLATE "C" NOT NULL,
	taken BIGINT NOT NULL,
	agreed BIGINT,
	agreed_by TEXT COLLATE "C",
	CONSTRAINT pk_guidance_version PRIMARY KEY (guidance_id, version)
);

CREATE TABLE joint_statement (
	peer TEXT COLLATE "C" NOT NULL,
	period TEXT COLLATE "C" NOT NULL,
	sha256 TEXT COLLATE "C" NOT NULL,
	state TEXT COLLATE "C" NOT NULL,
	data BYTEA NOT NULL,
	entered BIGINT NOT NULL,
	reason TEXT COLLATE "C",
	place TEXT COLLATE "C",
	numbers TEXT COLLATE "C" NOT NULL,
	given BIGINT,
	CONSTRAINT pk_joint_statement PRIMARY KEY (peer, period, sha256)
);

CREATE TABLE judged_count (
	day TEXT COLLATE "C" NOT NULL,
	peer TEXT COLLATE "C" NOT NULL,
	mails BIGINT NOT NULL,
	judged BIGINT NOT NULL,
	spam BIGINT NOT NULL,
	traps BIGINT NOT NULL,
	CONSTRAINT pk_judged_count PRIMARY KEY (day, peer)
);

CREATE TABLE junked_campaign (
	id BIGSERIAL NOT NULL,
	campaign TEXT COLLATE "C" NOT NULL,
	since BIGINT NOT NULL,
	until BIGINT NOT NULL,
	people BIGINT NOT NULL,
	lifted BIGINT,
	lifted_by TEXT COLLATE "C",
	CONSTRAINT pk_junked_campaign PRIMARY KEY (id)
);

CREATE INDEX ix_junked_campaign_campaign ON junked_campaign (campaign);

CREATE INDEX ix_junked_campaign_until ON junked_campaign (until);

CREATE TABLE lease (
	network BYTEA NOT NULL,
	band BIGINT NOT NULL,
	shelf BIGINT NOT NULL,
	began BIGINT NOT NULL,
	identity BYTEA NOT NULL,
	first_port BIGINT NOT NULL,
	last_port BIGINT NOT NULL,
	ended BIGINT,
	known_until BIGINT NOT NULL,
	subscriber TEXT COLLATE "C" NOT NULL,
	is_shared BOOLEAN NOT NULL,
	CONSTRAINT pk_lease PRIMARY KEY (network, band, shelf, began, identity)
);

CREATE INDEX ix_lease_identity ON lease (identity);

CREATE INDEX ix_lease_known_until ON lease (known_until);

CREATE TABLE lease_width (
	version BIGINT NOT NULL,
	width BIGINT NOT NULL,
	CONSTRAINT pk_lease_width PRIMARY KEY (version, width)
);

CREATE TABLE left_count (
	day TEXT COLLATE "C" NOT NULL,
	domain TEXT COLLATE "C" NOT NULL,
	mails BIGINT NOT NULL,
	CONSTRAINT pk_left_count PRIMARY KEY (day, domain)
);

CREATE TABLE legal_hold (
	id BIGSERIAL NOT NULL,
	subject TEXT COLLATE "C" NOT NULL,
	case_id TEXT COLLATE "C",
	by TEXT COLLATE "C" NOT NULL,
	why TEXT COLLATE "C" NOT NULL,
	placed BIGINT NOT NULL,
	until BIGINT NOT NULL,
	lifted BIGINT,
	lifted_by TEXT COLLATE "C",
	lifted_why TEXT COLLATE "C",
	CONSTRAINT pk_legal_hold PRIMARY KEY (id)
);

CREATE TABLE mail_log_place (
	name TEXT COLLATE "C" NOT NULL,
	head BYTEA NOT NULL,
	"offset" BIGINT NOT NULL,
	read BIGINT NOT NULL,
	CONSTRAINT pk_mail_log_place PRIMARY KEY (name)
);

CREATE TABLE mail_login (
	mark BYTEA NOT NULL,
	login TEXT COLLATE "C" NOT NULL,
	seen BIGINT NOT NULL,
	CONSTRAINT pk_mail_login PRIMARY KEY (mark, login)
);

CREATE INDEX ix_mail_login_seen ON mail_login (seen);

CREATE TABLE meta (
	name TEXT COLLATE "C" NOT NULL,
	value TEXT COLLATE "C" NOT NULL,
	CONSTRAINT pk_meta PRIMARY KEY (name)
);

CREATE TABLE model_version (
	id BIGSERIAL NOT NULL,
	kind TEXT COLLATE "C" NOT NULL,
	at BIGINT NOT NULL,
	serves BOOLEAN NOT NULL,
	digest BYTEA,
	base BIGINT,
	spam BIGINT NOT NULL,
	legitimate BIGINT NOT NULL,
	added BIGINT NOT NULL,
	removed BIGINT NOT NULL,
	left_out BIGINT NOT NULL,
	locked TEXT COLLATE "C",
	lost BIGINT,
	missed BIGINT,
	reason TEXT COLLATE "C",
	CONSTRAINT pk_model_version PRIMARY KEY (id)
);

CREATE INDEX ix_model_version_serves ON model_version (serves, id);

CREATE TABLE notice (
	reference TEXT COLLATE "C" NOT NULL,
	case_id TEXT COLLATE "C" NOT NULL,
	kind TEXT COLLATE "C" NOT NULL,
	language TEXT COLLATE "C" NOT NULL,
	certainty TEXT COLLATE "C" NOT NULL,
	family TEXT COLLATE "C" NOT NULL,
	guide TEXT COLLATE "C" NOT NULL,
	seen_first BIGINT NOT NULL,
	seen_last BIGINT NOT NULL,
	deadline BIGINT,
	given BIGINT NOT NULL,
	checks BIGINT NOT NULL,
	CONSTRAINT pk_notice PRIMARY KEY (reference)
);

CREATE INDEX ix_notice_case_id ON notice (case_id);

CREATE INDEX ix_notice_given ON notice (given);

CREATE TABLE own_log_hour (
	subject TEXT COLLATE "C" NOT NULL,
	hour BIGINT NOT NULL,
	address TEXT COLLATE "C" NOT NULL,
	port BIGINT,
	last BIGINT NOT NULL,
	mails BIGINT NOT NULL,
	recipients BIGINT NOT NULL,
	helos BIGINT NOT NULL,
	failures BIGINT NOT NULL,
	refused BIGINT NOT NULL,
	recipient_bits BYTEA,
	helo_bits BYTEA,
	CONSTRAINT pk_own_log_hour PRIMARY KEY (subject, hour)
);

CREATE INDEX ix_own_log_hour_hour ON own_log_hour (hour);

CREATE INDEX ix_own_log_hour_open ON own_log_hour (hour) WHERE recipient_bits IS NOT NULL;

CREATE TABLE own_log_queue (
	mark BYTEA NOT NULL,
	subject TEXT COLLATE "C" NOT NULL,
	at BIGINT NOT NULL,
	CONSTRAINT pk_own_log_queue PRIMARY KEY (mark)
);

CREATE INDEX ix_own_log_queue_at ON own_log_queue (at);

CREATE TABLE own_log_salt (
	hour BIGSERIAL NOT NULL,
	salt BYTEA NOT NULL,
	CONSTRAINT pk_own_log_salt PRIMARY KEY (hour)
);

CREATE TABLE peer (
	name TEXT COLLATE "C" NOT NULL,
	address TEXT COLLATE "C" NOT NULL,
	state TEXT COLLATE "C" NOT NULL,
	since BIGINT NOT NULL,
	reason TEXT COLLATE "C",
	agreement_version BIGINT,
	CONSTRAINT pk_peer PRIMARY KEY (name)
);

CREATE TABLE peer_key (
	peer TEXT COLLATE "C" NOT NULL,
	public BYTEA NOT NULL,
	revocation BYTEA NOT NULL,
	state TEXT COLLATE "C" NOT NULL,
	since BIGINT NOT NULL,
	CONSTRAINT pk_peer_key PRIMARY KEY (peer, public)
);

CREATE TABLE practice_claim (
	id BIGSERIAL NOT NULL,
	practice TEXT COLLATE "C" NOT NULL,
	network TEXT COLLATE "C" NOT NULL,
	standing TEXT COLLATE "C" NOT NULL,
	evidence TEXT COLLATE "C" NOT NULL,
	reviewer TEXT COLLATE "C",
	at BIGINT NOT NULL,
	CONSTRAINT pk_practice_claim PRIMARY KEY (id)
);

CREATE INDEX ix_practice_claim_practice ON practice_claim (practice);

CREATE TABLE practice_listed (
	source TEXT COLLATE "C" NOT NULL,
	number TEXT COLLATE "C" NOT NULL,
	text TEXT COLLATE "C" NOT NULL,
	text_zh TEXT COLLATE "C",
	practice TEXT COLLATE "C",
	CONSTRAINT pk_practice_listed PRIMARY KEY (source, number)
);

CREATE TABLE queue_view (
	id BIGSERIAL NOT NULL,
	name TEXT COLLATE "C" NOT NULL,
	account TEXT COLLATE "C" NOT NULL,
	is_shared BOOLEAN NOT NULL,
	asked TEXT COLLATE "C" NOT NULL,
	made BIGINT NOT NULL,
	CONSTRAINT pk_queue_view PRIMARY KEY (id),
	CONSTRAINT uq_queue_view_account_name UNIQUE (account, name)
);

CREATE TABLE raw (
	id BIGSERIAL NOT NULL,
	digest BYTEA NOT NULL,
	data BYTEA,
	size BIGINT NOT NULL,
	arrived BIGINT NOT NULL,
	kept_until BIGINT,
	CONSTRAINT pk_raw PRIMARY KEY (id),
	CONSTRAINT uq_raw_digest UNIQUE (digest)
);

CREATE INDEX ix_raw_kept_until ON raw (kept_until) WHERE data IS NOT NULL AND kept_until IS NOT NULL;

CREATE TABLE rollup (
	channel_id BIGINT NOT NULL,
	day TEXT COLLATE "C" NOT NULL,
	class TEXT COLLATE "C" NOT NULL,
	source_net TEXT COLLATE "C" NOT NULL,
	count BIGINT NOT NULL,
	CONSTRAINT pk_rollup PRIMARY KEY (channel_id, day, class, source_net)
);

CREATE INDEX ix_rollup_day ON rollup (day);

CREATE TABLE rollup_day (
	day TEXT COLLATE "C" NOT NULL,
	count BIGINT NOT NULL,
	changes BIGINT NOT NULL,
	CONSTRAINT pk_rollup_day PRIMARY KEY (day)
);

CREATE TABLE sealed (
	id BIGSERIAL NOT NULL,
	digest TEXT COLLATE "C" NOT NULL,
	size BIGINT NOT NULL,
	gate TEXT COLLATE "C" NOT NULL,
	name TEXT COLLATE "C" NOT NULL,
	envelope_from TEXT COLLATE "C",
	arrived BIGINT NOT NULL,
	box BYTEA,
	key_id TEXT COLLATE "C" NOT NULL,
	sort TEXT COLLATE "C" NOT NULL,
	matched TEXT COLLATE "C" NOT NULL,
	state TEXT COLLATE "C" NOT NULL,
	entered BIGINT NOT NULL,
	hold_until BIGINT,
	kept_until BIGINT,
	raw_id BIGINT,
	CONSTRAINT pk_sealed PRIMARY KEY (id),
	CONSTRAINT uq_sealed_digest UNIQUE (digest)
);

CREATE INDEX ix_sealed_state ON sealed (state);

CREATE TABLE search_mark (
	kind BIGINT NOT NULL,
	upto BIGINT NOT NULL,
	at BIGINT NOT NULL,
	CONSTRAINT pk_search_mark PRIMARY KEY (kind)
);

CREATE TABLE search_posting (
	kind BIGINT NOT NULL,
	block BIGINT NOT NULL,
	term TEXT COLLATE "C" NOT NULL,
	places BYTEA NOT NULL,
	CONSTRAINT pk_search_posting PRIMARY KEY (kind, block, term)
);

CREATE TABLE self_service_act (
	id BIGSERIAL NOT NULL,
	case_id TEXT COLLATE "C" NOT NULL,
	reference TEXT COLLATE "C" NOT NULL,
	act TEXT COLLATE "C" NOT NULL,
	at BIGINT NOT NULL,
	CONSTRAINT pk_self_service_act PRIMARY KEY (id)
);

CREATE INDEX ix_self_service_act_case_id ON self_service_act (case_id);

CREATE TABLE self_service_step (
	case_id TEXT COLLATE "C" NOT NULL,
	device TEXT COLLATE "C" NOT NULL,
	step TEXT COLLATE "C" NOT NULL,
	done BIGINT NOT NULL,
	CONSTRAINT pk_self_service_step PRIMARY KEY (case_id, device, step)
);

CREATE TABLE sent_volume (
	label TEXT COLLATE "C" NOT NULL,
	day TEXT COLLATE "C" NOT NULL,
	mails BIGINT NOT NULL,
	CONSTRAINT pk_sent_volume PRIMARY KEY (label, day)
);

CREATE TABLE sign_in_begun (
	key BYTEA NOT NULL,
	browser BYTEA NOT NULL,
	kind TEXT COLLATE "C" NOT NULL,
	facts TEXT COLLATE "C" NOT NULL,
	at BIGINT NOT NULL,
	CONSTRAINT pk_sign_in_begun PRIMARY KEY (key)
);

CREATE INDEX ix_sign_in_begun_at ON sign_in_begun (at);

CREATE TABLE sign_in_wait (
	key TEXT COLLATE "C" NOT NULL,
	fails BIGINT NOT NULL,
	last BIGINT NOT NULL,
	CONSTRAINT pk_sign_in_wait PRIMARY KEY (key)
);

CREATE TABLE signal (
	issuer TEXT COLLATE "C" NOT NULL,
	signal_id TEXT COLLATE "C" NOT NULL,
	kind TEXT COLLATE "C" NOT NULL,
	subject TEXT COLLATE "C" NOT NULL,
	classes TEXT COLLATE "C" NOT NULL,
	first_seen BIGINT NOT NULL,
	last_seen BIGINT NOT NULL,
	tlp TEXT COLLATE "C" NOT NULL,
	is_severe BOOLEAN NOT NULL,
	reason TEXT COLLATE "C" NOT NULL,
	reference TEXT COLLATE "C" NOT NULL,
	contact TEXT COLLATE "C" NOT NULL,
	made BIGINT NOT NULL,
	begins BIGINT NOT NULL,
	ends BIGINT NOT NULL,
	note TEXT COLLATE "C" NOT NULL,
	taken BIGINT NOT NULL,
	is_ours BOOLEAN NOT NULL,
	withdrawn BIGINT,
	withdrawn_reason TEXT COLLATE "C",
	withdrawal_note TEXT COLLATE "C",
	CONSTRAINT pk_signal PRIMARY KEY (issuer, signal_id)
);

CREATE INDEX ix_signal_ends ON signal (ends);

CREATE INDEX ix_signal_subject ON signal (subject);

CREATE TABLE signal_rule (
	id BIGSERIAL NOT NULL,
	peer TEXT COLLATE "C" NOT NULL,
	kinds TEXT COLLATE "C" NOT NULL,
	classes TEXT COLLATE "C" NOT NULL,
	least_evidence BIGINT NOT NULL,
	widest_v4 BIGINT NOT NULL,
	widest_v6 BIGINT NOT NULL,
	days BIGINT NOT NULL,
	per_day BIGINT NOT NULL,
	by TEXT COLLATE "C" NOT NULL,
	why TEXT COLLATE "C" NOT NULL,
	made BIGINT NOT NULL,
	until BIGINT NOT NULL,
	ended BIGINT,
	CONSTRAINT pk_signal_rule PRIMARY KEY (id)
);

CREATE TABLE signature_seen (
	signature BYTEA NOT NULL,
	complaint BYTEA NOT NULL,
	mailbox_token TEXT COLLATE "C" NOT NULL,
	network TEXT COLLATE "C" NOT NULL,
	seen BIGINT NOT NULL,
	CONSTRAINT pk_signature_seen PRIMARY KEY (signature, complaint)
);

CREATE INDEX ix_signature_seen_complaint ON signature_seen (complaint);

CREATE INDEX ix_signature_seen_seen ON signature_seen (seen);

CREATE TABLE source (
	name TEXT COLLATE "C" NOT NULL,
	proof TEXT COLLATE "C" NOT NULL,
	trust TEXT COLLATE "C" NOT NULL,
	first BIGINT NOT NULL,
	last BIGINT NOT NULL,
	items BIGINT NOT NULL,
	reports BIGINT NOT NULL,
	unmatched BIGINT NOT NULL,
	unread BIGINT NOT NULL,
	selectors TEXT COLLATE "C" NOT NULL,
	changed BIGINT,
	changed_by TEXT COLLATE "C",
	why TEXT COLLATE "C",
	CONSTRAINT pk_source PRIMARY KEY (name)
);

CREATE TABLE source_alarm (
	id BIGSERIAL NOT NULL,
	name TEXT COLLATE "C" NOT NULL,
	kind TEXT COLLATE "C" NOT NULL,
	since BIGINT NOT NULL,
	facts TEXT COLLATE "C" NOT NULL,
	told BIGINT,
	ended BIGINT,
	ended_by TEXT COLLATE "C",
	why TEXT COLLATE "C",
	CONSTRAINT pk_source_alarm PRIMARY KEY (id)
);

CREATE UNIQUE INDEX ix_source_alarm_open ON source_alarm (name, kind) WHERE ended IS NULL;

CREATE TABLE source_hour (
	name TEXT COLLATE "C" NOT NULL,
	at BIGINT NOT NULL,
	items BIGINT NOT NULL,
	reports BIGINT NOT NULL,
	unmatched BIGINT NOT NULL,
	unread BIGINT NOT NULL,
	CONSTRAINT pk_source_hour PRIMARY KEY (name, at)
);

CREATE INDEX ix_source_hour_at ON source_hour (at);

CREATE TABLE statement_published (
	sha256 TEXT COLLATE "C" NOT NULL,
	at BIGINT NOT NULL,
	by TEXT COLLATE "C" NOT NULL,
	CONSTRAINT pk_statement_published PRIMARY KEY (sha256)
);

CREATE TABLE submission (
	id TEXT COLLATE "C" NOT NULL,
	token_id TEXT COLLATE "C" NOT NULL,
	digest TEXT COLLATE "C" NOT NULL,
	arrived BIGINT NOT NULL,
	worked_off BIGINT NOT NULL,
	fate TEXT COLLATE "C" NOT NULL,
	kind TEXT COLLATE "C",
	reason TEXT COLLATE "C",
	reports BIGINT NOT NULL,
	repeats BIGINT NOT NULL,
	unmatched BIGINT NOT NULL,
	cases TEXT COLLATE "C" NOT NULL,
	complaints TEXT COLLATE "C" NOT NULL,
	CONSTRAINT pk_submission PRIMARY KEY (id)
);

CREATE INDEX ix_submission_worked_off ON submission (worked_off);

CREATE TABLE subscriber_contact (
	subscriber TEXT COLLATE "C" NOT NULL,
	language TEXT COLLATE "C",
	mail TEXT COLLATE "C",
	phone TEXT COLLATE "C",
	is_hotspot BOOLEAN NOT NULL,
	taken BIGINT NOT NULL,
	CONSTRAINT pk_subscriber_contact PRIMARY KEY (subscriber)
);

CREATE TABLE token_reversal (
	id BIGSERIAL NOT NULL,
	at BIGINT NOT NULL,
	by TEXT COLLATE "C" NOT NULL,
	why TEXT COLLATE "C" NOT NULL,
	party TEXT COLLATE "C" NOT NULL,
	epoch TEXT COLLATE "C" NOT NULL,
	token TEXT COLLATE "C" NOT NULL,
	found BOOLEAN,
	CONSTRAINT pk_token_reversal PRIMARY KEY (id)
);

CREATE TABLE urgent (
	id BIGSERIAL NOT NULL,
	key TEXT COLLATE "C" NOT NULL,
	kind TEXT COLLATE "C" NOT NULL,
	about TEXT COLLATE "C" NOT NULL,
	case_id TEXT COLLATE "C",
	entered BIGINT NOT NULL,
	more BIGINT DEFAULT 0 NOT NULL,
	told BIGINT,
	tellings BIGINT DEFAULT 0 NOT NULL,
	seen BIGINT,
	seen_by TEXT COLLATE "C",
	why TEXT COLLATE "C",
	CONSTRAINT pk_urgent PRIMARY KEY (id)
);

CREATE INDEX ix_urgent_key ON urgent (key);

CREATE INDEX ix_urgent_open ON urgent (id) WHERE seen IS NULL;

CREATE TABLE account_given_password (
	account_id BIGINT NOT NULL,
	until BIGINT NOT NULL,
	CONSTRAINT pk_account_given_password PRIMARY KEY (account_id),
	CONSTRAINT fk_account_given_password_account_id_account FOREIGN KEY(account_id) REFERENCES account (id)
);

CREATE TABLE account_identity (
	issuer TEXT COLLATE "C" NOT NULL,
	subject TEXT COLLATE "C" NOT NULL,
	account_id BIGINT NOT NULL,
	since BIGINT NOT NULL,
	CONSTRAINT pk_account_identity PRIMARY KEY (issuer, subject),
	CONSTRAINT fk_account_identity_account_id_account FOREIGN KEY(account_id) REFERENCES account (id)
);

CREATE INDEX ix_account_identity_account_id ON account_identity (account_id);

CREATE TABLE account_passkey (
	id BIGSERIAL NOT NULL,
	account_id BIGINT NOT NULL,
	credential BYTEA NOT NULL,
	public_key BYTEA NOT NULL,
	handle BYTEA NOT NULL,
	count BIGINT NOT NULL,
	name TEXT COLLATE "C" NOT NULL,
	made BIGINT NOT NULL,
	used BIGINT,
	CONSTRAINT pk_account_passkey PRIMARY KEY (id),
	CONSTRAINT fk_account_passkey_account_id_account FOREIGN KEY(account_id) REFERENCES account (id),
	CONSTRAINT uq_account_passkey_credential UNIQUE (credential)
);

CREATE INDEX ix_account_passkey_account_id ON account_passkey (account_id);

CREATE TABLE account_session (
	digest BYTEA NOT NULL,
	account_id BIGINT NOT NULL,
	began BIGINT NOT NULL,
	seen BIGINT NOT NULL,
	CONSTRAINT pk_account_session PRIMARY KEY (digest),
	CONSTRAINT fk_account_session_account_id_account FOREIGN KEY(account_id) REFERENCES account (id)
);

CREATE INDEX ix_account_session_account_id ON account_session (account_id);

CREATE TABLE agreement_event (
	id BIGSERIAL NOT NULL,
	digest TEXT COLLATE "C" NOT NULL,
	act TEXT COLLATE "C" NOT NULL,
	at BIGINT NOT NULL,
	by TEXT COLLATE "C" NOT NULL,
	reason TEXT COLLATE "C",
	text TEXT COLLATE "C",
	effective BIGINT,
	note TEXT COLLATE "C",
	CONSTRAINT pk_agreement_event PRIMARY KEY (id),
	CONSTRAINT fk_agreement_event_digest_agreement_paper FOREIGN KEY(digest) REFERENCES agreement_paper (digest)
);

CREATE INDEX ix_agreement_event_digest ON agreement_event (digest);

CREATE TABLE case_complainer (
	mark BIGINT NOT NULL,
	case_id TEXT COLLATE "C" NOT NULL,
	CONSTRAINT pk_case_complainer PRIMARY KEY (mark),
	CONSTRAINT fk_case_complainer_case_id_abuse_case FOREIGN KEY(case_id) REFERENCES abuse_case (id)
);

CREATE TABLE case_day (
	case_id TEXT COLLATE "C" NOT NULL,
	day TEXT COLLATE "C" NOT NULL,
	complaints BIGINT NOT NULL,
	CONSTRAINT pk_case_day PRIMARY KEY (case_id, day),
	CONSTRAINT fk_case_day_case_id_abuse_case FOREIGN KEY(case_id) REFERENCES abuse_case (id)
);

CREATE TABLE case_event (
	id BIGSERIAL NOT NULL,
	case_id TEXT COLLATE "C" NOT NULL,
	at BIGINT NOT NULL,
	actor TEXT COLLATE "C" NOT NULL,
	action TEXT COLLATE "C" NOT NULL,
	note TEXT COLLATE "C",
	from_state TEXT COLLATE "C",
	to_state TEXT COLLATE "C" NOT NULL,
	CONSTRAINT pk_case_event PRIMARY KEY (id),
	CONSTRAINT fk_case_event_case_id_abuse_case FOREIGN KEY(case_id) REFERENCES abuse_case (id)
);

CREATE INDEX ix_case_event_at ON case_event (at, action);

CREATE INDEX ix_case_event_case_id ON case_event (case_id);

CREATE TABLE case_owner (
	case_id TEXT COLLATE "C" NOT NULL,
	account TEXT COLLATE "C" NOT NULL,
	by TEXT COLLATE "C" NOT NULL,
	at BIGINT NOT NULL,
	CONSTRAINT pk_case_owner PRIMARY KEY (case_id),
	CONSTRAINT fk_case_owner_case_id_abuse_case FOREIGN KEY(case_id) REFERENCES abuse_case (id)
);

CREATE INDEX ix_case_owner_account ON case_owner (account);

CREATE TABLE case_place (
	case_id TEXT COLLATE "C" NOT NULL,
	state TEXT COLLATE "C" NOT NULL,
	subject_kind TEXT COLLATE "C" NOT NULL,
	due BIGINT,
	last_seen BIGINT,
	is_spread BOOLEAN NOT NULL,
	weight BIGINT NOT NULL,
	reports BIGINT NOT NULL,
	label TEXT COLLATE "C" NOT NULL,
	contact TEXT COLLATE "C",
	CONSTRAINT pk_case_place PRIMARY KEY (case_id),
	CONSTRAINT fk_case_place_case_id_abuse_case FOREIGN KEY(case_id) REFERENCES abuse_case (id)
);

CREATE INDEX ix_case_place_due ON case_place (state, due, subject_kind) WHERE due IS NOT NULL;

CREATE INDEX ix_case_place_weight ON case_place (state, weight, due, subject_kind, last_seen, is_spread, reports, case_id);

CREATE TABLE complaint (
	id BIGSERIAL NOT NULL,
	key BYTEA NOT NULL,
	not_spam BOOLEAN NOT NULL,
	raw_id BIGINT NOT NULL,
	name TEXT COLLATE "C" NOT NULL,
	mailbox TEXT COLLATE "C",
	mailbox_token TEXT COLLATE "C",
	arrived BIGINT NOT NULL,
	due BIGINT NOT NULL,
	state TEXT COLLATE "C" NOT NULL,
	repeats BIGINT NOT NULL,
	taken_back BIGINT,
	decided BIGINT,
	refusals TEXT COLLATE "C",
	CONSTRAINT pk_complaint PRIMARY KEY (id),
	CONSTRAINT uq_complaint_key_not_spam UNIQUE (key, not_spam),
	CONSTRAINT fk_complaint_raw_id_raw FOREIGN KEY(raw_id) REFERENCES raw (id)
);

CREATE INDEX ix_complaint_mailbox_arrived ON complaint (mailbox, arrived);

CREATE INDEX ix_complaint_state_due ON complaint (state, due);

CREATE TABLE consequence (
	reference TEXT COLLATE "C" NOT NULL,
	subject TEXT COLLATE "C" NOT NULL,
	measure TEXT COLLATE "C" NOT NULL,
	is_severe BOOLEAN NOT NULL,
	reason TEXT COLLATE "C" NOT NULL,
	classes TEXT COLLATE "C" NOT NULL,
	also TEXT COLLATE "C",
	case_id TEXT COLLATE "C",
	peer TEXT COLLATE "C",
	imposed BIGINT NOT NULL,
	begins BIGINT NOT NULL,
	ends BIGINT NOT NULL,
	lifted BIGINT,
	CONSTRAINT pk_consequence PRIMARY KEY (reference),
	CONSTRAINT fk_consequence_case_id_abuse_case FOREIGN KEY(case_id) REFERENCES abuse_case (id)
);

CREATE INDEX ix_consequence_ends ON consequence (ends);

CREATE INDEX ix_consequence_subject ON consequence (subject);

CREATE TABLE consumer_claim (
	id BIGSERIAL NOT NULL,
	consumer TEXT COLLATE "C" NOT NULL,
	kind TEXT COLLATE "C" NOT NULL,
	subject TEXT COLLATE "C" NOT NULL,
	code TEXT COLLATE "C" NOT NULL,
	asked BIGINT,
	checked BIGINT,
	way TEXT COLLATE "C",
	proved BIGINT,
	expires BIGINT,
	warned BIGINT,
	CONSTRAINT pk_consumer_claim PRIMARY KEY (id),
	CONSTRAINT uq_consumer_claim_consumer_kind_subject UNIQUE (consumer, kind, subject),
	CONSTRAINT fk_consumer_claim_consumer_consumer FOREIGN KEY(consumer) REFERENCES consumer (name),
	CONSTRAINT uq_consumer_claim_code UNIQUE (code)
);

CREATE TABLE consumer_event (
	id BIGSERIAL NOT NULL,
	consumer TEXT COLLATE "C" NOT NULL,
	at BIGINT NOT NULL,
	actor TEXT COLLATE "C" NOT NULL,
	act TEXT COLLATE "C" NOT NULL,
	note TEXT COLLATE "C",
	to_state TEXT COLLATE "C" NOT NULL,
	CONSTRAINT pk_consumer_event PRIMARY KEY (id),
	CONSTRAINT fk_consumer_event_consumer_consumer FOREIGN KEY(consumer) REFERENCES consumer (name)
);

CREATE INDEX ix_consumer_event_consumer ON consumer_event (consumer, id);

CREATE TABLE contact_event (
	id BIGSERIAL NOT NULL,
	contact_id BIGINT NOT NULL,
	at BIGINT NOT NULL,
	actor TEXT COLLATE "C" NOT NULL,
	act TEXT COLLATE "C" NOT NULL,
	note TEXT COLLATE "C",
	to_state TEXT COLLATE "C" NOT NULL,
	CONSTRAINT pk_contact_event PRIMARY KEY (id),
	CONSTRAINT fk_contact_event_contact_id_abuse_contact FOREIGN KEY(contact_id) REFERENCES abuse_contact (id)
);

CREATE INDEX ix_contact_event_contact ON contact_event (contact_id, id);

CREATE TABLE contact_range (
	network BYTEA NOT NULL,
	width BIGINT NOT NULL,
	import_id BIGINT NOT NULL,
	contact_id BIGINT NOT NULL,
	way TEXT COLLATE "C" NOT NULL,
	CONSTRAINT pk_contact_range PRIMARY KEY (network, width, import_id),
	CONSTRAINT fk_contact_range_import_id_contact_import FOREIGN KEY(import_id) REFERENCES contact_import (id),
	CONSTRAINT fk_contact_range_contact_id_abuse_contact FOREIGN KEY(contact_id) REFERENCES abuse_contact (id)
);

CREATE INDEX ix_contact_range_contact ON contact_range (contact_id);

CREATE INDEX ix_contact_range_import ON contact_range (import_id);

CREATE TABLE head (
	channel_id BIGINT NOT NULL,
	size BIGINT NOT NULL,
	root BYTEA NOT NULL,
	note TEXT COLLATE "C" NOT NULL,
	signed BIGINT NOT NULL,
	receipted BIGINT,
	CONSTRAINT pk_head PRIMARY KEY (channel_id, size),
	CONSTRAINT fk_head_channel_id_channel FOREIGN KEY(channel_id) REFERENCES channel (id)
);

CREATE TABLE infestation (
	case_id TEXT COLLATE "C" NOT NULL,
	certainty TEXT COLLATE "C" NOT NULL,
	reason TEXT COLLATE "C" NOT NULL,
	first BIGINT NOT NULL,
	last BIGINT NOT NULL,
	sightings BIGINT NOT NULL,
	sources TEXT COLLATE "C" NOT NULL,
	said TEXT COLLATE "C" NOT NULL,
	addresses BIGINT NOT NULL,
	CONSTRAINT pk_infestation PRIMARY KEY (case_id),
	CONSTRAINT fk_infestation_case_id_abuse_case FOREIGN KEY(case_id) REFERENCES abuse_case (id)
);

CREATE INDEX ix_infestation_last ON infestation (last);

CREATE TABLE item (
	id BIGSERIAL NOT NULL,
	raw_id BIGINT NOT NULL,
	gate TEXT COLLATE "C" NOT NULL,
	name TEXT COLLATE "C" NOT NULL,
	arrived BIGINT NOT NULL,
	kind TEXT COLLATE "C" NOT NULL,
	why TEXT COLLATE "C" NOT NULL,
	carrier_message_id TEXT COLLATE "C",
	case_id TEXT COLLATE "C",
	repeats BIGINT DEFAULT 0 NOT NULL,
	reading TEXT COLLATE "C" NOT NULL,
	CONSTRAINT pk_item PRIMARY KEY (id),
	CONSTRAINT uq_item_raw_id UNIQUE (raw_id),
	CONSTRAINT fk_item_raw_id_raw FOREIGN KEY(raw_id) REFERENCES raw (id),
	CONSTRAINT fk_item_case_id_abuse_case FOREIGN KEY(case_id) REFERENCES abuse_case (id)
);

CREATE INDEX ix_item_case_id ON item (case_id) WHERE case_id IS NOT NULL;

CREATE TABLE leaf (
	channel_id BIGINT NOT NULL,
	position BIGINT NOT NULL,
	type TEXT COLLATE "C" NOT NULL,
	data BYTEA NOT NULL,
	submitted BIGINT NOT NULL,
	CONSTRAINT pk_leaf PRIMARY KEY (channel_id, position),
	CONSTRAINT fk_leaf_channel_id_channel FOREIGN KEY(channel_id) REFERENCES channel (id)
);

CREATE TABLE leaf_name (
	channel_id BIGINT NOT NULL,
	name TEXT COLLATE "C" NOT NULL,
	position BIGINT,
	counted BOOLEAN NOT NULL,
	retracted BIGINT,
	restored BOOLEAN NOT NULL,
	report_id BIGINT,
	CONSTRAINT pk_leaf_name PRIMARY KEY (channel_id, name),
	CONSTRAINT fk_leaf_name_channel_id_channel FOREIGN KEY(channel_id) REFERENCES channel (id)
);

CREATE TABLE legal_hold_act (
	id BIGSERIAL NOT NULL,
	hold_id BIGINT,
	at BIGINT NOT NULL,
	actor TEXT COLLATE "C" NOT NULL,
	act TEXT COLLATE "C" NOT NULL,
	about TEXT COLLATE "C" NOT NULL,
	note TEXT COLLATE "C",
	CONSTRAINT pk_legal_hold_act PRIMARY KEY (id),
	CONSTRAINT fk_legal_hold_act_hold_id_legal_hold FOREIGN KEY(hold_id) REFERENCES legal_hold (id)
);

CREATE TABLE node (
	channel_id BIGINT NOT NULL,
	level BIGINT NOT NULL,
	position BIGINT NOT NULL,
	hash BYTEA NOT NULL,
	CONSTRAINT pk_node PRIMARY KEY (channel_id, level, position),
	CONSTRAINT fk_node_channel_id_channel FOREIGN KEY(channel_id) REFERENCES channel (id)
);

CREATE TABLE payload (
	channel_id BIGINT NOT NULL,
	position BIGINT NOT NULL,
	salt BYTEA NOT NULL,
	data BYTEA NOT NULL,
	CONSTRAINT pk_payload PRIMARY KEY (channel_id, position),
	CONSTRAINT fk_payload_channel_id_channel FOREIGN KEY(channel_id) REFERENCES channel (id)
);

CREATE TABLE playbook_position (
	case_id TEXT COLLATE "C" NOT NULL,
	playbook TEXT COLLATE "C" NOT NULL,
	state TEXT COLLATE "C" NOT NULL,
	entered BIGINT NOT NULL,
	checked BIGINT NOT NULL,
	due BIGINT,
	serial BIGINT NOT NULL,
	verified BIGINT NOT NULL,
	heard BIGINT,
	raised BIGINT,
	CONSTRAINT pk_playbook_position PRIMARY KEY (case_id),
	CONSTRAINT fk_playbook_position_case_id_abuse_case FOREIGN KEY(case_id) REFERENCES abuse_case (id)
);

CREATE INDEX ix_playbook_position_due ON playbook_position (due) WHERE due IS NOT NULL;

CREATE TABLE portal_key (
	digest BYTEA NOT NULL,
	kind TEXT COLLATE "C" NOT NULL,
	consumer TEXT COLLATE "C",
	about TEXT COLLATE "C" NOT NULL,
	made BIGINT NOT NULL,
	expires BIGINT NOT NULL,
	used BIGINT,
	CONSTRAINT pk_portal_key PRIMARY KEY (digest),
	CONSTRAINT fk_portal_key_consumer_consumer FOREIGN KEY(consumer) REFERENCES consumer (name)
);

CREATE INDEX ix_portal_key_expires ON portal_key (expires);

CREATE INDEX ix_portal_key_kind ON portal_key (kind, made);

CREATE TABLE refused_leaf (
	channel_id BIGINT NOT NULL,
	position BIGINT NOT NULL,
	code TEXT COLLATE "C" NOT NULL,
	detail TEXT COLLATE "C",
	since BIGINT NOT NULL,
	passed BIGINT,
	CONSTRAINT pk_refused_leaf PRIMARY KEY (channel_id, position),
	CONSTRAINT fk_refused_leaf_channel_id_channel FOREIGN KEY(channel_id) REFERENCES channel (id)
);

CREATE TABLE sealed_access (
	id BIGSERIAL NOT NULL,
	sealed_id BIGINT NOT NULL,
	at BIGINT NOT NULL,
	by TEXT COLLATE "C" NOT NULL,
	act TEXT COLLATE "C" NOT NULL,
	why TEXT COLLATE "C",
	"to" TEXT COLLATE "C",
	reference TEXT COLLATE "C",
	CONSTRAINT pk_sealed_access PRIMARY KEY (id),
	CONSTRAINT fk_sealed_access_sealed_id_sealed FOREIGN KEY(sealed_id) REFERENCES sealed (id)
);

CREATE INDEX ix_sealed_access_sealed_id ON sealed_access (sealed_id);

CREATE TABLE shunt (
	id BIGSERIAL NOT NULL,
	raw_id BIGINT NOT NULL,
	gate TEXT COLLATE "C" NOT NULL,
	name TEXT COLLATE "C" NOT NULL,
	envelope_from TEXT COLLATE "C",
	stage TEXT COLLATE "C" NOT NULL,
	reason TEXT COLLATE "C" NOT NULL,
	detail TEXT COLLATE "C",
	tries BIGINT NOT NULL,
	first BIGINT NOT NULL,
	last BIGINT NOT NULL,
	resolved BIGINT,
	CONSTRAINT pk_shunt PRIMARY KEY (id),
	CONSTRAINT uq_shunt_raw_id UNIQUE (raw_id),
	CONSTRAINT fk_shunt_raw_id_raw FOREIGN KEY(raw_id) REFERENCES raw (id)
);

CREATE INDEX ix_shunt_waiting ON shunt (first) WHERE resolved IS NULL;

CREATE TABLE signal_adoption (
	id BIGSERIAL NOT NULL,
	issuer TEXT COLLATE "C" NOT NULL,
	signal_id TEXT COLLATE "C" NOT NULL,
	by TEXT COLLATE "C" NOT NULL,
	why TEXT COLLATE "C" NOT NULL,
	rule_id BIGINT,
	adopted BIGINT NOT NULL,
	begins BIGINT NOT NULL,
	until BIGINT NOT NULL,
	reference TEXT COLLATE "C",
	ended BIGINT,
	ended_why TEXT COLLATE "C",
	CONSTRAINT pk_signal_adoption PRIMARY KEY (id),
	CONSTRAINT fk_signal_adoption_issuer_signal_id_signal FOREIGN KEY(issuer, signal_id) REFERENCES signal (issuer, signal_id)
);

CREATE INDEX ix_signal_adoption_rule ON signal_adoption (rule_id, adopted);

CREATE INDEX ix_signal_adoption_signal ON signal_adoption (issuer, signal_id);

CREATE TABLE signing_stop (
	channel_id BIGINT NOT NULL,
	reason TEXT COLLATE "C" NOT NULL,
	size BIGINT NOT NULL,
	since BIGINT NOT NULL,
	CONSTRAINT pk_signing_stop PRIMARY KEY (channel_id),
	CONSTRAINT fk_signing_stop_channel_id_channel FOREIGN KEY(channel_id) REFERENCES channel (id)
);

CREATE TABLE training_sample (
	id BIGSERIAL NOT NULL,
	key BYTEA NOT NULL,
	complaint BYTEA NOT NULL,
	spam BOOLEAN NOT NULL,
	raw_id BIGINT,
	gate TEXT COLLATE "C" NOT NULL,
	reporter TEXT COLLATE "C",
	cohort TEXT COLLATE "C",
	peer TEXT COLLATE "C" NOT NULL,
	campaign TEXT COLLATE "C" NOT NULL,
	delivered BOOLEAN NOT NULL,
	vetted BOOLEAN NOT NULL,
	by_operator BOOLEAN NOT NULL,
	facts TEXT COLLATE "C",
	arrived BIGINT NOT NULL,
	said BIGINT NOT NULL,
	repeats BIGINT DEFAULT 0 NOT NULL,
	eligible_at BIGINT NOT NULL,
	state TEXT COLLATE "C" NOT NULL,
	reason TEXT COLLATE "C",
	decided BIGINT,
	version BIGINT,
	place BIGINT,
	CONSTRAINT pk_training_sample PRIMARY KEY (id),
	CONSTRAINT fk_training_sample_raw_id_raw FOREIGN KEY(raw_id) REFERENCES raw (id)
);

CREATE INDEX ix_training_sample_campaign_arrived ON training_sample (campaign, arrived);

CREATE INDEX ix_training_sample_complaint ON training_sample (complaint);

CREATE INDEX ix_training_sample_key ON training_sample (key);

CREATE INDEX ix_training_sample_raw_id ON training_sample (raw_id);

CREATE INDEX ix_training_sample_reporter_arrived ON training_sample (reporter, arrived);

CREATE INDEX ix_training_sample_state_eligible_at ON training_sample (state, eligible_at);

CREATE TABLE case_mention (
	id BIGSERIAL NOT NULL,
	case_id TEXT COLLATE "C" NOT NULL,
	event_id BIGINT NOT NULL,
	account TEXT COLLATE "C" NOT NULL,
	kind TEXT COLLATE "C" NOT NULL,
	by TEXT COLLATE "C" NOT NULL,
	at BIGINT NOT NULL,
	seen BIGINT,
	CONSTRAINT pk_case_mention PRIMARY KEY (id),
	CONSTRAINT fk_case_mention_case_id_abuse_case FOREIGN KEY(case_id) REFERENCES abuse_case (id),
	CONSTRAINT fk_case_mention_event_id_case_event FOREIGN KEY(event_id) REFERENCES case_event (id)
);

CREATE INDEX ix_case_mention_case_id ON case_mention (case_id);

CREATE INDEX ix_case_mention_open ON case_mention (account, id) WHERE seen IS NULL;

CREATE TABLE model_member (
	sample_id BIGINT NOT NULL,
	since BIGINT NOT NULL,
	until BIGINT,
	CONSTRAINT pk_model_member PRIMARY KEY (sample_id, since),
	CONSTRAINT fk_model_member_sample_id_training_sample FOREIGN KEY(sample_id) REFERENCES training_sample (id)
);

CREATE INDEX ix_model_member_until ON model_member (until);

CREATE TABLE recourse (
	reference TEXT COLLATE "C" NOT NULL,
	state TEXT COLLATE "C" NOT NULL,
	since BIGINT NOT NULL,
	due BIGINT,
	asker TEXT COLLATE "C",
	answered_by TEXT COLLATE "C",
	was_overdue BOOLEAN NOT NULL,
	CONSTRAINT pk_recourse PRIMARY KEY (reference),
	CONSTRAINT fk_recourse_reference_consequence FOREIGN KEY(reference) REFERENCES consequence (reference)
);

CREATE TABLE recourse_event (
	id BIGSERIAL NOT NULL,
	reference TEXT COLLATE "C" NOT NULL,
	at BIGINT NOT NULL,
	actor TEXT COLLATE "C" NOT NULL,
	act TEXT COLLATE "C" NOT NULL,
	note TEXT COLLATE "C",
	to_state TEXT COLLATE "C" NOT NULL,
	CONSTRAINT pk_recourse_event PRIMARY KEY (id),
	CONSTRAINT fk_recourse_event_reference_consequence FOREIGN KEY(reference) REFERENCES consequence (reference)
);

CREATE INDEX ix_recourse_event_reference ON recourse_event (reference);

CREATE TABLE report (
	id BIGSERIAL NOT NULL,
	item_id BIGINT,
	report_key BYTEA NOT NULL,
	complaint_key BYTEA,
	direction TEXT COLLATE "C" NOT NULL,
	channel_id BIGINT,
	peer TEXT COLLATE "C",
	source TEXT COLLATE "C",
	agreement_version BIGINT,
	definition TEXT COLLATE "C",
	solicited BOOLEAN DEFAULT false NOT NULL,
	tier TEXT COLLATE "C",
	tlp TEXT COLLATE "C",
	evidence_class TEXT COLLATE "C" NOT NULL,
	feedback_type TEXT COLLATE "C",
	is_complaint BOOLEAN NOT NULL,
	source_ip TEXT COLLATE "C",
	source_port BIGINT,
	observed BIGINT,
	observed_precision TEXT COLLATE "C",
	message_id TEXT COLLATE "C",
	complainer TEXT COLLATE "C",
	dkim_domain TEXT COLLATE "C",
	case_id TEXT COLLATE "C",
	no_case TEXT COLLATE "C",
	duplicate_of BIGINT,
	retracted BIGINT,
	facts TEXT COLLATE "C" NOT NULL,
	CONSTRAINT pk_report PRIMARY KEY (id),
	CONSTRAINT fk_report_item_id_item FOREIGN KEY(item_id) REFERENCES item (id),
	CONSTRAINT uq_report_report_key UNIQUE (report_key),
	CONSTRAINT uq_report_complaint_key UNIQUE (complaint_key),
	CONSTRAINT fk_report_case_id_abuse_case FOREIGN KEY(case_id) REFERENCES abuse_case (id),
	CONSTRAINT fk_report_duplicate_of_report FOREIGN KEY(duplicate_of) REFERENCES report (id)
);

CREATE INDEX ix_report_case_id_id ON report (case_id, id);

CREATE INDEX ix_report_item_id ON report (item_id);

CREATE INDEX ix_report_message_id ON report (message_id);

CREATE INDEX ix_report_no_case ON report (no_case) WHERE no_case IS NOT NULL;

CREATE INDEX ix_report_source ON report (source, case_id) WHERE source IS NOT NULL AND case_id IS NOT NULL;

CREATE INDEX ix_report_source_ip ON report (source_ip, case_id) WHERE source_ip IS NOT NULL AND case_id IS NOT NULL;

CREATE TABLE outbox (
	id BIGSERIAL NOT NULL,
	kind TEXT COLLATE "C" NOT NULL,
	party TEXT COLLATE "C" NOT NULL,
	address TEXT COLLATE "C" NOT NULL,
	bounce_token TEXT COLLATE "C" NOT NULL,
	data BYTEA,
	size BIGINT NOT NULL,
	report_id BIGINT,
	state TEXT COLLATE "C" NOT NULL,
	reason TEXT COLLATE "C",
	last_error TEXT COLLATE "C",
	entered BIGINT NOT NULL,
	released BIGINT,
	due BIGINT NOT NULL,
	attempts BIGINT NOT NULL,
	unanswered BIGINT NOT NULL,
	leased_until BIGINT,
	leased_by TEXT COLLATE "C",
	finished BIGINT,
	bounced BIGINT,
	CONSTRAINT pk_outbox PRIMARY KEY (id),
	CONSTRAINT uq_outbox_bounce_token UNIQUE (bounce_token),
	CONSTRAINT fk_outbox_report_id_report FOREIGN KEY(report_id) REFERENCES report (id)
);

CREATE INDEX ix_outbox_leased ON outbox (leased_until) WHERE leased_until IS NOT NULL;

CREATE INDEX ix_outbox_party_released ON outbox (party, released);

CREATE INDEX ix_outbox_report_id ON outbox (report_id);

CREATE INDEX ix_outbox_state_party_due ON outbox (state, party, due);

CREATE TABLE outcome_told (
	report_id BIGINT NOT NULL,
	outcome TEXT COLLATE "C" NOT NULL,
	at BIGINT NOT NULL,
	CONSTRAINT pk_outcome_told PRIMARY KEY (report_id),
	CONSTRAINT fk_outcome_told_report_id_report FOREIGN KEY(report_id) REFERENCES report (id)
);

CREATE TABLE report_campaign (
	report_id BIGINT NOT NULL,
	campaign BYTEA NOT NULL,
	CONSTRAINT pk_report_campaign PRIMARY KEY (report_id),
	CONSTRAINT fk_report_campaign_report_id_report FOREIGN KEY(report_id) REFERENCES report (id)
);

CREATE TABLE report_out (
	report_id BIGINT NOT NULL,
	name TEXT COLLATE "C" NOT NULL,
	complaint_id BIGINT NOT NULL,
	party TEXT COLLATE "C" NOT NULL,
	role TEXT COLLATE "C" NOT NULL,
	rule TEXT COLLATE "C" NOT NULL,
	reported TEXT COLLATE "C",
	quarter TEXT COLLATE "C",
	day TEXT COLLATE "C",
	source_net TEXT COLLATE "C" NOT NULL,
	outcome TEXT COLLATE "C",
	outcome_at BIGINT,
	CONSTRAINT pk_report_out PRIMARY KEY (report_id),
	CONSTRAINT uq_report_out_complaint_id_party UNIQUE (complaint_id, party),
	CONSTRAINT fk_report_out_report_id_report FOREIGN KEY(report_id) REFERENCES report (id),
	CONSTRAINT uq_report_out_name UNIQUE (name),
	CONSTRAINT fk_report_out_complaint_id_complaint FOREIGN KEY(complaint_id) REFERENCES complaint (id)
);

CREATE TABLE case_consequence (
	id BIGSERIAL NOT NULL,
	key TEXT COLLATE "C" NOT NULL,
	case_id TEXT COLLATE "C",
	kind TEXT COLLATE "C" NOT NULL,
	target_kind TEXT COLLATE "C" NOT NULL,
	target TEXT COLLATE "C" NOT NULL,
	facts TEXT COLLATE "C" NOT NULL,
	actor TEXT COLLATE "C" NOT NULL,
	why TEXT COLLATE "C" NOT NULL,
	state TEXT COLLATE "C" NOT NULL,
	reason TEXT COLLATE "C",
	entered BIGINT NOT NULL,
	due BIGINT NOT NULL,
	until BIGINT,
	attempts BIGINT DEFAULT 0 NOT NULL,
	leased_until BIGINT,
	last_error TEXT COLLATE "C",
	finished BIGINT,
	lifted BIGINT,
	lifted_by TEXT COLLATE "C",
	lifted_why TEXT COLLATE "C",
	outbox_id BIGINT,
	CONSTRAINT pk_case_consequence PRIMARY KEY (id),
	CONSTRAINT uq_case_consequence_key UNIQUE (key),
	CONSTRAINT fk_case_consequence_case_id_abuse_case FOREIGN KEY(case_id) REFERENCES abuse_case (id),
	CONSTRAINT fk_case_consequence_outbox_id_outbox FOREIGN KEY(outbox_id) REFERENCES outbox (id)
);

CREATE INDEX ix_case_consequence_case_id ON case_consequence (case_id);

CREATE INDEX ix_case_consequence_kind_target ON case_consequence (kind, target, target_kind);

CREATE INDEX ix_case_consequence_outbox_id ON case_consequence (outbox_id);

CREATE INDEX ix_case_consequence_state_kind_due ON case_consequence (state, kind, due);

CREATE TABLE case_letter (
	id BIGSERIAL NOT NULL,
	case_id TEXT COLLATE "C" NOT NULL,
	who TEXT COLLATE "C" NOT NULL,
	address TEXT COLLATE "C" NOT NULL,
	subject TEXT COLLATE "C" NOT NULL,
	message_id TEXT COLLATE "C" NOT NULL,
	outbox_id BIGINT NOT NULL,
	written BIGINT NOT NULL,
	by TEXT COLLATE "C" NOT NULL,
	answer_by BIGINT,
	answered BIGINT,
	bounced BIGINT,
	reminded BIGINT,
	CONSTRAINT pk_case_letter PRIMARY KEY (id),
	CONSTRAINT fk_case_letter_case_id_abuse_case FOREIGN KEY(case_id) REFERENCES abuse_case (id),
	CONSTRAINT fk_case_letter_outbox_id_outbox FOREIGN KEY(outbox_id) REFERENCES outbox (id)
);

CREATE INDEX ix_case_letter_case_id ON case_letter (case_id);

CREATE INDEX ix_case_letter_open ON case_letter (id) WHERE answered IS NULL AND bounced IS NULL;

CREATE INDEX ix_case_letter_outbox_id ON case_letter (outbox_id);

CREATE TABLE case_letter_file (
	id BIGSERIAL NOT NULL,
	letter_id BIGINT NOT NULL,
	name TEXT COLLATE "C" NOT NULL,
	media_type TEXT COLLATE "C" NOT NULL,
	size BIGINT NOT NULL,
	digest TEXT COLLATE "C" NOT NULL,
	CONSTRAINT pk_case_letter_file PRIMARY KEY (id),
	CONSTRAINT fk_case_letter_file_letter_id_case_letter FOREIGN KEY(letter_id) REFERENCES case_letter (id)
);

CREATE INDEX ix_case_letter_file_letter_id ON case_letter_file (letter_id);

