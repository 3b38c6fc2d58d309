// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import GRDB
import MailModel
public import MailQueue
import NIOCore
public import SecretsVault

extension SQLiteQueue: VaultStore {
    private static let vaultColumns = "SELECT name, key, octets, changed FROM vault_secret"

    /// On the caller's thread.
    public func sealedSecret(_ name: SecretName) throws(QueueError) -> SealedSecret? {
        do {
            return try pool.read { database in
                try database.first("\(Self.vaultColumns) WHERE name = ?", [name.description]) { try Self.sealed($0) }
            }
        } catch { throw Self.classify(error, room: room) }
    }

    /// By name.
    public func sealedSecrets() async throws(QueueError) -> [SealedSecret] {
        try await read { database in try Self.sealedSecrets(database) }
    }

    /// In one commit with the look for other keys.
    public func putSecret(_ secret: SealedSecret) async throws(QueueError) {
        try await writer.run { database in
            try Self.checkKey(of: secret, database)
            try Self.put(secret, database)
        }
    }

    /// In one commit with the look for one of its name.
    public func addSecret(_ secret: SealedSecret) async throws(QueueError) -> Bool {
        try await writer.run { database in
            let present = try database.first(
                "SELECT 1 FROM vault_secret WHERE name = ?",
                [secret.name.description]
            ) { _ in true }
            guard present == nil else { return false }
            try Self.checkKey(of: secret, database)
            try Self.put(secret, database)
            return true
        }
    }

    /// In one commit with the look at what lies there.
    public func exchangeSecret(
        _ secret: SealedSecret,
        for former: SealedSecret
    ) async throws(QueueError) -> Bool {
        try await writer.run { database in
            let present = try database.first(
                "\(Self.vaultColumns) WHERE name = ?",
                [former.name.description]
            ) { try Self.sealed($0) }
            guard present == former, secret.name == former.name else { return false }
            try Self.put(secret, database)
            return true
        }
    }

    private static func checkKey(of secret: SealedSecret, _ database: Database) throws {
        let other = try database.first(
            "SELECT key FROM vault_secret WHERE key <> ? AND name <> ? LIMIT 1",
            [secret.key, secret.name.description]
        ) { $0[0] as String }
        if let other {
            throw QueueError(
                .notAllowed,
                "the vault's secrets were sealed with the key \(other), and the key at hand is \(secret.key).",
                remedy:
                    "Put the key back that belongs to this state. If it is lost: `ceralacca secret remove` each secret, "
                    + "then set it again."
            )
        }
    }

    /// False when there is none.
    public func removeSecret(_ name: SecretName) async throws(QueueError) -> Bool {
        try await writer.run { database in
            try database.run("DELETE FROM vault_secret WHERE name = ?", [name.description])
            return database.changesCount > 0
        }
    }

    /// In one commit.
    public func resealSecrets(
        _ change: @escaping @Sendable (SealedSecret) throws -> SealedSecret
    ) async throws(QueueError) -> Int {
        try await writer.run { database in
            let secrets = try Self.sealedSecrets(database)
            for secret in secrets { try Self.put(try change(secret), database) }
            return secrets.count
        }
    }

    private static func put(_ secret: SealedSecret, _ database: Database) throws {
        try database.run(
            "INSERT OR REPLACE INTO vault_secret (name, key, octets, changed) VALUES (?, ?, ?, ?)",
            [secret.name.description, secret.key, Data(secret.octets), secret.changed.milliseconds]
        )
    }

    private static func sealedSecrets(_ database: Database) throws -> [SealedSecret] {
        try database.rows("\(vaultColumns) ORDER BY name") { try sealed($0) }
    }

    private static func sealed(_ row: Columns) throws -> SealedSecret {
        let text: String = row[0]
        guard let name = SecretName(text) else { throw QueueError.damaged("name of a secret") }
        return SealedSecret(
            name: name,
            key: row[1],
            octets: Array(row.octets(2).readableBytesView),
            changed: Timestamp(milliseconds: row[3])
        )
    }
}
