// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import CertifiedIntake
import ContentScanning
import Logging
import MailModel
import MailQueue
import NIOCore

/// How the storing of one message ended.
private struct Stored: Sendable {
    let message: ListedMessage
    let octets: Int
    /// Octets that it held in memory.
    let held: Int
    let failure: StoreFailure?
}

/// Why a message was not stored.
private enum StoreFailure: Error {
    /// The store refused it, and would refuse the others.
    case store(QueueError)
    /// A scanner gave no verdict on it: it comes again with the next fetch.
    case unscanned(String)
}

/// One message that has come whole.
private struct Retrieved: Sendable {
    let message: ListedMessage
    let arrival: Arrival
    /// Octets as retrieved.
    let octets: Int
    let examination: Examination?
    let header: HeaderSection
    /// The account's address.
    let account: AddrSpec

    /// What the provider wrote down of the envelope (RFC 5321 §4.4), for scanners alone; the null reverse-path where it did not.
    private static func reversePath(_ header: HeaderSection) -> ReversePath {
        guard let path = header.first("Return-Path"), path.hasPrefix("<"), path.hasSuffix(">"),
            let address = AddrSpec(String(path.dropFirst().dropLast()))
        else { return .null }
        return .mailbox(address)
    }

    /// The arrival with what was found on top.
    ///
    /// - Throws: `unscanned` when a scanner gives no verdict.
    func examined(
        by examiner: CertifiedExaminer?,
        _ filter: ContentFilter?,
        hostname: String,
        store: any QueueStore
    ) async throws(StoreFailure) -> Arrival {
        var arrival = arrival
        if let examiner, let examination, let digest = arrival.retrieved?.digest {
            await examiner.complete(&arrival, examination, header: header, digest: digest)
        }
        guard let filter else { return arrival }
        let subject = ScanSubject(
            id: arrival.message.id,
            mail: examination == nil ? .retrieved : .certified,
            client: nil,
            hostname: hostname,
            entrance: "retrieval",
            reversePath: Self.reversePath(header),
            recipients: [EnvelopeRecipient(account)],
            header: header
        )
        let decision = await filter.judge(&arrival, subject)
        if decision.isStored { return arrival }
        if case .stored(let body) = arrival.body { await store.discardStored(body) }
        throw .unscanned(decision.words)
    }
}

extension MaildropFetch {
    /// Messages that are being stored at the same time, so that they share commits.
    private static var maximumInserts: Int { 64 }
    /// Their octets in memory.
    private static var maximumOctets: Int { 4_000_000 }
    /// Messages in a row without a scanner's verdict that end the fetch.
    fileprivate static var maximumUnscanned: Int { 3 }

    /// Retrieves what the plan asks for and stores it, many messages at a time.
    func retrieve(
        _ session: inout some MaildropSession,
        _ plan: inout MaildropPlan,
        _ report: inout FetchReport,
        _ memory: inout MaildropMemory
    ) async throws(RetrievalFailure) {
        var retrieval = Retrieval(fetch: self, plan: plan, report: report, protocolName: session.protocolName)
        let failure = await withTaskGroup(of: Stored.self) { group in
            var failure: RetrievalFailure?
            do throws(RetrievalFailure) {
                try await retrieval.run(&session, &group)
            } catch {
                failure = error
            }
            await retrieval.breakOff(failure)
            // What was handed to the store is stored or not: that is waited for in any case.
            while let stored = await group.next() { retrieval.settle(stored) }
            return failure ?? retrieval.storeFailure
        }
        plan = retrieval.plan
        report = retrieval.report
        for message in retrieval.troubled { memory.troubles[MaildropPlan.trouble(message), default: 0] += 1 }
        for message in retrieval.completed { memory.troubles[MaildropPlan.trouble(message)] = nil }
        if let failure { throw failure }
    }

    /// The state of one `retrieve`.
    private struct Retrieval {
        let fetch: MaildropFetch
        var plan: MaildropPlan
        var report: FetchReport
        let protocolName: String
        var storeFailure: RetrievalFailure?
        var troubled: [ListedMessage] = []
        var completed: [ListedMessage] = []
        /// Messages in a row that no scanner judged: then it is the scanner and not the message, and the fetch ends.
        private var unscanned = 0
        /// Refused messages that are logged one by one.
        private static var loggedRefusals: Int { 20 }
        /// What was refused before this retrieval.
        private let refusedBefore: Int
        private var download: MessageDownload?
        private var inserts = 0
        private var held = 0

        init(fetch: MaildropFetch, plan: MaildropPlan, report: FetchReport, protocolName: String) {
            self.fetch = fetch
            self.plan = plan
            self.report = report
            self.protocolName = protocolName
            refusedBefore = report.refused
        }

        mutating func run(
            _ session: inout some MaildropSession,
            _ group: inout TaskGroup<Stored>
        ) async throws(RetrievalFailure) {
            var events = try await session.retrieve(plan.downloads)
            while true {
                for event in events {
                    switch event {
                    case .began(let message): begin(message)
                    case .piece(let octets): try await download?.append(octets)
                    case .ended: try await complete(&group)
                    case .refused(let message, let words): refused(message, words)
                    case .finished: return
                    case .failed(let failure): throw failure
                    }
                }
                if let storeFailure { throw storeFailure }
                events = try await session.nextEvents()
            }
        }

        private mutating func begin(_ message: ListedMessage) {
            let arrival = fetch.clock.now()
            let trace = TraceFields(
                server: fetch.account.endpoint.host,
                hostname: fetch.settings.hostname,
                protocolName: protocolName,
                id: QueueID(arrival: arrival),
                account: fetch.account,
                moment: arrival
            )
            download = MessageDownload(
                message: message,
                trace: trace,
                store: fetch.store,
                maximum: fetch.settings.maximumMessage,
                examination: fetch.examiner?.begin(fetch.account.key),
                identity: fetch.settings.recognisesCopies ? ContentIdentity() : nil
            )
        }

        private mutating func refused(_ message: ListedMessage, _ words: String) {
            report.refused += 1
            report.refusal = words
            troubled.append(message)
            // The report tells how many there were.
            guard troubled.count <= Self.loggedRefusals else { return }
            fetch.logger.warning(
                "message refused by the provider",
                metadata: [
                    "account": "\(fetch.account.key)", "uniqueID": "\(message.uniqueID ?? "-")", "reply": "\(words)",
                ]
            )
        }

        private mutating func complete(_ group: inout TaskGroup<Stored>) async throws(RetrievalFailure) {
            guard var download else { return }
            let digest = download.digestText
            let key = fetch.account.key
            let received = ReceivedTime(download.section)
            switch plan.recognise(download.message, digest: digest, id: download.id, received: received) {
            case .known: await download.abandon()
            case .seen(let mark, let uniqueID):
                let octets = download.message.octets
                await download.abandon()
                if uniqueID != mark.identity.uniqueID { report.renamed += 1 }
                try await fetch.ledger { () throws(QueueError) in
                    try await fetch.store.renameMark(mark, to: uniqueID, listedOctets: octets)
                }
            case .new(let uniqueID):
                let identity = RetrievedIdentity(
                    account: key,
                    uniqueID: uniqueID,
                    digest: digest,
                    listedOctets: download.message.octets
                )
                let postmaster = fetch.settings.postmaster
                do throws(QueueError) {
                    let arrival = try await download.finish(
                        for: fetch.account,
                        postmaster: postmaster,
                        identity: identity
                    )
                    let message = Retrieved(
                        message: download.message,
                        arrival: arrival,
                        octets: download.octets,
                        examination: download.examination,
                        header: download.section,
                        account: fetch.account.address
                    )
                    await insert(message, &group)
                } catch {
                    throw RetrievalFailure(error)
                }
            }
            completed.append(download.message)
            self.download = nil
        }

        private mutating func insert(_ message: Retrieved, _ group: inout TaskGroup<Stored>) async {
            let (size, cost) = (message.octets, message.arrival.octetsInMemory)
            while inserts > 0, inserts >= MaildropFetch.maximumInserts || held + cost > MaildropFetch.maximumOctets {
                guard let stored = await group.next() else { break }
                settle(stored)
            }
            inserts += 1
            held += cost
            let (store, examiner, filter, wake, logger) = (
                fetch.store, fetch.examiner, fetch.filter, fetch.wake, fetch.logger
            )
            let hostname = fetch.settings.hostname
            group.addTask {
                let arrival: Arrival
                do throws(StoreFailure) {
                    arrival = try await message.examined(by: examiner, filter, hostname: hostname, store: store)
                } catch {
                    return Stored(message: message.message, octets: size, held: cost, failure: error)
                }
                let outcome: InsertOutcome
                do throws(QueueError) {
                    outcome = try await store.insert(arrival)
                } catch {
                    return Stored(message: message.message, octets: size, held: cost, failure: .store(error))
                }
                var metadata: Logger.Metadata = [
                    "queueID": "\(arrival.message.id)", "account": "\(arrival.retrieved?.account ?? "")",
                    "messageID": "\(arrival.message.messageID ?? "-")", "octets": "\(size)",
                ]
                if case .copy(let first) = outcome {
                    metadata["first"] = "\(first)"
                    logger.notice(
                        "message retrieved that the provider has forwarded already: it is not delivered again",
                        metadata: metadata
                    )
                } else {
                    wake(.exchange)
                    logger.info("message retrieved", metadata: metadata)
                }
                return Stored(message: message.message, octets: size, held: cost, failure: nil)
            }
        }

        mutating func settle(_ stored: Stored) {
            inserts -= 1
            held -= stored.held
            switch stored.failure {
            case nil:
                report.messages += 1
                report.octets += stored.octets
                unscanned = 0
            case .store(let error): storeFailure = storeFailure ?? RetrievalFailure(error)
            case .unscanned(let words):
                // The others are not kept waiting by one that a scanner chokes on: it comes last next time.
                report.refused += 1
                report.refusal = "not scanned: \(words)"
                completed.removeAll { $0 == stored.message }
                troubled.append(stored.message)
                fetch.logger.warning(
                    "message not scanned: it stays at the provider",
                    metadata: [
                        "account": "\(fetch.account.key)", "uniqueID": "\(stored.message.uniqueID ?? "-")",
                        "reason": "\(words)",
                    ]
                )
                unscanned += 1
                guard unscanned >= MaildropFetch.maximumUnscanned else { return }
                storeFailure = storeFailure ?? RetrievalFailure(.store, "messages could not be scanned: \(words)")
            }
        }

        /// The end of the retrieval, with what broke it. The message that was due then is remembered: it may be the reason.
        mutating func breakOff(_ failure: RetrievalFailure?) async {
            await download?.abandon()
            download = nil
            let answered = completed.count + report.refused - refusedBefore
            guard failure?.kind == .session, answered < plan.downloads.count else { return }
            troubled.append(plan.downloads[answered])
        }
    }
}

extension Arrival {
    /// Octets of the body that are in memory.
    fileprivate var octetsInMemory: Int {
        switch body {
        case .octets(let octets): octets.readableBytes
        case .stored: 0
        }
    }
}
