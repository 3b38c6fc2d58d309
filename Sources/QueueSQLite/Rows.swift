// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import MailQueue

extension RecipientState {
    /// The number that stands for the state in the database; partial indexes of the schema name 0 and 5 to 7.
    var code: Int {
        switch self {
        case .waiting: 0
        case .leased: 1
        case .submitting: 2
        case .delivered: 3
        case .failed: 4
        case .held: 5
        case .quarantined: 6
        case .uncertain: 7
        case .deleted: 8
        }
    }

    /// The states by their codes.
    private static let byCode = Dictionary(uniqueKeysWithValues: allCases.map { ($0.code, $0) })

    /// The state of a row.
    static func decode(_ code: Int) throws(QueueError) -> Self {
        guard let state = byCode[code] else { throw .damaged("recipient state \(code)") }
        return state
    }
}

extension QueueError {
    /// A row that no version of this program has written.
    static func damaged(_ what: String) -> Self {
        Self(
            .inputOutput,
            "the queue's database holds a value that is unknown here: \(what).",
            remedy: "Was it written by a newer version, or by hand? Restore it, or upgrade this program."
        )
    }
}

extension AddrSpec {
    /// The address as the database keeps it: local part without quotes, `@`, domain.
    var stored: String { "\(localPart)@\(domain)" }

    /// The address that `stored` stands for; the domain holds no `@`.
    init(stored: String) throws(QueueError) {
        guard let at = stored.lastIndex(of: "@") else { throw .damaged("address \(stored)") }
        self.init(localPart: String(stored[..<at]), domain: String(stored[stored.index(after: at)...]))
    }
}

extension QueuedMessage {
    /// The columns that `init(row:)` reads, in its order, after `seq`.
    static let columns = """
        seq, id, origin, arrival, reverse_path, return_content, envelope_id, flags, size, trace, header_from, subject, \
        message_id, route_reason, report_to
        """

    /// The three facts that are true or false, as bits.
    var flags: Int { (requiresSMTPUTF8 ? 1 : 0) | (isEightBit ? 2 : 0) | (hasBareLineEnds ? 4 : 0) }

    /// The column `report_to`: nil where it is the reverse-path, as with most messages.
    var storedReportTo: String? {
        reportTo == (reversePath.mailbox.map { [$0] } ?? []) ? nil : reportTo.map(\.stored).joined(separator: "\n")
    }

    /// The message of a row of `columns`.
    init(row: Columns) throws {
        let identifier: String = row[1]
        let origin: String = row[2]
        let reversePath: String? = row[4]
        let returnContent: String? = row[5]
        let reportTo: String? = row[14]
        let flags: Int = row[7]
        guard let id = QueueID(identifier) else { throw QueueError.damaged("identifier \(identifier)") }
        guard let origin = MessageOrigin(origin) else { throw QueueError.damaged("origin \(origin)") }
        self.init(
            id: id,
            origin: origin,
            arrival: Timestamp(milliseconds: row[3]),
            reversePath: try reversePath.map { .mailbox(try AddrSpec(stored: $0)) } ?? .null,
            reportTo: try reportTo?.split(separator: "\n").map { try AddrSpec(stored: String($0)) },
            returnContent: returnContent.flatMap(ReturnContent.init(rawValue:)),
            envelopeID: row[6],
            requiresSMTPUTF8: flags & 1 != 0,
            isEightBit: flags & 2 != 0,
            hasBareLineEnds: flags & 4 != 0,
            size: row[8],
            trace: row[9],
            headerFrom: row[10],
            subject: row[11],
            messageID: row[12],
            routeReason: row[13]
        )
    }
}

extension QueuedRecipient {
    /// The columns that `init(row:)` reads, in its order.
    static let columns = """
        number, forward_path, notify, original_recipient, route, state, next_attempt, attempts, last_reply, delay_reported
        """

    /// The recipient of a row of `columns`.
    init(row: Columns) throws {
        let notify: Int? = row[2]
        let route: String = row[4]
        guard let route = Route(route) else { throw QueueError.damaged("route \(route)") }
        self.init(
            number: row[0],
            recipient: EnvelopeRecipient(
                try AddrSpec(stored: row[1]),
                notify: notify.map { NotifyConditions(rawValue: UInt8(truncatingIfNeeded: $0)) },
                originalRecipient: row[3]
            ),
            route: route,
            state: try .decode(row[5]),
            nextAttempt: Timestamp(milliseconds: row[6]),
            attempts: row[7],
            lastReply: row[8],
            isDelayReported: row[9]
        )
    }
}
