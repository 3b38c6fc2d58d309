// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import MailQueue
import Routing

import struct NIOCore.ByteBuffer

/// Looks up what the queue knows of the messages that Received fields of this gateway name.
enum Passages {
    static func of(
        _ header: HeaderSection,
        hostname: String,
        _ store: any QueueStore
    ) async throws(QueueError) -> [Passage] {
        var passages: [Passage] = []
        for id in OwnReceived.identifiers(in: header, hostname: hostname) {
            guard let entry = try await store.entry(id) else {
                passages.append(.other)
                continue
            }
            passages += known(entry)
        }
        return passages
    }

    private static func known(_ entry: QueueEntry) -> [Passage] {
        switch entry.message.origin {
        case .account(let account): return [.cameIn(account: account)]
        case .provider:
            let fields = HeaderSection(ByteBuffer(string: entry.message.trace)).all("X-Ceralacca-Account")
            return fields.compactMap { AddrSpec($0).map { .cameIn(account: $0.comparisonKey) } }
        case .exchange, .internet, .notice: break
        }
        let recipients = Set(entry.recipients.map(\.recipient.forwardPath.comparisonKey))
        let accounts = Set(
            entry.recipients.compactMap { recipient in
                if case .account(let account) = recipient.route { account } else { nil }
            }
        )
        return accounts.isEmpty ? [.other] : accounts.map { .left(account: $0, recipients: recipients) }
    }
}
