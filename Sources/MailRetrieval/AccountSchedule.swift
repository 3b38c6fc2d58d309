// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel

/// When an account is fetched next and what a person must be told: a pure decision from outcome to outcome.
///
/// ```text
/// fetched ──▶ every (sooner while messages wait for their delivery and are to be deleted then)
/// failed  ──▶ 10 s, doubling to 15 min; an alert after 30 min without a fetch
/// sign-in needed ──▶ 15 min, or as soon as somebody has signed in; whoever keeps the tokens has raised an alert
/// login refused ──▶ one retry after 10 s, then an alert and 15 min, doubling to 2 h
/// ```
struct AccountSchedule: Sendable {
    static let firstPause: Duration = .seconds(10)
    static let longestPause: Duration = .seconds(900)
    static let longestLoginPause: Duration = .seconds(7200)
    static let alertAfter: Duration = .seconds(1800)
    /// The first look after messages were stored that may be deleted as soon as they are delivered.
    static let settlingPause: Duration = .seconds(5)

    /// An alert to open or to end.
    enum Notice: Equatable, Sendable {
        case raise(Topic, words: String)
        case clear(Topic)
    }

    /// What the alerts of an account are about.
    enum Topic: String, CaseIterable, Sendable {
        case login
        case fetch = "fetch"
        case mailbox = "mailbox-full"
        case messages = "messages-refused"
        case deletion = "not-deleted"
        case folder = "folder"
    }

    private(set) var failures = 0
    private(set) var refusedLogins = 0
    private(set) var failingSince: Timestamp?
    private var refusingSince: Timestamp?
    private var quietRounds = 0
    /// Alerts that may be open: at the start any, from an earlier run.
    private var open = Set(Topic.allCases)

    /// After a fetch that went well, at `now`.
    mutating func fetched(
        _ report: FetchReport,
        every: Duration,
        now: Timestamp
    ) -> (pause: Duration, notices: [Notice]) {
        failures = 0
        refusedLogins = 0
        failingSince = nil
        var notices = clear(.login) + clear(.fetch)
        notices += report.fullMailbox.map { raise(.mailbox, $0) } ?? clear(.mailbox)
        notices += report.notDeleted.map { raise(.deletion, $0) } ?? clear(.deletion)
        notices += report.unopened.map { raise(.folder, $0) } ?? clear(.folder)
        notices += refusals(report, now)
        if report.continues { return (.seconds(1), notices) }
        guard report.unsettled > 0 else {
            quietRounds = 0
            return (every, notices)
        }
        quietRounds = report.messages > 0 || report.deleted > 0 ? 0 : quietRounds + 1
        return (min(every, Self.doubled(Self.settlingPause, times: quietRounds, upTo: every)), notices)
    }

    /// Messages that the provider keeps to itself: nobody would miss them unless they were told.
    private mutating func refusals(_ report: FetchReport, _ now: Timestamp) -> [Notice] {
        guard report.refused > 0 else {
            guard !report.continues else { return [] }  // nothing was asked for
            refusingSince = nil
            return clear(.messages)
        }
        let since = refusingSince ?? now
        refusingSince = since
        guard now - since >= Self.alertAfter else { return [] }
        return raise(.messages, "\(report.refused) refused, the last with: \(report.refusal ?? "")")
    }

    /// After a fetch that failed at `now`.
    mutating func failed(_ failure: RetrievalFailure, now: Timestamp) -> (pause: Duration, notices: [Notice]) {
        failingSince = failingSince ?? now
        switch failure.kind {
        case .login, .secret:
            refusedLogins += 1
            guard refusedLogins > 1 else { return (Self.firstPause, []) }
            let pause = Self.doubled(Self.longestPause, times: refusedLogins - 2, upTo: Self.longestLoginPause)
            return (pause, raise(.login, failure.message))
        case .delayed, .session, .full, .store:
            failures += 1
            let pause = Self.doubled(Self.firstPause, times: failures - 1, upTo: Self.longestPause)
            let isLong = failingSince.map { now - $0 >= Self.alertAfter } ?? false
            return (pause, isLong || failure.kind == .full ? raise(.fetch, failure.message) : [])
        case .signIn: return (Self.longestPause, [])
        case .cancelled: return (.zero, [])
        }
    }

    private mutating func raise(_ topic: Topic, _ words: String) -> [Notice] {
        open.insert(topic)
        return [.raise(topic, words: words)]
    }

    private mutating func clear(_ topic: Topic) -> [Notice] {
        open.remove(topic) == nil ? [] : [.clear(topic)]
    }

    /// `pause` doubled so many times, at most `limit`.
    static func doubled(_ pause: Duration, times: Int, upTo limit: Duration) -> Duration {
        times >= 20 ? limit : min(limit, pause * (1 << max(0, times)))
    }
}
