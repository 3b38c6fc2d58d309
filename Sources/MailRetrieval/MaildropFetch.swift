// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import CertifiedIntake
import ContentScanning
import Logging
import MailModel
import MailQueue
import MailTransport

/// One fetch of one account: a session that deletes what is settled, retrieves what is new, and quits.
///
/// Each message is durable here before anything else happens to it (P1); its seen-state is in the same commit (P2). A session that
/// breaks keeps what was stored; the rest comes with the next one.
struct MaildropFetch {
    let account: RetrievalAccount
    let settings: RetrievalSettings
    let store: any QueueStore & RetrievalLedger
    let connector: MailConnector
    var examiner: CertifiedExaminer?
    var filter: ContentFilter?
    let clock: any WallClock
    let wake: @Sendable (Route) -> Void
    let logger: Logger

    /// Runs the fetch; `memory` is kept from one to the next.
    func run(_ memory: inout MaildropMemory) async throws(RetrievalFailure) -> FetchReport {
        guard !account.usesIMAP else { return try await runIMAP(&memory) }
        var session = try await POP3Session.open(account, settings: settings, connector: connector)
        do throws(RetrievalFailure) {
            let listed = try await session.list()
            let report = try await work(&session, listed, &memory)
            await session.close()
            return report
        } catch {
            await session.close()
            throw error
        }
    }

    /// Does what is to be done in a session that has listed its messages; it is left open.
    func work(
        _ session: inout some MaildropSession,
        _ listed: [ListedMessage],
        _ memory: inout MaildropMemory
    ) async throws(RetrievalFailure) -> FetchReport {
        let wasBroken = memory.lastBroke
        memory.lastBroke = true  // unless it comes to its end
        let report = try await transact(&session, listed, wasBroken, &memory)
        memory.lastBroke = false
        return report
    }

    private func transact(
        _ session: inout some MaildropSession,
        _ listed: [ListedMessage],
        _ wasBroken: Bool,
        _ memory: inout MaildropMemory
    ) async throws(RetrievalFailure) -> FetchReport {
        var report = FetchReport(inMaildrop: listed.count)
        let marks = try await ledger { () throws(QueueError) in try await store.marks(account: account.key) }
        if account.usesIMAP { try refuseTakenOver(marks) }
        // Of what is not there any more nobody asks again.
        let present = memory.troubles.isEmpty ? [] : Set(listed.map(MaildropPlan.trouble))
        memory.troubles = memory.troubles.filter { present.contains($0.key) }
        var plan = MaildropPlan(
            messages: listed,
            marks: marks,
            keep: account.keep,
            troubles: memory.troubles,
            now: clock.now()
        )
        var deleted = try await delete(&session, plan.deletions(marks: marks, except: [], now: clock.now()), &report)
        var obstacle: RetrievalFailure?
        if wasBroken, !deleted.isEmpty {
            report.continues = true  // first make the deletions effective: this session may break again
            report.skipped = plan.downloads.count
        } else {
            obstacle = try await retrieveAll(&session, &plan, &report, &memory)
            let now = clock.now()
            let present = try await ledger { () throws(QueueError) in try await store.marks(account: account.key) }
            let late = plan.deletions(marks: present, except: Set(deleted.keys), now: now)
            deleted.merge(try await delete(&session, late, &report)) { first, _ in first }
            if obstacle == nil, report.refused == 0, session.unopened == nil {
                try await forget(plan.absentIDs, now, &memory)
            }
            report.unsettled = unsettled(present, plan, deleted)
        }
        try await finish(&session, deleted, &report, &memory)
        report.fullMailbox = session.fullMailbox
        report.unopened = session.unopened
        if let obstacle { throw obstacle }
        return report
    }

    /// Retrieves until the plan asks for nothing more.
    /// - Returns: why there is no room for the rest.
    private func retrieveAll(
        _ session: inout some MaildropSession,
        _ plan: inout MaildropPlan,
        _ report: inout FetchReport,
        _ memory: inout MaildropMemory
    ) async throws(RetrievalFailure) -> RetrievalFailure? {
        while !plan.downloads.isEmpty {
            if let obstacle = await noRoom(for: plan.downloads) { return obstacle }
            try await retrieve(&session, &plan, &report, &memory)
            let isInDoubt = plan.isInDoubt
            let marks = try await ledger { () throws(QueueError) in
                isInDoubt ? try await store.marks(account: account.key) : []
            }
            plan.proceed(marks: marks, now: clock.now())
        }
        return nil
    }

    /// Messages that a policy of no days leaves at the provider for want of their delivery.
    private func unsettled(_ marks: [RetrievalMark], _ plan: MaildropPlan, _ deleted: [Int: String]) -> Int {
        guard account.keep == .days(0) else { return 0 }
        return plan.known.count - deleted.count
    }

    private func noRoom(for downloads: [ListedMessage]) async -> RetrievalFailure? {
        guard !downloads.isEmpty else { return nil }
        // Sizes of a listing are hints: a window of them must fit, the rest shows as it comes.
        let expected = downloads.prefix(settings.window).reduce(0) { $0 + min($1.octets, 100_000_000) }
        do throws(QueueError) {
            try await store.checkRoom(for: min(expected, 100_000_000))
            return nil
        } catch {
            return RetrievalFailure(error)
        }
    }

    /// Asks for the removal of messages.
    /// - Returns: those that the server agreed to, with their identifiers; it is done once the session finished well.
    private func delete(
        _ session: inout some MaildropSession,
        _ messages: [(number: Int, uniqueID: String)],
        _ report: inout FetchReport
    ) async throws(RetrievalFailure) -> [Int: String] {
        guard !messages.isEmpty else { return [:] }
        let answer = try await session.delete(messages.map(\.number))
        note(answer.refusal, &report)
        return Dictionary(uniqueKeysWithValues: messages.filter { answer.numbers.contains($0.number) })
    }

    private func note(_ refusal: String?, _ report: inout FetchReport) {
        guard let refusal else { return }
        report.notDeleted = refusal
        logger.warning("messages not deleted", metadata: ["account": "\(account.key)", "reply": "\(refusal)"])
    }

    private func forget(
        _ absent: [String],
        _ now: Timestamp,
        _ memory: inout MaildropMemory
    ) async throws(RetrievalFailure) {
        // Of a mailbox that is not followed any more nobody knows what is in it.
        let forgotten = memory.forgettable(absent.filter(account.follows), now: now)
        guard !forgotten.isEmpty else { return }
        try await ledger { () throws(QueueError) in
            try await store.forgetMarks(account: account.key, uniqueIDs: forgotten)
        }
    }

    private func finish(
        _ session: inout some MaildropSession,
        _ deleted: [Int: String],
        _ report: inout FetchReport,
        _ memory: inout MaildropMemory
    ) async throws(RetrievalFailure) {
        // Before the provider may give their identifiers to others; without this note nothing is deleted.
        try await ledger { () throws(QueueError) in
            try await store.noteDeletions(account: account.key, uniqueIDs: deleted.values.sorted())
        }
        let answer = try await session.finish()
        note(answer.refusal, &report)
        report.deleted = answer.numbers.count
        memory.deletedHere.formUnion(answer.numbers.compactMap { deleted[$0] })
    }

    func ledger<Value>(
        _ body: () async throws(QueueError) -> Value
    ) async throws(RetrievalFailure) -> Value {
        do throws(QueueError) { return try await body() } catch { throw RetrievalFailure(error) }
    }
}
