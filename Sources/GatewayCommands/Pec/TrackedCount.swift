// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import CertifiedTracking
internal import GatewayConfiguration
internal import MailModel
internal import MailQueue

/// How the certified messages stand of which something is still to come, and what of them is late.
struct TrackedCount {
    /// Recipients by state.
    let states: [TrackingState: Int]
    /// Messages of which something is still to come, by account in comparison form.
    let messages: [String: Int]
    /// What is late, by account.
    let overdue: [OverdueSubmissions]

    init(_ store: any TrackingStore, _ settings: TrackingConfiguration, now: Timestamp) async throws {
        let open = try await store.openSubmissions()
        states = open.recipients
        messages = open.messages
        overdue = try await store.overdue(
            createdAfter: now - OverdueSubmissions.patience,
            submittedBefore: now - settings.acceptanceOverdue,
            acceptedBefore: now - settings.deliveryOverdue
        )
    }

    /// The states that something is still to come of.
    private static let open = TrackingState.allCases.filter { !$0.isFinal(isCertified: nil) }

    /// The lines of `status`; none when nothing is open.
    var lines: [String] {
        let counts = Self.open.compactMap { state in states[state].map { "\($0) \(state.rawValue)" } }
        guard !counts.isEmpty || !overdue.isEmpty else { return [] }
        let acceptances = overdue.reduce(0) { $0 + $1.acceptances }
        let deliveries = overdue.reduce(0) { $0 + $1.deliveries }
        var late: [String] = []
        if acceptances > 0 { late.append(PlainText.count(acceptances, "acceptance")) }
        if deliveries > 0 { late.append(PlainText.count(deliveries, "delivery", "deliveries")) }
        let words = late.isEmpty ? "" : "; overdue: \(late.joined(separator: ", ")) (ceralacca pec list --open)"
        return ["certified  \(counts.joined(separator: ", "))\(words)"]
    }

    var statesJSON: JSONValue { .object(Self.open.map { ($0.rawValue, .integer(states[$0] ?? 0)) }) }

    var overdueJSON: JSONValue { .array(overdue.map(\.json)) }
}

extension OverdueSubmissions {
    var json: JSONValue {
        .object([
            ("account", .string(account)), ("acceptances", .integer(acceptances)),
            ("oldest_acceptance", .optional(oldestAcceptance?.description)), ("deliveries", .integer(deliveries)),
            ("oldest_delivery", .optional(oldestDelivery?.description)),
        ])
    }

    /// `2 acceptances overdue since 01ARZ3NDEKTSV4RR`; nil when nothing is.
    var words: String? {
        var words: [String] = []
        if acceptances > 0 {
            words.append(PlainText.count(acceptances, "acceptance") + " overdue" + Self.oldest(oldestAcceptance))
        }
        if deliveries > 0 {
            words.append(
                PlainText.count(deliveries, "delivery", "deliveries") + " overdue" + Self.oldest(oldestDelivery)
            )
        }
        return words.isEmpty ? nil : words.joined(separator: ", ")
    }

    private static func oldest(_ id: QueueID?) -> String { id.map { " (the oldest \($0))" } ?? "" }
}
