-- The tables of the first tagged version. Made by script/tables; once the tag is set, never changed.

CREATE TABLE abuse_case (
	id TEXT NOT NULL,
	"key" TEXT NOT NULL,
	subject TEXT NOT NULL,
	subject_kind TEXT NOT NULL,
	label TEXT NOT NULL,
	number INTEGER NOT NULL,
	contact TEXT,
	state TEXT NOT NULL,
	state_since BIGINT NOT NULL,
	question TEXT,
	opened BIGINT NOT NULL,
	first_seen BIGINT,
	last_seen BIGINT,
	reports INTEGER NOT NULL,
	repeats INTEGER NOT NULL,
	complainers INTEGER NOT NULL,
	classes TEXT NOT NULL,
	merged_into TEXT,
	reopened_from TEXT,
	due BIGINT,
	CONSTRAINT pk_abuse_case PRIMARY KEY (id),
	CONSTRAINT uq_abuse_case_key UNIQUE ("key"),
	CONSTRAINT fk_abuse_case_merged_into_abuse_case FOREIGN KEY(merged_into) REFERENCES abuse_case (id),
	CONSTRAINT fk_abuse_case_reopened_from_abuse_case FOREIGN KEY(reopened_from) REFERENCES abuse_case (id)
);

CREATE INDEX ix_abuse_case_opened ON abuse_case (opened, id);

CREATE INDEX ix_abuse_case_state ON abuse_case (state);

CREATE UNIQUE INDEX ix_abuse_case_subject_number ON abuse_case (subject, number);

CREATE TABLE abuse_contact (
	id INTEGER NOT NULL,
	address TEXT NOT NULL,
	state TEXT NOT NULL,
	since BIGINT NOT NULL,
	code TEXT,
	confirmed_by TEXT,
	probed BIGINT,
	answered BIGINT,
	bounced BIGINT,
	bounces INTEGER NOT NULL,
	CONSTRAINT pk_abuse_contact PRIMARY KEY (id),
	CONSTRAINT uq_abuse_contact_address UNIQUE (address),
	CONSTRAINT uq_abuse_contact_code UNIQUE (code)
);

CREATE INDEX ix_abuse_contact_state ON abuse_contact (state, address);

CREATE TABLE access_log (
	id INTEGER NOT NULL,
	at BIGINT NOT NULL,
	account TEXT NOT NULL,
	what TEXT NOT NULL,
	about TEXT NOT NULL,
	CONSTRAINT pk_access_log PRIMARY KEY (id)
);

CREATE INDEX ix_access_log_about ON access_log (about, account);

CREATE INDEX ix_access_log_at ON access_log (at);

CREATE TABLE account (
	id INTEGER NOT NULL,
	name TEXT NOT NULL,
	role TEXT NOT NULL,
	language TEXT,
	password TEXT NOT NULL,
	secret BLOB,
	last_step BIGINT,
	recovery TEXT,
	created BIGINT NOT NULL,
	ended BIGINT,
	CONSTRAINT pk_account PRIMARY KEY (id),
	CONSTRAINT uq_account_name UNIQUE (name)
);

CREATE TABLE agreement_paper (
	digest TEXT NOT NULL,
	peer TEXT NOT NULL,
	version INTEGER NOT NULL,
	data BLOB NOT NULL,
	note TEXT NOT NULL,
	sent INTEGER NOT NULL,
	CONSTRAINT pk_agreement_paper PRIMARY KEY (digest)
);

CREATE INDEX ix_agreement_paper_peer ON agreement_paper (peer);

CREATE TABLE agreement_subject (
	peer TEXT NOT NULL,
	subject BLOB NOT NULL,
	last BIGINT NOT NULL,
	CONSTRAINT pk_agreement_subject PRIMARY KEY (peer, subject)
)
 WITHOUT ROWID;

CREATE INDEX ix_agreement_subject_peer_last ON agreement_subject (peer, last);

CREATE TABLE api_act (
	id INTEGER NOT NULL,
	at BIGINT NOT NULL,
	token_id TEXT NOT NULL,
	name TEXT NOT NULL,
	act TEXT NOT NULL,
	about TEXT NOT NULL,
	"key" BLOB,
	digest BLOB,
	CONSTRAINT pk_api_act PRIMARY KEY (id)
);

CREATE INDEX ix_api_act_at ON api_act (at);

CREATE UNIQUE INDEX ix_api_act_key ON api_act ("key");

CREATE TABLE api_token (
	id TEXT NOT NULL,
	name TEXT NOT NULL,
	digest BLOB NOT NULL,
	scopes TEXT NOT NULL,
	per_minute INTEGER NOT NULL,
	created BIGINT NOT NULL,
	expires BIGINT,
	revoked BIGINT,
	last_used TEXT,
	CONSTRAINT pk_api_token PRIMARY KEY (id)
)
 WITHOUT ROWID;

CREATE TABLE bot_sighting (
	identity BLOB NOT NULL,
	subject TEXT,
	doubt TEXT,
	sighting_class TEXT NOT NULL,
	source TEXT NOT NULL,
	address TEXT NOT NULL,
	port INTEGER,
	seen BIGINT NOT NULL,
	taken BIGINT NOT NULL,
	said TEXT,
	kind TEXT,
	CONSTRAINT pk_bot_sighting PRIMARY KEY (identity)
)
 WITHOUT ROWID;

CREATE INDEX ix_bot_sighting_subject_seen ON bot_sighting (subject, seen, sighting_class, source, address, said);

CREATE INDEX ix_bot_sighting_taken ON bot_sighting (taken);

CREATE TABLE bot_source_day (
	source TEXT NOT NULL,
	day INTEGER NOT NULL,
	CONSTRAINT pk_bot_source_day PRIMARY KEY (source, day)
)
 WITHOUT ROWID;

CREATE TABLE bot_source_outcome (
	case_id TEXT NOT NULL,
	source TEXT NOT NULL,
	is_right BOOLEAN NOT NULL,
	"by" TEXT NOT NULL,
	at BIGINT NOT NULL,
	CONSTRAINT pk_bot_source_outcome PRIMARY KEY (case_id, source)
)
 WITHOUT ROWID;

CREATE TABLE campaign_complainer (
	party TEXT NOT NULL,
	campaign BLOB NOT NULL,
	complainer TEXT NOT NULL,
	at BIGINT NOT NULL,
	CONSTRAINT pk_campaign_complainer PRIMARY KEY (party, campaign, complainer)
);

CREATE INDEX ix_campaign_complainer_at ON campaign_complainer (at);

CREATE TABLE campaign_told (
	party TEXT NOT NULL,
	campaign BLOB NOT NULL,
	first BIGINT NOT NULL,
	last BIGINT NOT NULL,
	told BIGINT NOT NULL,
	complaints INTEGER NOT NULL,
	resolved BIGINT,
	CONSTRAINT pk_campaign_told PRIMARY KEY (party, campaign)
);

CREATE INDEX ix_campaign_told_last ON campaign_told (last);

CREATE TABLE card_mailed (
	until BIGINT NOT NULL,
	CONSTRAINT pk_card_mailed PRIMARY KEY (until)
);

CREATE TABLE case_count (
	state TEXT NOT NULL,
	subject_kind TEXT NOT NULL,
	cases INTEGER NOT NULL,
	CONSTRAINT pk_case_count PRIMARY KEY (state, subject_kind)
);

CREATE TABLE case_finding (
	id INTEGER NOT NULL,
	case_id TEXT NOT NULL,
	outcome TEXT NOT NULL,
	at BIGINT NOT NULL,
	CONSTRAINT pk_case_finding PRIMARY KEY (id)
);

CREATE INDEX ix_case_finding_case_id ON case_finding (case_id);

CREATE TABLE channel (
	id INTEGER NOT NULL,
	origin TEXT NOT NULL,
	reporting TEXT NOT NULL,
	reported TEXT NOT NULL,
	quarter TEXT NOT NULL,
	size INTEGER NOT NULL,
	is_copy BOOLEAN NOT NULL,
	CONSTRAINT pk_channel PRIMARY KEY (id),
	CONSTRAINT uq_channel_origin UNIQUE (origin)
);

CREATE TABLE claimed_count (
	day TEXT NOT NULL,
	domain TEXT NOT NULL,
	mails BIGINT NOT NULL,
	aligned BIGINT NOT NULL,
	spam BIGINT NOT NULL,
	CONSTRAINT pk_claimed_count PRIMARY KEY (day, domain)
);

CREATE TABLE coalition_action_report (
	minutes_id TEXT NOT NULL,
	number INTEGER NOT NULL,
	record TEXT NOT NULL,
	note TEXT NOT NULL,
	CONSTRAINT pk_coalition_action_report PRIMARY KEY (minutes_id, number)
);

CREATE TABLE coalition_digest (
	id INTEGER NOT NULL,
	at BIGINT NOT NULL,
	mails INTEGER NOT NULL,
	text TEXT NOT NULL,
	CONSTRAINT pk_coalition_digest PRIMARY KEY (id)
);

CREATE TABLE coalition_member (
	issuer TEXT NOT NULL,
	version INTEGER NOT NULL,
	record TEXT NOT NULL,
	note TEXT NOT NULL,
	taken BIGINT NOT NULL,
	ends BIGINT NOT NULL,
	CONSTRAINT pk_coalition_member PRIMARY KEY (issuer)
);

CREATE TABLE coalition_minutes (
	minutes_id TEXT NOT NULL,
	record TEXT NOT NULL,
	held BIGINT NOT NULL,
	note TEXT NOT NULL,
	taken BIGINT NOT NULL,
	CONSTRAINT pk_coalition_minutes PRIMARY KEY (minutes_id)
);

CREATE TABLE comprehension (
	day TEXT NOT NULL,
	phase TEXT NOT NULL,
	question TEXT NOT NULL,
	answer TEXT NOT NULL,
	n INTEGER NOT NULL,
	CONSTRAINT pk_comprehension PRIMARY KEY (day, phase, question, answer)
);

CREATE TABLE consumer (
	name TEXT NOT NULL,
	address TEXT NOT NULL,
	contact TEXT,
	languages TEXT NOT NULL,
	report_format TEXT NOT NULL,
	state TEXT NOT NULL,
	since BIGINT NOT NULL,
	applied BIGINT NOT NULL,
	reason TEXT,
	quota INTEGER NOT NULL,
	CONSTRAINT pk_consumer PRIMARY KEY (name)
);

CREATE INDEX ix_consumer_state ON consumer (state);

CREATE TABLE contact_import (
	id INTEGER NOT NULL,
	source TEXT NOT NULL,
	day TEXT NOT NULL,
	at BIGINT NOT NULL,
	ranges INTEGER NOT NULL,
	counts BOOLEAN NOT NULL,
	CONSTRAINT pk_contact_import PRIMARY KEY (id)
);

CREATE TABLE delivered (
	identity BLOB NOT NULL,
	day TEXT NOT NULL,
	CONSTRAINT pk_delivered PRIMARY KEY (identity)
)
 WITHOUT ROWID;

CREATE INDEX ix_delivered_day ON delivered (day);

CREATE TABLE delivered_count (
	hour BIGINT NOT NULL,
	domain TEXT NOT NULL,
	source TEXT NOT NULL,
	folder TEXT NOT NULL,
	mails BIGINT NOT NULL,
	CONSTRAINT pk_delivered_count PRIMARY KEY (hour, domain, source, folder)
);

CREATE TABLE delivered_day (
	day TEXT NOT NULL,
	CONSTRAINT pk_delivered_day PRIMARY KEY (day)
)
 WITHOUT ROWID;

CREATE TABLE document_out (
	id INTEGER NOT NULL,
	peer TEXT NOT NULL,
	about TEXT NOT NULL,
	note TEXT NOT NULL,
	entered BIGINT NOT NULL,
	given BIGINT,
	refused TEXT,
	CONSTRAINT pk_document_out PRIMARY KEY (id)
);

CREATE INDEX ix_document_out_peer ON document_out (peer, given);

CREATE TABLE erasure (
	id INTEGER NOT NULL,
	at BIGINT NOT NULL,
	"of" TEXT NOT NULL,
	part TEXT NOT NULL,
	n INTEGER NOT NULL,
	"before" BIGINT NOT NULL,
	digest TEXT NOT NULL,
	days INTEGER NOT NULL,
	spared INTEGER NOT NULL,
	leaf TEXT,
	CONSTRAINT pk_erasure PRIMARY KEY (id)
);

CREATE TABLE erasure_mark (
	part TEXT NOT NULL,
	upto INTEGER NOT NULL,
	CONSTRAINT pk_erasure_mark PRIMARY KEY (part)
);

CREATE TABLE exchange_count (
	peer TEXT NOT NULL,
	day TEXT NOT NULL,
	what TEXT NOT NULL,
	count INTEGER NOT NULL,
	CONSTRAINT pk_exchange_count PRIMARY KEY (peer, day, what)
)
 WITHOUT ROWID;

CREATE TABLE guidance_comment (
	comment_id TEXT NOT NULL,
	guidance_id TEXT NOT NULL,
	version INTEGER NOT NULL,
	issuer TEXT NOT NULL,
	text TEXT NOT NULL,
	"by" TEXT NOT NULL,
	made BIGINT NOT NULL,
	note TEXT NOT NULL,
	CONSTRAINT pk_guidance_comment PRIMARY KEY (comment_id)
);

CREATE INDEX ix_guidance_comment_guidance_id ON guidance_comment (guidance_id);

CREATE TABLE guidance_version (
	guidance_id TEXT NOT NULL,
	version INTEGER NOT NULL,
	issuer TEXT NOT NULL,
	parties TEXT NOT NULL,
	title TEXT NOT NULL,
	text TEXT NOT NULL,
	practices TEXT NOT NULL,
	"by" TEXT NOT NULL,
	made BIGINT NOT NULL,
	note TEXT NOT NULL,
	taken BIGINT NOT NULL,
	agreed BIGINT,
	agreed_by TEXT,
	CONSTRAINT pk_guidance_version PRIMARY KEY (guidance_id, version)
);

CREATE TABLE joint_statement (
	peer TEXT NOT NULL,
	period TEXT NOT NULL,
	sha256 TEXT NOT NULL,
	state TEXT NOT NULL,
	data BLOB NOT NULL,
	entered BIGINT NOT NULL,
	reason TEXT,
	place TEXT,
	numbers TEXT NOT NULL,
	given BIGINT,
	CONSTRAINT pk_joint_statement PRIMARY KEY (peer, period, sha256)
);

CREATE TABLE judged_count (
	day TEXT NOT NULL,
	peer TEXT NOT NULL,
	mails BIGINT NOT NULL,
	judged BIGINT NOT NULL,
	spam BIGINT NOT NULL,
	traps BIGINT NOT NULL,
	CONSTRAINT pk_judged_count PRIMARY KEY (day, peer)
);

CREATE TABLE junked_campaign (
	id INTEGER NOT NULL,
	campaign TEXT NOT NULL,
	since BIGINT NOT NULL,
	until BIGINT NOT NULL,
	people INTEGER NOT NULL,
	lifted BIGINT,
	lifted_by TEXT,
	CONSTRAINT pk_junked_campaign PRIMARY KEY (id)
);

CREATE INDEX ix_junked_campaign_campaign ON junked_campaign (campaign);

CREATE INDEX ix_junked_campaign_until ON junked_campaign (until);

CREATE TABLE lease (
	network BLOB NOT NULL,
	band SMALLINT NOT NULL,
	shelf SMALLINT NOT NULL,
	began BIGINT NOT NULL,
	identity BLOB NOT NULL,
	first_port INTEGER NOT NULL,
	last_port INTEGER NOT NULL,
	ended BIGINT,
	known_until BIGINT NOT NULL,
	subscriber TEXT NOT NULL,
	is_shared BOOLEAN NOT NULL,
	CONSTRAINT pk_lease PRIMARY KEY (network, band, shelf, began, identity)
)
 WITHOUT ROWID;

CREATE INDEX ix_lease_identity ON lease (identity);

CREATE INDEX ix_lease_known_until ON lease (known_until);

CREATE TABLE lease_width (
	version SMALLINT NOT NULL,
	width SMALLINT NOT NULL,
	CONSTRAINT pk_lease_width PRIMARY KEY (version, width)
);

CREATE TABLE left_count (
	day TEXT NOT NULL,
	domain TEXT NOT NULL,
	mails BIGINT NOT NULL,
	CONSTRAINT pk_left_count PRIMARY KEY (day, domain)
);

CREATE TABLE legal_hold (
	id INTEGER NOT NULL,
	subject TEXT NOT NULL,
	case_id TEXT,
	"by" TEXT NOT NULL,
	why TEXT NOT NULL,
	placed BIGINT NOT NULL,
	until BIGINT NOT NULL,
	lifted BIGINT,
	lifted_by TEXT,
	lifted_why TEXT,
	CONSTRAINT pk_legal_hold PRIMARY KEY (id)
);

CREATE TABLE mail_log_place (
	name TEXT NOT NULL,
	head BLOB NOT NULL,
	"offset" BIGINT NOT NULL,
	read BIGINT NOT NULL,
	CONSTRAINT pk_mail_log_place PRIMARY KEY (name)
);

CREATE TABLE mail_login (
	mark BLOB NOT NULL,
	login TEXT NOT NULL,
	seen BIGINT NOT NULL,
	CONSTRAINT pk_mail_login PRIMARY KEY (mark, login)
)
 WITHOUT ROWID;

CREATE INDEX ix_mail_login_seen ON mail_login (seen);

CREATE TABLE meta (
	name TEXT NOT NULL,
	value TEXT NOT NULL,
	CONSTRAINT pk_meta PRIMARY KEY (name)
);

CREATE TABLE model_version (
	id INTEGER NOT NULL,
	kind TEXT NOT NULL,
	at BIGINT NOT NULL,
	serves BOOLEAN NOT NULL,
	digest BLOB,
	base INTEGER,
	spam INTEGER NOT NULL,
	legitimate INTEGER NOT NULL,
	added INTEGER NOT NULL,
	removed INTEGER NOT NULL,
	left_out INTEGER NOT NULL,
	locked TEXT,
	lost INTEGER,
	missed INTEGER,
	reason TEXT,
	CONSTRAINT pk_model_version PRIMARY KEY (id)
);

CREATE INDEX ix_model_version_serves ON model_version (serves, id);

CREATE TABLE notice (
	reference TEXT NOT NULL,
	case_id TEXT NOT NULL,
	kind TEXT NOT NULL,
	language TEXT NOT NULL,
	certainty TEXT NOT NULL,
	family TEXT NOT NULL,
	guide TEXT NOT NULL,
	seen_first BIGINT NOT NULL,
	seen_last BIGINT NOT NULL,
	deadline BIGINT,
	given BIGINT NOT NULL,
	checks INTEGER NOT NULL,
	CONSTRAINT pk_notice PRIMARY KEY (reference)
);

CREATE INDEX ix_notice_case_id ON notice (case_id);

CREATE INDEX ix_notice_given ON notice (given);

CREATE TABLE own_log_hour (
	subject TEXT NOT NULL,
	hour BIGINT NOT NULL,
	address TEXT NOT NULL,
	port INTEGER,
	last BIGINT NOT NULL,
	mails INTEGER NOT NULL,
	recipients INTEGER NOT NULL,
	helos INTEGER NOT NULL,
	failures INTEGER NOT NULL,
	refused INTEGER NOT NULL,
	recipient_bits BLOB,
	helo_bits BLOB,
	CONSTRAINT pk_own_log_hour PRIMARY KEY (subject, hour)
)
 WITHOUT ROWID;

CREATE INDEX ix_own_log_hour_hour ON own_log_hour (hour);

CREATE INDEX ix_own_log_hour_open ON own_log_hour (hour) WHERE recipient_bits IS NOT NULL;

CREATE TABLE own_log_queue (
	mark BLOB NOT NULL,
	subject TEXT NOT NULL,
	at BIGINT NOT NULL,
	CONSTRAINT pk_own_log_queue PRIMARY KEY (mark)
)
 WITHOUT ROWID;

CREATE INDEX ix_own_log_queue_at ON own_log_queue (at);

CREATE TABLE own_log_salt (
	hour BIGINT NOT NULL,
	salt BLOB NOT NULL,
	CONSTRAINT pk_own_log_salt PRIMARY KEY (hour)
);

CREATE TABLE peer (
	name TEXT NOT NULL,
	address TEXT NOT NULL,
	state TEXT NOT NULL,
	since BIGINT NOT NULL,
	reason TEXT,
	agreement_version INTEGER,
	CONSTRAINT pk_peer PRIMARY KEY (name)
);

CREATE TABLE peer_key (
	peer TEXT NOT NULL,
	public BLOB NOT NULL,
	revocation BLOB NOT NULL,
	state TEXT NOT NULL,
	since BIGINT NOT NULL,
	CONSTRAINT pk_peer_key PRIMARY KEY (peer, public)
)
 WITHOUT ROWID;

CREATE TABLE practice_claim (
	id INTEGER NOT NULL,
	practice TEXT NOT NULL,
	network TEXT NOT NULL,
	standing TEXT NOT NULL,
	evidence TEXT NOT NULL,
	reviewer TEXT,
	at BIGINT NOT NULL,
	CONSTRAINT pk_practice_claim PRIMARY KEY (id)
);

CREATE INDEX ix_practice_claim_practice ON practice_claim (practice);

CREATE TABLE practice_listed (
	source TEXT NOT NULL,
	number TEXT NOT NULL,
	text TEXT NOT NULL,
	text_zh TEXT,
	practice TEXT,
	CONSTRAINT pk_practice_listed PRIMARY KEY (source, number)
);

CREATE TABLE queue_view (
	id INTEGER NOT NULL,
	name TEXT NOT NULL,
	account TEXT NOT NULL,
	is_shared BOOLEAN NOT NULL,
	asked TEXT NOT NULL,
	made BIGINT NOT NULL,
	CONSTRAINT pk_queue_view PRIMARY KEY (id),
	CONSTRAINT uq_queue_view_account_name UNIQUE (account, name)
);

CREATE TABLE raw (
	id INTEGER NOT NULL,
	digest BLOB NOT NULL,
	data BLOB,
	size INTEGER NOT NULL,
	arrived BIGINT NOT NULL,
	kept_until BIGINT,
	CONSTRAINT pk_raw PRIMARY KEY (id),
	CONSTRAINT uq_raw_digest UNIQUE (digest)
);

CREATE INDEX ix_raw_kept_until ON raw (kept_until) WHERE data IS NOT NULL AND kept_until IS NOT NULL;

CREATE TABLE rollup (
	channel_id BIGINT NOT NULL,
	day TEXT NOT NULL,
	class TEXT NOT NULL,
	source_net TEXT NOT NULL,
	count INTEGER NOT NULL,
	CONSTRAINT pk_rollup PRIMARY KEY (channel_id, day, class, source_net)
)
 WITHOUT ROWID;

CREATE INDEX ix_rollup_day ON rollup (day);

CREATE TABLE rollup_day (
	day TEXT NOT NULL,
	count INTEGER NOT NULL,
	changes INTEGER NOT NULL,
	CONSTRAINT pk_rollup_day PRIMARY KEY (day)
)
 WITHOUT ROWID;

CREATE TABLE sealed (
	id INTEGER NOT NULL,
	digest TEXT NOT NULL,
	size INTEGER NOT NULL,
	gate TEXT NOT NULL,
	name TEXT NOT NULL,
	envelope_from TEXT,
	arrived BIGINT NOT NULL,
	box BLOB,
	key_id TEXT NOT NULL,
	sort TEXT NOT NULL,
	matched TEXT NOT NULL,
	state TEXT NOT NULL,
	entered BIGINT NOT NULL,
	hold_until BIGINT,
	kept_until BIGINT,
	raw_id INTEGER,
	CONSTRAINT pk_sealed PRIMARY KEY (id),
	CONSTRAINT uq_sealed_digest UNIQUE (digest)
);

CREATE INDEX ix_sealed_state ON sealed (state);

CREATE TABLE search_mark (
	kind BIGINT NOT NULL,
	upto INTEGER NOT NULL,
	at BIGINT NOT NULL,
	CONSTRAINT pk_search_mark PRIMARY KEY (kind)
);

CREATE TABLE search_posting (
	kind BIGINT NOT NULL,
	block BIGINT NOT NULL,
	term TEXT NOT NULL,
	places BLOB NOT NULL,
	CONSTRAINT pk_search_posting PRIMARY KEY (kind, block, term)
)
 WITHOUT ROWID;

CREATE TABLE self_service_act (
	id INTEGER NOT NULL,
	case_id TEXT NOT NULL,
	reference TEXT NOT NULL,
	act TEXT NOT NULL,
	at BIGINT NOT NULL,
	CONSTRAINT pk_self_service_act PRIMARY KEY (id)
);

CREATE INDEX ix_self_service_act_case_id ON self_service_act (case_id);

CREATE TABLE self_service_step (
	case_id TEXT NOT NULL,
	device TEXT NOT NULL,
	step TEXT NOT NULL,
	done BIGINT NOT NULL,
	CONSTRAINT pk_self_service_step PRIMARY KEY (case_id, device, step)
);

CREATE TABLE sent_volume (
	label TEXT NOT NULL,
	day TEXT NOT NULL,
	mails INTEGER NOT NULL,
	CONSTRAINT pk_sent_volume PRIMARY KEY (label, day)
)
 WITHOUT ROWID;

CREATE TABLE sign_in_begun (
	"key" BLOB NOT NULL,
	browser BLOB NOT NULL,
	kind TEXT NOT NULL,
	facts TEXT NOT NULL,
	at BIGINT NOT NULL,
	CONSTRAINT pk_sign_in_begun PRIMARY KEY ("key")
);

CREATE INDEX ix_sign_in_begun_at ON sign_in_begun (at);

CREATE TABLE sign_in_wait (
	"key" TEXT NOT NULL,
	fails INTEGER NOT NULL,
	last BIGINT NOT NULL,
	CONSTRAINT pk_sign_in_wait PRIMARY KEY ("key")
);

CREATE TABLE signal (
	issuer TEXT NOT NULL,
	signal_id TEXT NOT NULL,
	kind TEXT NOT NULL,
	subject TEXT NOT NULL,
	classes TEXT NOT NULL,
	first_seen BIGINT NOT NULL,
	last_seen BIGINT NOT NULL,
	tlp TEXT NOT NULL,
	is_severe BOOLEAN NOT NULL,
	reason TEXT NOT NULL,
	reference TEXT NOT NULL,
	contact TEXT NOT NULL,
	made BIGINT NOT NULL,
	begins BIGINT NOT NULL,
	ends BIGINT NOT NULL,
	note TEXT NOT NULL,
	taken BIGINT NOT NULL,
	is_ours BOOLEAN NOT NULL,
	withdrawn BIGINT,
	withdrawn_reason TEXT,
	withdrawal_note TEXT,
	CONSTRAINT pk_signal PRIMARY KEY (issuer, signal_id)
);

CREATE INDEX ix_signal_ends ON signal (ends);

CREATE INDEX ix_signal_subject ON signal (subject);

CREATE TABLE signal_rule (
	id INTEGER NOT NULL,
	peer TEXT NOT NULL,
	kinds TEXT NOT NULL,
	classes TEXT NOT NULL,
	least_evidence INTEGER NOT NULL,
	widest_v4 INTEGER NOT NULL,
	widest_v6 INTEGER NOT NULL,
	days INTEGER NOT NULL,
	per_day INTEGER NOT NULL,
	"by" TEXT NOT NULL,
	why TEXT NOT NULL,
	made BIGINT NOT NULL,
	until BIGINT NOT NULL,
	ended BIGINT,
	CONSTRAINT pk_signal_rule PRIMARY KEY (id)
);

CREATE TABLE signature_seen (
	signature BLOB NOT NULL,
	complaint BLOB NOT NULL,
	mailbox_token TEXT NOT NULL,
	network TEXT NOT NULL,
	seen BIGINT NOT NULL,
	CONSTRAINT pk_signature_seen PRIMARY KEY (signature, complaint)
);

CREATE INDEX ix_signature_seen_complaint ON signature_seen (complaint);

CREATE INDEX ix_signature_seen_seen ON signature_seen (seen);

CREATE TABLE source (
	name TEXT NOT NULL,
	proof TEXT NOT NULL,
	trust TEXT NOT NULL,
	first BIGINT NOT NULL,
	last BIGINT NOT NULL,
	items INTEGER NOT NULL,
	reports INTEGER NOT NULL,
	unmatched INTEGER NOT NULL,
	unread INTEGER NOT NULL,
	selectors TEXT NOT NULL,
	changed BIGINT,
	changed_by TEXT,
	why TEXT,
	CONSTRAINT pk_source PRIMARY KEY (name)
);

CREATE TABLE source_alarm (
	id INTEGER NOT NULL,
	name TEXT NOT NULL,
	kind TEXT NOT NULL,
	since BIGINT NOT NULL,
	facts TEXT NOT NULL,
	told BIGINT,
	ended BIGINT,
	ended_by TEXT,
	why TEXT,
	CONSTRAINT pk_source_alarm PRIMARY KEY (id)
);

CREATE UNIQUE INDEX ix_source_alarm_open ON source_alarm (name, kind) WHERE ended IS NULL;

CREATE TABLE source_hour (
	name TEXT NOT NULL,
	at BIGINT NOT NULL,
	items INTEGER NOT NULL,
	reports INTEGER NOT NULL,
	unmatched INTEGER NOT NULL,
	unread INTEGER NOT NULL,
	CONSTRAINT pk_source_hour PRIMARY KEY (name, at)
)
 WITHOUT ROWID;

CREATE INDEX ix_source_hour_at ON source_hour (at);

CREATE TABLE statement_published (
	sha256 TEXT NOT NULL,
	at BIGINT NOT NULL,
	"by" TEXT NOT NULL,
	CONSTRAINT pk_statement_published PRIMARY KEY (sha256)
);

CREATE TABLE submission (
	id TEXT NOT NULL,
	token_id TEXT NOT NULL,
	digest TEXT NOT NULL,
	arrived BIGINT NOT NULL,
	worked_off BIGINT NOT NULL,
	fate TEXT NOT NULL,
	kind TEXT,
	reason TEXT,
	reports INTEGER NOT NULL,
	repeats INTEGER NOT NULL,
	unmatched INTEGER NOT NULL,
	cases TEXT NOT NULL,
	complaints TEXT NOT NULL,
	CONSTRAINT pk_submission PRIMARY KEY (id)
)
 WITHOUT ROWID;

CREATE INDEX ix_submission_worked_off ON submission (worked_off);

CREATE TABLE subscriber_contact (
	subscriber TEXT NOT NULL,
	language TEXT,
	mail TEXT,
	phone TEXT,
	is_hotspot BOOLEAN NOT NULL,
	taken BIGINT NOT NULL,
	CONSTRAINT pk_subscriber_contact PRIMARY KEY (subscriber)
)
 WITHOUT ROWID;

CREATE TABLE token_reversal (
	id INTEGER NOT NULL,
	at BIGINT NOT NULL,
	"by" TEXT NOT NULL,
	why TEXT NOT NULL,
	party TEXT NOT NULL,
	epoch TEXT NOT NULL,
	token TEXT NOT NULL,
	found BOOLEAN,
	CONSTRAINT pk_token_reversal PRIMARY KEY (id)
);

CREATE TABLE urgent (
	id INTEGER NOT NULL,
	"key" TEXT NOT NULL,
	kind TEXT NOT NULL,
	about TEXT NOT NULL,
	case_id TEXT,
	entered BIGINT NOT NULL,
	more INTEGER DEFAULT 0 NOT NULL,
	told BIGINT,
	tellings INTEGER DEFAULT 0 NOT NULL,
	seen BIGINT,
	seen_by TEXT,
	why TEXT,
	CONSTRAINT pk_urgent PRIMARY KEY (id)
);

CREATE INDEX ix_urgent_key ON urgent ("key");

CREATE INDEX ix_urgent_open ON urgent (id) WHERE seen IS NULL;

CREATE TABLE account_given_password (
	account_id INTEGER NOT NULL,
	until BIGINT NOT NULL,
	CONSTRAINT pk_account_given_password PRIMARY KEY (account_id),
	CONSTRAINT fk_account_given_password_account_id_account FOREIGN KEY(account_id) REFERENCES account (id)
);

CREATE TABLE account_identity (
	issuer TEXT NOT NULL,
	subject TEXT NOT NULL,
	account_id INTEGER NOT NULL,
	since BIGINT NOT NULL,
	CONSTRAINT pk_account_identity PRIMARY KEY (issuer, subject),
	CONSTRAINT fk_account_identity_account_id_account FOREIGN KEY(account_id) REFERENCES account (id)
);

CREATE INDEX ix_account_identity_account_id ON account_identity (account_id);

CREATE TABLE account_passkey (
	id INTEGER NOT NULL,
	account_id INTEGER NOT NULL,
	credential BLOB NOT NULL,
	public_key BLOB NOT NULL,
	handle BLOB NOT NULL,
	count BIGINT NOT NULL,
	name TEXT NOT NULL,
	made BIGINT NOT NULL,
	used BIGINT,
	CONSTRAINT pk_account_passkey PRIMARY KEY (id),
	CONSTRAINT fk_account_passkey_account_id_account FOREIGN KEY(account_id) REFERENCES account (id),
	CONSTRAINT uq_account_passkey_credential UNIQUE (credential)
);

CREATE INDEX ix_account_passkey_account_id ON account_passkey (account_id);

CREATE TABLE account_session (
	digest BLOB NOT NULL,
	account_id INTEGER NOT NULL,
	began BIGINT NOT NULL,
	seen BIGINT NOT NULL,
	CONSTRAINT pk_account_session PRIMARY KEY (digest),
	CONSTRAINT fk_account_session_account_id_account FOREIGN KEY(account_id) REFERENCES account (id)
);

CREATE INDEX ix_account_session_account_id ON account_session (account_id);

CREATE TABLE agreement_event (
	id INTEGER NOT NULL,
	digest TEXT NOT NULL,
	act TEXT NOT NULL,
	at BIGINT NOT NULL,
	"by" TEXT NOT NULL,
	reason TEXT,
	text TEXT,
	effective BIGINT,
	note TEXT,
	CONSTRAINT pk_agreement_event PRIMARY KEY (id),
	CONSTRAINT fk_agreement_event_digest_agreement_paper FOREIGN KEY(digest) REFERENCES agreement_paper (digest)
);

CREATE INDEX ix_agreement_event_digest ON agreement_event (digest);

CREATE TABLE case_complainer (
	mark INTEGER NOT NULL,
	case_id TEXT NOT NULL,
	CONSTRAINT pk_case_complainer PRIMARY KEY (mark),
	CONSTRAINT fk_case_complainer_case_id_abuse_case FOREIGN KEY(case_id) REFERENCES abuse_case (id)
);

CREATE TABLE case_day (
	case_id TEXT NOT NULL,
	day TEXT NOT NULL,
	complaints INTEGER NOT NULL,
	CONSTRAINT pk_case_day PRIMARY KEY (case_id, day),
	CONSTRAINT fk_case_day_case_id_abuse_case FOREIGN KEY(case_id) REFERENCES abuse_case (id)
)
 WITHOUT ROWID;

CREATE TABLE case_event (
	id INTEGER NOT NULL,
	case_id TEXT NOT NULL,
	at BIGINT NOT NULL,
	actor TEXT NOT NULL,
	action TEXT NOT NULL,
	note TEXT,
	from_state TEXT,
	to_state TEXT NOT NULL,
	CONSTRAINT pk_case_event PRIMARY KEY (id),
	CONSTRAINT fk_case_event_case_id_abuse_case FOREIGN KEY(case_id) REFERENCES abuse_case (id)
);

CREATE INDEX ix_case_event_at ON case_event (at, action);

CREATE INDEX ix_case_event_case_id ON case_event (case_id);

CREATE TABLE case_owner (
	case_id TEXT NOT NULL,
	account TEXT NOT NULL,
	"by" TEXT NOT NULL,
	at BIGINT NOT NULL,
	CONSTRAINT pk_case_owner PRIMARY KEY (case_id),
	CONSTRAINT fk_case_owner_case_id_abuse_case FOREIGN KEY(case_id) REFERENCES abuse_case (id)
);

CREATE INDEX ix_case_owner_account ON case_owner (account);

CREATE TABLE case_place (
	case_id TEXT NOT NULL,
	state TEXT NOT NULL,
	subject_kind TEXT NOT NULL,
	due BIGINT,
	last_seen BIGINT,
	is_spread BOOLEAN NOT NULL,
	weight INTEGER NOT NULL,
	reports INTEGER NOT NULL,
	label TEXT NOT NULL,
	contact TEXT,
	CONSTRAINT pk_case_place PRIMARY KEY (case_id),
	CONSTRAINT fk_case_place_case_id_abuse_case FOREIGN KEY(case_id) REFERENCES abuse_case (id)
);

CREATE INDEX ix_case_place_due ON case_place (state, due, subject_kind) WHERE due IS NOT NULL;

CREATE INDEX ix_case_place_weight ON case_place (state, weight, due, subject_kind, last_seen, is_spread, reports, case_id);

CREATE TABLE complaint (
	id INTEGER NOT NULL,
	"key" BLOB NOT NULL,
	not_spam BOOLEAN NOT NULL,
	raw_id INTEGER NOT NULL,
	name TEXT NOT NULL,
	mailbox TEXT,
	mailbox_token TEXT,
	arrived BIGINT NOT NULL,
	due BIGINT NOT NULL,
	state TEXT NOT NULL,
	repeats INTEGER NOT NULL,
	taken_back BIGINT,
	decided BIGINT,
	refusals TEXT,
	CONSTRAINT pk_complaint PRIMARY KEY (id),
	CONSTRAINT uq_complaint_key_not_spam UNIQUE ("key", not_spam),
	CONSTRAINT fk_complaint_raw_id_raw FOREIGN KEY(raw_id) REFERENCES raw (id)
);

CREATE INDEX ix_complaint_mailbox_arrived ON complaint (mailbox, arrived);

CREATE INDEX ix_complaint_state_due ON complaint (state, due);

CREATE TABLE consequence (
	reference TEXT NOT NULL,
	subject TEXT NOT NULL,
	measure TEXT NOT NULL,
	is_severe BOOLEAN NOT NULL,
	reason TEXT NOT NULL,
	classes TEXT NOT NULL,
	also TEXT,
	case_id TEXT,
	peer TEXT,
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
	id INTEGER NOT NULL,
	consumer TEXT NOT NULL,
	kind TEXT NOT NULL,
	subject TEXT NOT NULL,
	code TEXT NOT NULL,
	asked BIGINT,
	checked BIGINT,
	way TEXT,
	proved BIGINT,
	expires BIGINT,
	warned BIGINT,
	CONSTRAINT pk_consumer_claim PRIMARY KEY (id),
	CONSTRAINT uq_consumer_claim_consumer_kind_subject UNIQUE (consumer, kind, subject),
	CONSTRAINT fk_consumer_claim_consumer_consumer FOREIGN KEY(consumer) REFERENCES consumer (name),
	CONSTRAINT uq_consumer_claim_code UNIQUE (code)
);

CREATE TABLE consumer_event (
	id INTEGER NOT NULL,
	consumer TEXT NOT NULL,
	at BIGINT NOT NULL,
	actor TEXT NOT NULL,
	act TEXT NOT NULL,
	note TEXT,
	to_state TEXT NOT NULL,
	CONSTRAINT pk_consumer_event PRIMARY KEY (id),
	CONSTRAINT fk_consumer_event_consumer_consumer FOREIGN KEY(consumer) REFERENCES consumer (name)
);

CREATE INDEX ix_consumer_event_consumer ON consumer_event (consumer, id);

CREATE TABLE contact_event (
	id INTEGER NOT NULL,
	contact_id INTEGER NOT NULL,
	at BIGINT NOT NULL,
	actor TEXT NOT NULL,
	act TEXT NOT NULL,
	note TEXT,
	to_state TEXT NOT NULL,
	CONSTRAINT pk_contact_event PRIMARY KEY (id),
	CONSTRAINT fk_contact_event_contact_id_abuse_contact FOREIGN KEY(contact_id) REFERENCES abuse_contact (id)
);

CREATE INDEX ix_contact_event_contact ON contact_event (contact_id, id);

CREATE TABLE contact_range (
	network BLOB NOT NULL,
	width INTEGER NOT NULL,
	import_id INTEGER NOT NULL,
	contact_id INTEGER NOT NULL,
	way TEXT NOT NULL,
	CONSTRAINT pk_contact_range PRIMARY KEY (network, width, import_id),
	CONSTRAINT fk_contact_range_import_id_contact_import FOREIGN KEY(import_id) REFERENCES contact_import (id),
	CONSTRAINT fk_contact_range_contact_id_abuse_contact FOREIGN KEY(contact_id) REFERENCES abuse_contact (id)
);

CREATE INDEX ix_contact_range_contact ON contact_range (contact_id);

CREATE INDEX ix_contact_range_import ON contact_range (import_id);

CREATE TABLE head (
	channel_id INTEGER NOT NULL,
	size INTEGER NOT NULL,
	root BLOB NOT NULL,
	note TEXT NOT NULL,
	signed BIGINT NOT NULL,
	receipted BIGINT,
	CONSTRAINT pk_head PRIMARY KEY (channel_id, size),
	CONSTRAINT fk_head_channel_id_channel FOREIGN KEY(channel_id) REFERENCES channel (id)
)
 WITHOUT ROWID;

CREATE TABLE infestation (
	case_id TEXT NOT NULL,
	certainty TEXT NOT NULL,
	reason TEXT NOT NULL,
	first BIGINT NOT NULL,
	last BIGINT NOT NULL,
	sightings INTEGER NOT NULL,
	sources TEXT NOT NULL,
	said TEXT NOT NULL,
	addresses INTEGER NOT NULL,
	CONSTRAINT pk_infestation PRIMARY KEY (case_id),
	CONSTRAINT fk_infestation_case_id_abuse_case FOREIGN KEY(case_id) REFERENCES abuse_case (id)
);

CREATE INDEX ix_infestation_last ON infestation (last);

CREATE TABLE item (
	id INTEGER NOT NULL,
	raw_id INTEGER NOT NULL,
	gate TEXT NOT NULL,
	name TEXT NOT NULL,
	arrived BIGINT NOT NULL,
	kind TEXT NOT NULL,
	why TEXT NOT NULL,
	carrier_message_id TEXT,
	case_id TEXT,
	repeats INTEGER DEFAULT 0 NOT NULL,
	reading TEXT NOT NULL,
	CONSTRAINT pk_item PRIMARY KEY (id),
	CONSTRAINT uq_item_raw_id UNIQUE (raw_id),
	CONSTRAINT fk_item_raw_id_raw FOREIGN KEY(raw_id) REFERENCES raw (id),
	CONSTRAINT fk_item_case_id_abuse_case FOREIGN KEY(case_id) REFERENCES abuse_case (id)
);

CREATE INDEX ix_item_case_id ON item (case_id) WHERE case_id IS NOT NULL;

CREATE TABLE leaf (
	channel_id INTEGER NOT NULL,
	position INTEGER NOT NULL,
	type TEXT NOT NULL,
	data BLOB NOT NULL,
	submitted BIGINT NOT NULL,
	CONSTRAINT pk_leaf PRIMARY KEY (channel_id, position),
	CONSTRAINT fk_leaf_channel_id_channel FOREIGN KEY(channel_id) REFERENCES channel (id)
)
 WITHOUT ROWID;

CREATE TABLE leaf_name (
	channel_id INTEGER NOT NULL,
	name TEXT NOT NULL,
	position INTEGER,
	counted BOOLEAN NOT NULL,
	retracted BIGINT,
	restored BOOLEAN NOT NULL,
	report_id INTEGER,
	CONSTRAINT pk_leaf_name PRIMARY KEY (channel_id, name),
	CONSTRAINT fk_leaf_name_channel_id_channel FOREIGN KEY(channel_id) REFERENCES channel (id)
)
 WITHOUT ROWID;

CREATE TABLE legal_hold_act (
	id INTEGER NOT NULL,
	hold_id INTEGER,
	at BIGINT NOT NULL,
	actor TEXT NOT NULL,
	act TEXT NOT NULL,
	about TEXT NOT NULL,
	note TEXT,
	CONSTRAINT pk_legal_hold_act PRIMARY KEY (id),
	CONSTRAINT fk_legal_hold_act_hold_id_legal_hold FOREIGN KEY(hold_id) REFERENCES legal_hold (id)
);

CREATE TABLE node (
	channel_id INTEGER NOT NULL,
	level INTEGER NOT NULL,
	position INTEGER NOT NULL,
	hash BLOB NOT NULL,
	CONSTRAINT pk_node PRIMARY KEY (channel_id, level, position),
	CONSTRAINT fk_node_channel_id_channel FOREIGN KEY(channel_id) REFERENCES channel (id)
)
 WITHOUT ROWID;

CREATE TABLE payload (
	channel_id INTEGER NOT NULL,
	position INTEGER NOT NULL,
	salt BLOB NOT NULL,
	data BLOB NOT NULL,
	CONSTRAINT pk_payload PRIMARY KEY (channel_id, position),
	CONSTRAINT fk_payload_channel_id_channel FOREIGN KEY(channel_id) REFERENCES channel (id)
)
 WITHOUT ROWID;

CREATE TABLE playbook_position (
	case_id TEXT NOT NULL,
	playbook TEXT NOT NULL,
	state TEXT NOT NULL,
	entered BIGINT NOT NULL,
	checked BIGINT NOT NULL,
	due BIGINT,
	serial INTEGER NOT NULL,
	verified INTEGER NOT NULL,
	heard BIGINT,
	raised BIGINT,
	CONSTRAINT pk_playbook_position PRIMARY KEY (case_id),
	CONSTRAINT fk_playbook_position_case_id_abuse_case FOREIGN KEY(case_id) REFERENCES abuse_case (id)
);

CREATE INDEX ix_playbook_position_due ON playbook_position (due) WHERE due IS NOT NULL;

CREATE TABLE portal_key (
	digest BLOB NOT NULL,
	kind TEXT NOT NULL,
	consumer TEXT,
	about TEXT NOT NULL,
	made BIGINT NOT NULL,
	expires BIGINT NOT NULL,
	used BIGINT,
	CONSTRAINT pk_portal_key PRIMARY KEY (digest),
	CONSTRAINT fk_portal_key_consumer_consumer FOREIGN KEY(consumer) REFERENCES consumer (name)
);

CREATE INDEX ix_portal_key_expires ON portal_key (expires);

CREATE INDEX ix_portal_key_kind ON portal_key (kind, made);

CREATE TABLE refused_leaf (
	channel_id INTEGER NOT NULL,
	position INTEGER NOT NULL,
	code TEXT NOT NULL,
	detail TEXT,
	since BIGINT NOT NULL,
	passed BIGINT,
	CONSTRAINT pk_refused_leaf PRIMARY KEY (channel_id, position),
	CONSTRAINT fk_refused_leaf_channel_id_channel FOREIGN KEY(channel_id) REFERENCES channel (id)
)
 WITHOUT ROWID;

CREATE TABLE sealed_access (
	id INTEGER NOT NULL,
	sealed_id INTEGER NOT NULL,
	at BIGINT NOT NULL,
	"by" TEXT NOT NULL,
	act TEXT NOT NULL,
	why TEXT,
	"to" TEXT,
	reference TEXT,
	CONSTRAINT pk_sealed_access PRIMARY KEY (id),
	CONSTRAINT fk_sealed_access_sealed_id_sealed FOREIGN KEY(sealed_id) REFERENCES sealed (id)
);

CREATE INDEX ix_sealed_access_sealed_id ON sealed_access (sealed_id);

CREATE TABLE shunt (
	id INTEGER NOT NULL,
	raw_id INTEGER NOT NULL,
	gate TEXT NOT NULL,
	name TEXT NOT NULL,
	envelope_from TEXT,
	stage TEXT NOT NULL,
	reason TEXT NOT NULL,
	detail TEXT,
	tries INTEGER NOT NULL,
	first BIGINT NOT NULL,
	last BIGINT NOT NULL,
	resolved BIGINT,
	CONSTRAINT pk_shunt PRIMARY KEY (id),
	CONSTRAINT uq_shunt_raw_id UNIQUE (raw_id),
	CONSTRAINT fk_shunt_raw_id_raw FOREIGN KEY(raw_id) REFERENCES raw (id)
);

CREATE INDEX ix_shunt_waiting ON shunt (first) WHERE resolved IS NULL;

CREATE TABLE signal_adoption (
	id INTEGER NOT NULL,
	issuer TEXT NOT NULL,
	signal_id TEXT NOT NULL,
	"by" TEXT NOT NULL,
	why TEXT NOT NULL,
	rule_id INTEGER,
	adopted BIGINT NOT NULL,
	begins BIGINT NOT NULL,
	until BIGINT NOT NULL,
	reference TEXT,
	ended BIGINT,
	ended_why TEXT,
	CONSTRAINT pk_signal_adoption PRIMARY KEY (id),
	CONSTRAINT fk_signal_adoption_issuer_signal_id_signal FOREIGN KEY(issuer, signal_id) REFERENCES signal (issuer, signal_id)
);

CREATE INDEX ix_signal_adoption_rule ON signal_adoption (rule_id, adopted);

CREATE INDEX ix_signal_adoption_signal ON signal_adoption (issuer, signal_id);

CREATE TABLE signing_stop (
	channel_id INTEGER NOT NULL,
	reason TEXT NOT NULL,
	size INTEGER NOT NULL,
	since BIGINT NOT NULL,
	CONSTRAINT pk_signing_stop PRIMARY KEY (channel_id),
	CONSTRAINT fk_signing_stop_channel_id_channel FOREIGN KEY(channel_id) REFERENCES channel (id)
)
 WITHOUT ROWID;

CREATE TABLE training_sample (
	id INTEGER NOT NULL,
	"key" BLOB NOT NULL,
	complaint BLOB NOT NULL,
	spam BOOLEAN NOT NULL,
	raw_id INTEGER,
	gate TEXT NOT NULL,
	reporter TEXT,
	cohort TEXT,
	peer TEXT NOT NULL,
	campaign TEXT NOT NULL,
	delivered BOOLEAN NOT NULL,
	vetted BOOLEAN NOT NULL,
	by_operator BOOLEAN NOT NULL,
	facts TEXT,
	arrived BIGINT NOT NULL,
	said BIGINT NOT NULL,
	repeats INTEGER DEFAULT 0 NOT NULL,
	eligible_at BIGINT NOT NULL,
	state TEXT NOT NULL,
	reason TEXT,
	decided BIGINT,
	version INTEGER,
	place INTEGER,
	CONSTRAINT pk_training_sample PRIMARY KEY (id),
	CONSTRAINT fk_training_sample_raw_id_raw FOREIGN KEY(raw_id) REFERENCES raw (id)
);

CREATE INDEX ix_training_sample_campaign_arrived ON training_sample (campaign, arrived);

CREATE INDEX ix_training_sample_complaint ON training_sample (complaint);

CREATE INDEX ix_training_sample_key ON training_sample ("key");

CREATE INDEX ix_training_sample_raw_id ON training_sample (raw_id);

CREATE INDEX ix_training_sample_reporter_arrived ON training_sample (reporter, arrived);

CREATE INDEX ix_training_sample_state_eligible_at ON training_sample (state, eligible_at);

CREATE TABLE case_mention (
	id INTEGER NOT NULL,
	case_id TEXT NOT NULL,
	event_id INTEGER NOT NULL,
	account TEXT NOT NULL,
	kind TEXT NOT NULL,
	"by" TEXT NOT NULL,
	at BIGINT NOT NULL,
	seen BIGINT,
	CONSTRAINT pk_case_mention PRIMARY KEY (id),
	CONSTRAINT fk_case_mention_case_id_abuse_case FOREIGN KEY(case_id) REFERENCES abuse_case (id),
	CONSTRAINT fk_case_mention_event_id_case_event FOREIGN KEY(event_id) REFERENCES case_event (id)
);

CREATE INDEX ix_case_mention_case_id ON case_mention (case_id);

CREATE INDEX ix_case_mention_open ON case_mention (account, id) WHERE seen IS NULL;

CREATE TABLE model_member (
	sample_id INTEGER NOT NULL,
	since INTEGER NOT NULL,
	until INTEGER,
	CONSTRAINT pk_model_member PRIMARY KEY (sample_id, since),
	CONSTRAINT fk_model_member_sample_id_training_sample FOREIGN KEY(sample_id) REFERENCES training_sample (id)
);

CREATE INDEX ix_model_member_until ON model_member (until);

CREATE TABLE recourse (
	reference TEXT NOT NULL,
	state TEXT NOT NULL,
	since BIGINT NOT NULL,
	due BIGINT,
	asker TEXT,
	answered_by TEXT,
	was_overdue BOOLEAN NOT NULL,
	CONSTRAINT pk_recourse PRIMARY KEY (reference),
	CONSTRAINT fk_recourse_reference_consequence FOREIGN KEY(reference) REFERENCES consequence (reference)
);

CREATE TABLE recourse_event (
	id INTEGER NOT NULL,
	reference TEXT NOT NULL,
	at BIGINT NOT NULL,
	actor TEXT NOT NULL,
	act TEXT NOT NULL,
	note TEXT,
	to_state TEXT NOT NULL,
	CONSTRAINT pk_recourse_event PRIMARY KEY (id),
	CONSTRAINT fk_recourse_event_reference_consequence FOREIGN KEY(reference) REFERENCES consequence (reference)
);

CREATE INDEX ix_recourse_event_reference ON recourse_event (reference);

CREATE TABLE report (
	id INTEGER NOT NULL,
	item_id INTEGER,
	report_key BLOB NOT NULL,
	complaint_key BLOB,
	direction TEXT NOT NULL,
	channel_id INTEGER,
	peer TEXT,
	source TEXT,
	agreement_version INTEGER,
	definition TEXT,
	solicited BOOLEAN DEFAULT 0 NOT NULL,
	tier TEXT,
	tlp TEXT,
	evidence_class TEXT NOT NULL,
	feedback_type TEXT,
	is_complaint BOOLEAN NOT NULL,
	source_ip TEXT,
	source_port INTEGER,
	observed BIGINT,
	observed_precision TEXT,
	message_id TEXT,
	complainer TEXT,
	dkim_domain TEXT,
	case_id TEXT,
	no_case TEXT,
	duplicate_of INTEGER,
	retracted BIGINT,
	facts TEXT NOT NULL,
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
	id INTEGER NOT NULL,
	kind TEXT NOT NULL,
	party TEXT NOT NULL,
	address TEXT NOT NULL,
	bounce_token TEXT NOT NULL,
	data BLOB,
	size INTEGER NOT NULL,
	report_id INTEGER,
	state TEXT NOT NULL,
	reason TEXT,
	last_error TEXT,
	entered BIGINT NOT NULL,
	released BIGINT,
	due BIGINT NOT NULL,
	attempts INTEGER NOT NULL,
	unanswered INTEGER NOT NULL,
	leased_until BIGINT,
	leased_by TEXT,
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
	report_id INTEGER NOT NULL,
	outcome TEXT NOT NULL,
	at BIGINT NOT NULL,
	CONSTRAINT pk_outcome_told PRIMARY KEY (report_id),
	CONSTRAINT fk_outcome_told_report_id_report FOREIGN KEY(report_id) REFERENCES report (id)
);

CREATE TABLE report_campaign (
	report_id INTEGER NOT NULL,
	campaign BLOB NOT NULL,
	CONSTRAINT pk_report_campaign PRIMARY KEY (report_id),
	CONSTRAINT fk_report_campaign_report_id_report FOREIGN KEY(report_id) REFERENCES report (id)
);

CREATE TABLE report_out (
	report_id INTEGER NOT NULL,
	name TEXT NOT NULL,
	complaint_id INTEGER NOT NULL,
	party TEXT NOT NULL,
	role TEXT NOT NULL,
	rule TEXT NOT NULL,
	reported TEXT,
	quarter TEXT,
	day TEXT,
	source_net TEXT NOT NULL,
	outcome TEXT,
	outcome_at BIGINT,
	CONSTRAINT pk_report_out PRIMARY KEY (report_id),
	CONSTRAINT uq_report_out_complaint_id_party UNIQUE (complaint_id, party),
	CONSTRAINT fk_report_out_report_id_report FOREIGN KEY(report_id) REFERENCES report (id),
	CONSTRAINT uq_report_out_name UNIQUE (name),
	CONSTRAINT fk_report_out_complaint_id_complaint FOREIGN KEY(complaint_id) REFERENCES complaint (id)
);

CREATE TABLE case_consequence (
	id INTEGER NOT NULL,
	"key" TEXT NOT NULL,
	case_id TEXT,
	kind TEXT NOT NULL,
	target_kind TEXT NOT NULL,
	target TEXT NOT NULL,
	facts TEXT NOT NULL,
	actor TEXT NOT NULL,
	why TEXT NOT NULL,
	state TEXT NOT NULL,
	reason TEXT,
	entered BIGINT NOT NULL,
	due BIGINT NOT NULL,
	until BIGINT,
	attempts INTEGER DEFAULT 0 NOT NULL,
	leased_until BIGINT,
	last_error TEXT,
	finished BIGINT,
	lifted BIGINT,
	lifted_by TEXT,
	lifted_why TEXT,
	outbox_id INTEGER,
	CONSTRAINT pk_case_consequence PRIMARY KEY (id),
	CONSTRAINT uq_case_consequence_key UNIQUE ("key"),
	CONSTRAINT fk_case_consequence_case_id_abuse_case FOREIGN KEY(case_id) REFERENCES abuse_case (id),
	CONSTRAINT fk_case_consequence_outbox_id_outbox FOREIGN KEY(outbox_id) REFERENCES outbox (id)
);

CREATE INDEX ix_case_consequence_case_id ON case_consequence (case_id);

CREATE INDEX ix_case_consequence_kind_target ON case_consequence (kind, target, target_kind);

CREATE INDEX ix_case_consequence_outbox_id ON case_consequence (outbox_id);

CREATE INDEX ix_case_consequence_state_kind_due ON case_consequence (state, kind, due);

CREATE TABLE case_letter (
	id INTEGER NOT NULL,
	case_id TEXT NOT NULL,
	who TEXT NOT NULL,
	address TEXT NOT NULL,
	subject TEXT NOT NULL,
	message_id TEXT NOT NULL,
	outbox_id INTEGER NOT NULL,
	written BIGINT NOT NULL,
	"by" TEXT NOT NULL,
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
	id INTEGER NOT NULL,
	letter_id INTEGER NOT NULL,
	name TEXT NOT NULL,
	media_type TEXT NOT NULL,
	size INTEGER NOT NULL,
	digest TEXT NOT NULL,
	CONSTRAINT pk_case_letter_file PRIMARY KEY (id),
	CONSTRAINT fk_case_letter_file_letter_id_case_letter FOREIGN KEY(letter_id) REFERENCES case_letter (id)
);

CREATE INDEX ix_case_letter_file_letter_id ON case_letter_file (letter_id);

