// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import CertifiedMail
import CertifiedMailSignatures
import CertifiedTracking
public import Logging
public import MailModel
public import MailQueue
import NIOCore
import Synchronization

/// Examines what comes in for certified accounts: what it is, whether its signature holds, which message it is about.
///
/// ```swift
/// var examination = examiner.begin("azienda@pec.example.it")
/// examination?.append(piece)  // as the message streams by
/// if let examination { await examiner.complete(&arrival, examination, header: header, digest: digest) }
/// ```
/// A finding never blocks a delivery: it is said on top of the message, in tracking and in the log. What cannot be examined (the disk fails)
/// is delivered without a finding. The octets of the message stay as they came.
public final class CertifiedExaminer: Sendable {
    private let store: any QueueStore & TrackingStore
    private let clock: any WallClock
    private let logger: Logger
    private let settings: Mutex<IntakeSettings>

    /// An examiner of what `store` is about to take.
    public init(
        store: any QueueStore & TrackingStore,
        settings: IntakeSettings,
        clock: any WallClock,
        logger: Logger
    ) {
        self.store = store
        self.settings = Mutex(settings)
        self.clock = clock
        self.logger = logger
    }

    /// Uses `settings` for the messages that are completed from now on.
    public func update(_ settings: IntakeSettings) {
        self.settings.withLock { $0 = settings }
    }

    /// Begins to examine a message for `account`, an address in comparison form; nil when that is no certified account.
    public func begin(_ account: String) -> Examination? {
        settings.withLock { $0.accounts[account] != nil } ? Examination(account: account) : nil
    }

    /// Puts what was found on top of `arrival`, and into the facts that tracking and archive take.
    ///
    /// - Parameters:
    ///   - arrival: the message, complete but for these.
    ///   - examination: has seen every octet of its body.
    ///   - header: the header section of its body.
    ///   - digest: SHA-256 of its body, in lower-case hexadecimal.
    public func complete(
        _ arrival: inout Arrival,
        _ examination: consuming Examination,
        header: HeaderSection,
        digest: String
    ) async {
        let settings = settings.withLock { $0 }
        let account = examination.account
        let message = examination.message()
        let finding = await judge(message, arrival, settings)
        var receipt = Receipt(message, finding: finding, account: account)
        let tracked = await match(receipt, arrival)
        if let tracked, receipt?.doubt == nil {
            receipt?.doubt = SigningTime.doubt(finding?.signingTime, tracked, arrival: arrival.message.arrival)
        }
        let doubt = doubt(receipt, tracked)
        let believed = doubt == nil ? receipt : nil
        let threading = await threading(message, believed, tracked, header, arrival)
        let field = CertifiedField(
            message: message,
            finding: finding,
            isBelieved: receipt.map { _ in doubt == nil },
            tracked: tracked?.id,
            hasForeignField: header.count(CertifiedField.name) > 0
        )
        arrival.message.addTrace(field.text + threading)
        let rule = settings.accounts[account] ?? IntakeSettings.Account()
        let waits = rule.digestsAcceptances && believed?.statement == .accepted
        if waits { for index in arrival.recipients.indices { arrival.recipients[index].awaitDigest() } }
        // Behind that: who sent the message hears of it at once, each by himself.
        if believed != nil, rule.tellsSenders, let tracked { arrival.addRecipients(tracked.senders) }
        arrival.certified = CertifiedFacts(
            digest: digest,
            kind: message.kind.rawValue,
            account: account,
            receipt: receipt,
            waitsForDigest: waits
        )
        log(message, finding, doubt, tracked, arrival, account)
    }

    // MARK: Signature

    /// The judgement of the signature; nil when it could not be looked at.
    private func judge(
        _ message: CertifiedMessage,
        _ arrival: Arrival,
        _ settings: IntakeSettings
    ) async -> SignatureFinding? {
        // The field on top speaks of the whole message: of one that merely holds a signed one it must not say that it is signed.
        guard let structure = message.structure, let entity = structure.entity, let signature = structure.signature,
            !structure.isWrapped
        else { return SignatureFinding() }
        guard let checker = SignatureChecker(signature: signature, hasBareLineFeeds: structure.hasBareLineFeeds) else {
            return .unreadable
        }
        do throws(QueueError) {
            try await StoredOctets(arrival.body, store).forEach(in: entity) { piece in
                piece.withUnsafeReadableBytes { checker.append($0) }
            }
        } catch {
            warn("a signature could not be checked", arrival, error)
            return nil
        }
        return checker.finish(
            from: message.from,
            trusting: settings.anchors,
            providers: settings.providers,
            at: message.time?.timestamp ?? clock.now()
        )
    }

    // MARK: Tracking

    private func match(_ receipt: Receipt?, _ arrival: Arrival) async -> TrackedMessage? {
        guard let receipt else { return nil }
        do throws(QueueError) {
            return try await store.match(receipt)
        } catch {
            warn("the message of a receipt could not be looked for", arrival, error)
            return nil
        }
    }

    /// Why a receipt is not believed; nil when it is, or is none. The store judges anew when it takes the receipt.
    private func doubt(
        _ receipt: Receipt?,
        _ tracked: TrackedMessage?
    ) -> String? {
        guard let receipt else { return nil }
        if tracked == nil, receipt.doubt == nil, let sender = receipt.sender,
            (AddrSpec(sender)?.comparisonKey ?? sender.lowercased()) != receipt.account
        {
            return "it is about a message of \(sender)"
        }
        guard var tracked, case .disbelieved(let why) = tracked.apply(receipt) else { return receipt.doubt }
        return why
    }

    /// The fields by which Outlook files a believed receipt under its message, and a reply under what it answers.
    private func threading(
        _ message: CertifiedMessage,
        _ believed: Receipt?,
        _ tracked: TrackedMessage?,
        _ header: HeaderSection,
        _ arrival: Arrival
    ) async -> String {
        let present = Threading(header)
        if message.kind.isReceipt {
            guard let believed, let id = tracked?.messageID ?? believed.messageID else { return "" }
            return present.fields(forReceiptOf: id)
        }
        do throws(QueueError) {
            let original = try await originalHeader(message, arrival)
            let named = present.identifiers + (original.map { Threading($0).identifiers } ?? [])
            guard !named.isEmpty else { return "" }
            let clients = try await store.clientMessageIDs(of: Array(named.prefix(Threading.maximumIdentifiers)))
            return present.fields(forReplyTo: clients, original: original.map(Threading.init))
        } catch {
            warn("what a message answers could not be looked for", arrival, error)
            return ""
        }
    }

    /// The header of the message in the envelope; nil when there is none.
    private func originalHeader(
        _ message: CertifiedMessage,
        _ arrival: Arrival
    ) async throws(QueueError) -> HeaderSection? {
        guard let range = message.structure?.original, !range.isEmpty else { return nil }
        let head = range.prefix(HeaderSection.maximumOctets)
        var collector = HeaderCollector()
        try await StoredOctets(arrival.body, store).forEach(in: head) { collector.append($0) }
        return collector.section
    }

    // MARK: Log

    private func log(
        _ message: CertifiedMessage,
        _ finding: SignatureFinding?,
        _ doubt: String?,
        _ tracked: TrackedMessage?,
        _ arrival: Arrival,
        _ account: String
    ) {
        var metadata: Logger.Metadata = [
            "queueID": "\(arrival.message.id)", "account": "\(account)", "kind": "\(message.kind.rawValue)",
            "signature": "\(finding?.state.rawValue ?? CertifiedField.unknown)",
        ]
        if let signer = finding?.signer { metadata["signer"] = "\(signer)" }
        if let tracked { metadata["message"] = "\(tracked.id)" }
        if let failure = message.failure, failure != CertificationFailure.none {
            metadata["error"] = "\(failure.rawValue)"
        }
        for (number, warning) in message.warnings.prefix(3).enumerated() {
            metadata["warning\(number + 1)"] = "\(warning)"
        }
        guard let doubt else {
            return logger.info("certified mail examined", metadata: metadata)
        }
        metadata["doubt"] = "\(doubt)"
        logger.warning("a receipt is not believed", metadata: metadata)
    }

    private func warn(_ what: String, _ arrival: Arrival, _ error: QueueError) {
        logger.error(
            "\(what); the message is delivered all the same",
            metadata: ["queueID": "\(arrival.message.id)", "error": "\(error)"]
        )
    }
}

extension Arrival {
    /// Adds those of `addresses` that are not among the recipients.
    fileprivate mutating func addRecipients(_ addresses: [AddrSpec]) {
        guard let last = recipients.last else { return }
        var seen = Set(recipients.map(\.recipient.forwardPath.comparisonKey))
        for address in addresses where seen.insert(address.comparisonKey).inserted {
            recipients.append(
                QueuedRecipient(
                    number: recipients.count,
                    recipient: EnvelopeRecipient(address),
                    route: last.route,
                    nextAttempt: last.nextAttempt
                )
            )
            if !address.isASCII { message.requiresSMTPUTF8 = true }
        }
    }
}
