// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MailModel
import MailQueue
import NIOCore
import QueueSQLite

/// A directory that goes when the test is over.
final class TemporaryDirectory: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("queue-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// The state directory in it, made by the store.
    var state: String { path + "/state" }

    /// The files of the spool, with their folders.
    func spoolFiles() throws -> [String] {
        let spool = state + "/spool"
        return try FileManager.default.subpathsOfDirectory(atPath: spool).filter { $0.contains("/") }
    }
}

let start = Timestamp(milliseconds: 1_795_428_000_000)

func sample(octets: Int = 100, at moment: Timestamp = start) -> Arrival {
    let address = AddrSpec(localPart: "mario", domain: "azienda.it")
    return Arrival(
        message: QueuedMessage(
            id: QueueID(arrival: moment),
            origin: .exchange,
            arrival: moment,
            reversePath: .mailbox(address),
            size: octets
        ),
        recipients: [
            QueuedRecipient(number: 0, recipient: EnvelopeRecipient(address), route: .exchange, nextAttempt: moment)
        ],
        body: .octets(ByteBuffer(repeating: 0x61, count: octets))
    )
}
