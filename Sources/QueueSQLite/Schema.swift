// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import GRDB
import Glibc
import MailModel

/// The tables, and how an older database becomes a present one.
///
/// ```text
/// message ─┬─< recipient (message, number)      state, route, lease
///          ├─< attempt   (message, ordinal)     history of every recipient
///          ├─── body     (message)              octets up to the inline limit; larger ones lie in the file that message.file names
///          └─── mark     (account, unique_id)   seen-state of a maildrop; outlives the message
/// account_standing, server_standing, fetch_request, decision, alert
/// client_block, greylist_pass, block_decision                 what is known of SMTP clients
/// transport_policy                                            how domains want mail for them sent (MTA-STS)
/// vault_secret                                                sealed secrets; their key lies elsewhere
///
/// tracked ─┬─< tracked_recipient (message, number)     certified submissions, for as long as the archive holds them
///          └─< receipt                                 receipts, those of other messages too (message is NULL)
///
/// archive_day ──< archive_entry (day, number) >── archive_content     where the octets of ended messages lie; several entries may share one
/// ```
enum Schema {
    /// What a database is brought to before it is used.
    static let migrator: DatabaseMigrator = {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 queue") { database in try database.execute(sql: queue) }
        migrator.registerMigration("2 marks that do not trust identifiers") { database in
            try database.execute(sql: marks)
        }
        migrator.registerMigration("3 whom reports go to") { database in try database.execute(sql: reports) }
        migrator.registerMigration("4 servers and decisions") { database in
            try database.execute(sql: serversAndDecisions)
        }
        migrator.registerMigration("5 trace fields apart from the body") { database in
            try database.execute(sql: trace)
        }
        migrator.registerMigration("6 archive") { database in try database.execute(sql: archive) }
        migrator.registerMigration("7 tracking") { database in try database.execute(sql: tracking) }
        migrator.registerMigration("8 notices of the quarantine") { database in
            try database.execute(sql: quarantineNotices)
        }
        migrator.registerMigration("9 digests") { database in try database.execute(sql: digests) }
        migrator.registerMigration("10 what is known of clients") { database in
            try database.execute(sql: clients)
        }
        migrator.registerMigration("11 recipients by themselves") { database in
            try database.execute(sql: recipients)
        }
        migrator.registerMigration("12 lists of tracked messages") { database in
            try database.execute(sql: trackedLists)
        }
        migrator.registerMigration("13 vault") { database in try database.execute(sql: vault) }
        migrator.registerMigration("14 copies") { database in try database.execute(sql: copies) }
        migrator.registerMigration("15 policies of domains") { database in try database.execute(sql: policies) }
        return migrator
    }()

    /// The schema's version, kept in `PRAGMA user_version` for people and other programs.
    static let version = 15

    /// Policies of MTA-STS as they were fetched: the patterns of hosts one a line, `maximum_age` in seconds, `until` when it holds no longer.
    private static let policies = """
        CREATE TABLE transport_policy (
            domain TEXT PRIMARY KEY,
            identifier TEXT NOT NULL,
            mode TEXT NOT NULL,
            patterns TEXT NOT NULL,
            maximum_age INTEGER NOT NULL,
            fetched INTEGER NOT NULL,
            until INTEGER NOT NULL
        ) WITHOUT ROWID;
        CREATE INDEX transport_policy_until ON transport_policy (until);
        PRAGMA user_version = 15;
        """

    /// `copy_key` says by what a message that comes both forwarded and retrieved is known, `retrieved_as` under which identifier it was retrieved;
    /// NULL: it was not. Both go with the message, `queue.history` after its end.
    private static let copies = """
        ALTER TABLE message ADD COLUMN copy_key TEXT;
        ALTER TABLE message ADD COLUMN retrieved_as TEXT;
        CREATE INDEX message_copy ON message (copy_key) WHERE copy_key IS NOT NULL;
        PRAGMA user_version = 14;
        """

    /// `key` is the identifier of the key that a secret was sealed with, `octets` what the sealing made.
    private static let vault = """
        CREATE TABLE vault_secret (
            name TEXT PRIMARY KEY,
            key TEXT NOT NULL,
            octets BLOB NOT NULL,
            changed INTEGER NOT NULL
        ) WITHOUT ROWID;
        PRAGMA user_version = 13;
        """

    /// For `pec list` over years of messages: by account, and by the states that most of them end in.
    private static let trackedLists = """
        CREATE INDEX tracked_account ON tracked (account, seq);
        CREATE INDEX tracked_recipient_reached ON tracked_recipient (state, message)
            WHERE state IN ('accepted', 'delivered');
        PRAGMA user_version = 12;
        """

    /// `tracked_recipient.accepted` is when the provider accepted the message for this recipient, `overdue` the time of the last notice that does
    /// not tell which it is, `report_due` 1 while its sender has not been told that what was uncertain is refused.
    /// `account_standing.left_behind` counts the messages that the last fetch could not take.
    private static let recipients = """
        ALTER TABLE tracked_recipient ADD COLUMN accepted INTEGER;
        ALTER TABLE tracked_recipient ADD COLUMN overdue INTEGER;
        ALTER TABLE tracked_recipient ADD COLUMN report_due INTEGER NOT NULL DEFAULT 0;
        CREATE INDEX tracked_recipient_report ON tracked_recipient (message) WHERE report_due = 1;
        UPDATE tracked_recipient SET accepted = (SELECT accepted FROM tracked WHERE seq = message)
            WHERE state IN ('accepted', 'warned');
        ALTER TABLE account_standing ADD COLUMN left_behind INTEGER NOT NULL DEFAULT 0;
        PRAGMA user_version = 11;
        """

    /// `receipt.digest` is the message that lists a receipt which waits, until that has come to its end; `digest_failed` is when it turned out
    /// that it could not be delivered. A receipt that a scanner held back waits for no digest.
    private static let digests = """
        ALTER TABLE receipt ADD COLUMN digest TEXT;
        ALTER TABLE receipt ADD COLUMN digest_failed INTEGER;
        CREATE INDEX receipt_listed ON receipt (digest) WHERE waits = 1 AND digest IS NOT NULL;
        CREATE INDEX receipt_digest_failed ON receipt (digest_failed) WHERE digest_failed IS NOT NULL;
        UPDATE receipt SET waits = 0 WHERE waits = 1 AND NOT EXISTS
            (SELECT 1 FROM message m JOIN recipient q ON q.message = m.seq WHERE m.id = receipt.id AND +q.state = 5);
        PRAGMA user_version = 9;
        """

    /// What the screening of clients keeps: `since` of a decision is NULL when it lifts blocks.
    private static let clients = """
        CREATE TABLE client_block (
            network TEXT PRIMARY KEY,
            since INTEGER NOT NULL,
            until INTEGER NOT NULL,
            strikes INTEGER NOT NULL,
            reason TEXT NOT NULL
        ) WITHOUT ROWID;
        CREATE TABLE greylist_pass (network TEXT PRIMARY KEY, seen INTEGER NOT NULL) WITHOUT ROWID;
        CREATE TABLE block_decision (
            ordinal INTEGER PRIMARY KEY,
            network TEXT NOT NULL,
            since INTEGER,
            until INTEGER,
            strikes INTEGER,
            reason TEXT
        );
        PRAGMA user_version = 10;
        """

    /// `quarantine_told` is when somebody was told that a scanner had the message quarantined.
    private static let quarantineNotices = """
        ALTER TABLE message ADD COLUMN quarantine_told INTEGER;
        PRAGMA user_version = 8;
        """

    /// The fields of our own, in front of the body when it is read. Empty for older rows: theirs stand in the body.
    private static let trace = """
        ALTER TABLE message ADD COLUMN trace TEXT NOT NULL DEFAULT '';
        ALTER TABLE message DROP COLUMN trace_octets;
        PRAGMA user_version = 5;
        """

    /// What the archive holds. `message.kept` is 1 while the octets are the archive's and still in the queue; `archive_entry.content` is NULL
    /// as long. `archive_content.last_day` is the latest day of an entry that refers to it. Days stay for ever: they hold the chain.
    private static let archive = """
        CREATE TABLE archive_day (
            day TEXT PRIMARY KEY,
            entries INTEGER NOT NULL,
            chain TEXT NOT NULL,
            expired INTEGER
        ) WITHOUT ROWID;
        CREATE TABLE archive_entry (
            day TEXT NOT NULL,
            number INTEGER NOT NULL,
            id TEXT NOT NULL,
            arrival INTEGER NOT NULL,
            account TEXT NOT NULL,
            kind TEXT NOT NULL,
            digest TEXT NOT NULL,
            size INTEGER NOT NULL,
            subject TEXT,
            message_id TEXT,
            chain TEXT NOT NULL,
            content INTEGER,
            PRIMARY KEY (day, number)
        ) WITHOUT ROWID;
        CREATE UNIQUE INDEX archive_entry_id ON archive_entry (id);
        CREATE TABLE archive_content (
            seq INTEGER PRIMARY KEY,
            digest TEXT NOT NULL,
            size INTEGER NOT NULL,
            day TEXT NOT NULL,
            position INTEGER,
            file TEXT,
            last_day TEXT NOT NULL,
            moved INTEGER NOT NULL
        );
        CREATE INDEX archive_content_digest ON archive_content (digest);
        CREATE INDEX archive_content_day ON archive_content (day);
        ALTER TABLE message ADD COLUMN kept INTEGER NOT NULL DEFAULT 0;
        CREATE INDEX message_kept ON message (ended_at) WHERE kept = 1 AND ended_at IS NOT NULL;
        PRAGMA user_version = 6;
        """

    /// What is known of certified submissions. `message_key` and `identifier_key` are the identifiers as they compare. `is_open` is 0 when
    /// nothing more is to come: every message with a recipient that is queued or submitted is open. `tracked_recipient_rare` is for the states that
    /// few messages are in, so that the common ones cost no index. `told` is when the senders heard that the message is uncertain. `receipt.waits` is 1 until a digest
    /// that lists it has come to its end.
    private static let tracking = """
        CREATE TABLE tracked (
            seq INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            account TEXT NOT NULL,
            message_id TEXT NOT NULL,
            message_key TEXT NOT NULL,
            identifier TEXT,
            identifier_key TEXT,
            subject TEXT,
            senders TEXT NOT NULL,
            digest TEXT NOT NULL,
            created INTEGER NOT NULL,
            submitted INTEGER,
            accepted INTEGER,
            is_open INTEGER NOT NULL,
            told INTEGER
        );
        CREATE INDEX tracked_message ON tracked (message_key);
        CREATE INDEX tracked_identifier ON tracked (identifier_key) WHERE identifier_key IS NOT NULL;
        CREATE INDEX tracked_open ON tracked (seq) WHERE is_open = 1;
        CREATE TABLE tracked_recipient (
            message INTEGER NOT NULL,
            number INTEGER NOT NULL,
            address TEXT NOT NULL,
            certified INTEGER,
            state TEXT NOT NULL,
            since INTEGER NOT NULL,
            detail TEXT,
            PRIMARY KEY (message, number)
        ) WITHOUT ROWID;
        CREATE INDEX tracked_recipient_rare ON tracked_recipient (state, message)
            WHERE state IN ('withdrawn', 'uncertain', 'refused', 'warned', 'failed');
        CREATE TABLE receipt (
            seq INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            arrival INTEGER NOT NULL,
            message INTEGER,
            effect TEXT NOT NULL,
            waits INTEGER NOT NULL,
            account TEXT NOT NULL,
            kind TEXT NOT NULL,
            statement TEXT NOT NULL,
            failure TEXT,
            detail TEXT,
            message_id TEXT,
            identifier TEXT,
            own_message_id TEXT,
            provider TEXT,
            moment INTEGER,
            sender TEXT,
            recipients TEXT NOT NULL,
            concerned TEXT NOT NULL,
            signature TEXT NOT NULL,
            signer TEXT,
            doubt TEXT
        );
        CREATE INDEX receipt_message ON receipt (message) WHERE message IS NOT NULL;
        CREATE INDEX receipt_foreign ON receipt (arrival) WHERE message IS NULL;
        CREATE INDEX receipt_disbelieved ON receipt (arrival)
            WHERE effect >= 'not believed' AND effect < 'not believee' AND message IS NOT NULL;
        CREATE INDEX receipt_waits ON receipt (account, arrival) WHERE waits = 1;
        PRAGMA user_version = 7;
        """

    /// What tells a message from another one under its identifier. NULL: from before this step.
    private static let marks = """
        ALTER TABLE mark ADD COLUMN octets INTEGER;
        ALTER TABLE mark ADD COLUMN deletion_sent INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE mark ADD COLUMN settled_at INTEGER;
        PRAGMA user_version = 2;
        """

    /// Addresses, one a line. NULL: the reverse-path.
    private static let reports = """
        ALTER TABLE message ADD COLUMN report_to TEXT;
        PRAGMA user_version = 3;
        """

    /// How the servers stand, for `status`, and what persons decided until the gateway has logged it.
    private static let serversAndDecisions = """
        CREATE TABLE server_standing (
            route TEXT NOT NULL,
            server TEXT NOT NULL,
            error TEXT,
            since INTEGER NOT NULL,
            seen INTEGER NOT NULL,
            PRIMARY KEY (route, server)
        ) WITHOUT ROWID;
        CREATE TABLE decision (
            ordinal INTEGER PRIMARY KEY,
            moment INTEGER NOT NULL,
            action TEXT NOT NULL,
            id TEXT NOT NULL,
            recipients INTEGER NOT NULL,
            person TEXT NOT NULL
        );
        PRAGMA user_version = 4;
        """

    /// The states of a recipient as numbers. `recipient_kept` is for the few that wait for a person.
    private static let queue = """
        CREATE TABLE message (
            seq INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            origin TEXT NOT NULL,
            arrival INTEGER NOT NULL,
            reverse_path TEXT,
            return_content TEXT,
            envelope_id TEXT,
            flags INTEGER NOT NULL,
            size INTEGER NOT NULL,
            trace_octets INTEGER NOT NULL,
            header_from TEXT,
            subject TEXT,
            message_id TEXT,
            route_reason TEXT NOT NULL,
            file TEXT,
            ended_at INTEGER
        );
        CREATE INDEX message_file ON message (file) WHERE file IS NOT NULL;
        CREATE INDEX message_ended ON message (ended_at) WHERE ended_at IS NOT NULL;
        CREATE TABLE body (message INTEGER PRIMARY KEY, octets BLOB NOT NULL);
        CREATE TABLE recipient (
            message INTEGER NOT NULL,
            number INTEGER NOT NULL,
            forward_path TEXT NOT NULL,
            notify INTEGER,
            original_recipient TEXT,
            route TEXT NOT NULL,
            state INTEGER NOT NULL,
            next_attempt INTEGER NOT NULL,
            attempts INTEGER NOT NULL,
            last_reply TEXT,
            delay_reported INTEGER NOT NULL,
            lease_owner TEXT,
            lease_until INTEGER,
            PRIMARY KEY (message, number)
        ) WITHOUT ROWID;
        CREATE INDEX recipient_due ON recipient (route, next_attempt) WHERE state = 0;
        CREATE INDEX recipient_lease ON recipient (lease_until) WHERE lease_until IS NOT NULL;
        CREATE INDEX recipient_kept ON recipient (state) WHERE state >= 5 AND state <= 7;
        CREATE TABLE attempt (
            message INTEGER NOT NULL,
            ordinal INTEGER NOT NULL,
            number INTEGER NOT NULL,
            moment INTEGER NOT NULL,
            duration INTEGER NOT NULL,
            server TEXT NOT NULL,
            reply TEXT NOT NULL,
            state INTEGER NOT NULL,
            PRIMARY KEY (message, ordinal)
        ) WITHOUT ROWID;
        CREATE TABLE mark (
            account TEXT NOT NULL,
            unique_id TEXT NOT NULL,
            digest TEXT NOT NULL,
            message INTEGER NOT NULL,
            id TEXT NOT NULL,
            retrieved INTEGER NOT NULL,
            settled INTEGER NOT NULL,
            PRIMARY KEY (account, unique_id)
        ) WITHOUT ROWID;
        CREATE INDEX mark_message ON mark (message);
        CREATE TABLE account_standing (
            account TEXT PRIMARY KEY,
            last_fetch INTEGER,
            last_submission INTEGER,
            fetch_error TEXT,
            fetch_error_at INTEGER,
            submission_error TEXT,
            submission_error_at INTEGER,
            fetched_messages INTEGER NOT NULL DEFAULT 0,
            fetched_octets INTEGER NOT NULL DEFAULT 0,
            submitted_messages INTEGER NOT NULL DEFAULT 0,
            in_maildrop INTEGER NOT NULL DEFAULT 0
        ) WITHOUT ROWID;
        CREATE TABLE fetch_request (account TEXT PRIMARY KEY, requested INTEGER NOT NULL) WITHOUT ROWID;
        CREATE TABLE alert (
            key TEXT PRIMARY KEY,
            since INTEGER NOT NULL,
            summary TEXT NOT NULL,
            affects TEXT NOT NULL,
            remedy TEXT NOT NULL
        ) WITHOUT ROWID;
        PRAGMA user_version = 1;
        """
}

extension Timestamp {
    /// The system's time, for the end of a message whose settlement carries no attempt.
    static var now: Self {
        var moment = timespec()
        clock_gettime(CLOCK_REALTIME, &moment)
        return Self(milliseconds: Int64(moment.tv_sec) * 1000 + Int64(moment.tv_nsec) / 1_000_000)
    }
}
