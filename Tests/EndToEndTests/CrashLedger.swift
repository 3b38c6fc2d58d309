// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import TestLab

/// Compares what was accepted with what arrived and finds the lost reply behind each duplicate.
struct CrashLedger {
    /// Why one copy more arrived than was sent.
    enum Cause: String, CaseIterable {
        /// The next hop took the message and the connection ended in place of its reply.
        case replyOfNextHopLost = "reply of next hop lost"
        /// The gateway was killed between the reply of the next hop and its own commit.
        case killedBeforeCommit = "killed before commit"
        /// The gateway committed and was killed before its reply reached the sender, who offered the message again; a certified one is
        /// known again and goes out once (P5).
        case replyToSenderLost = "reply to sender lost"
        /// A person had the uncertain message sent again although the provider has it: never.
        case unexplained = "UNEXPLAINED"
    }

    /// What is known of one flow.
    struct Result {
        var flow: CrashTraffic.Flow
        var accepted = 0
        var arrived = 0
        var missing: [Int] = []
        var changed: [Int] = []
        var duplicates: [(number: Int, cause: Cause)] = []
        /// The longest time between a reply of the next hop and the kill that explains a duplicate.
        var widest: Duration = .zero
    }

    var kills: [ContinuousClock.Instant]
    /// Queue identifiers for which the gateway logged that the reply to the end of the data was lost, once for each time.
    var lostReplies: [String: Int]
    /// Queue identifiers that the gateway logged as delivered, which it does once the outcome is on disk, once for each time.
    var deliveries: [String: Int]

    /// Examines `flow`: `accepted` were answered with 250 or lay in the box; `doubtful` counts lost replies to the sender.
    func examine(
        _ flow: CrashTraffic.Flow,
        accepted: Set<Int>,
        doubtful: [Int: Int],
        records: [SinkRecord]
    ) -> Result {
        var result = Result(flow: flow)
        let own = records.filter { record in
            record.answer != .refused && record.number.map { $0 / 1_000_000 == flow.base / 1_000_000 } ?? false
        }
        let copies = Dictionary(grouping: own) { $0.number ?? 0 }
        result.accepted = accepted.count
        result.arrived = copies.count
        result.missing = accepted.subtracting(copies.keys).sorted()
        for (number, records) in copies {
            let digest = flow.message(number).digest
            if records.contains(where: { $0.digest != digest }) { result.changed.append(number) }
            guard records.count > 1 else { continue }
            explain(flow, number, records, doubtful[number] ?? 0, &result)
        }
        return result
    }

    private func explain(
        _ flow: CrashTraffic.Flow,
        _ number: Int,
        _ records: [SinkRecord],
        _ doubtful: Int,
        _ result: inout Result
    ) {
        let entries = Dictionary(grouping: records) { Self.queueID($0) }
        for extra in 0..<(entries.count - 1) {
            let isExplained = flow != .retrieved && flow != .certified && extra < doubtful
            result.duplicates.append((number, isExplained ? .replyToSenderLost : .unexplained))
        }
        for copies in entries.values {
            // All copies of one queue entry but its last need a lost reply; a certified one may have none at all (P5).
            var logged = copies.first.map { lostReplies[Self.queueID($0)] ?? 0 } ?? 0
            let sorted = copies.sorted { $0.time < $1.time }
            for (copy, next) in zip(sorted, sorted.dropFirst()) {
                let cause = flow == .certified ? .unexplained : cause(of: copy, before: next, &logged, &result)
                result.duplicates.append((number, cause))
            }
        }
    }

    /// A kill explains a copy when the process that sent it was killed before the next one was sent: the kill lies between the two, or
    /// between the beginnings of their sessions, since a sink may read what a gateway wrote a moment after that was killed. And the
    /// outcome was not on disk by then: an entry that was logged as delivered twice was delivered again after that.
    private func cause(
        of copy: SinkRecord,
        before next: SinkRecord,
        _ logged: inout Int,
        _ result: inout Result
    ) -> Cause {
        if logged > 0 {
            logged -= 1
            return .replyOfNextHopLost
        }
        let kill = kills.first { kill in
            (copy.time <= kill && kill <= next.time) || (copy.sessionBegan <= kill && kill <= next.sessionBegan)
        }
        guard let kill, deliveries[Self.queueID(copy), default: 0] <= 1 else {
            return copy.answer == .cut ? .replyOfNextHopLost : .unexplained
        }
        result.widest = max(result.widest, kill - copy.time)
        return .killedBeforeCommit
    }

    /// The identifier that the gateway gave the message, from the Received field that it put on top.
    static func queueID(_ record: SinkRecord) -> String {
        let words = record.trace.split(whereSeparator: { " \t\r\n;".contains($0) })
        guard let at = words.firstIndex(of: "id"), at + 1 < words.count else { return "" }
        return String(words[at + 1])
    }
}

extension CrashLedger.Result {
    /// One line of the table.
    var line: String {
        let causes = CrashLedger.Cause.allCases.map { cause in "\(duplicates.count { $0.cause == cause })" }
        let cells = [flow.rawValue, "\(accepted)", "\(arrived)", "\(missing.count)", "\(changed.count)"] + causes
        return zip(cells, Self.widths).map { Self.padded($0, $1) }.joined(separator: " ")
    }

    /// The table's heading.
    static var heading: String {
        let cells = ["flow", "accepted", "arrived", "missing", "changed"] + CrashLedger.Cause.allCases.map(\.rawValue)
        return zip(cells, widths).map { padded($0, $1) }.joined(separator: " ")
    }

    private static let widths = [10, 9, 9, 8, 8, 23, 21, 21, 12]

    private static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}
