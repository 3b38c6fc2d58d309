// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import Logging
public import MailModel
public import MailQueue
import Synchronization

/// Shows messages to the scanners before they are accepted, and says what becomes of them.
///
/// ```text
/// arrival ──▶ antivirus, antispam: at the same time ──▶ milters: in their order ──▶ fields on top, decision
/// ```
/// Nothing is remembered of a message: one that is held comes again, from its client or its maildrop. A scanner that gives no verdict
/// for a minute raises an alert (P8).
public final class ContentFilter: Sendable {
    /// Which scanners there are, and how they are used; replaced as a whole when the configuration is read again.
    public struct Settings: Sendable {
        /// Antivirus and antispam.
        public var scanners: [any MessageScanner]
        /// In the order in which they see a message.
        public var milters: [any MessageScanner]
        /// What to do while one gives no verdict.
        public var whenDown: ScanVerdict.WhenDown
        /// Messages that are scanned at the same time.
        public var maximumScans: Int

        /// Settings; none scan by default.
        public init(
            scanners: [any MessageScanner] = [],
            milters: [any MessageScanner] = [],
            whenDown: ScanVerdict.WhenDown = .defer,
            maximumScans: Int = 20
        ) {
            self.scanners = scanners
            self.milters = milters
            self.whenDown = whenDown
            self.maximumScans = maximumScans
        }

        /// Those that look at this kind of mail.
        func scanners(for mail: ScanSubject.Mail) -> [any MessageScanner] {
            mail == .certifiedSubmission ? scanners.filter { $0.role == .antivirus } : scanners
        }

        func milters(for mail: ScanSubject.Mail) -> [any MessageScanner] { mail == .certifiedSubmission ? [] : milters }
    }

    private let store: any QueueStore
    private let watch: ScannerWatch
    private let unjudged = UnjudgedMessages()
    private let clock: any WallClock
    private let slots: ScanSlots
    private let logger: Logger
    private let settings: Mutex<Settings>

    /// A filter for what `store` is about to take.
    public init(
        _ settings: Settings,
        store: any QueueStore,
        alerts: any AlertReporting,
        clock: any WallClock,
        logger: Logger
    ) {
        self.settings = Mutex(settings)
        self.store = store
        self.logger = logger
        self.clock = clock
        watch = ScannerWatch(whenDown: settings.whenDown, alerts: alerts, clock: clock)
        slots = ScanSlots(settings.maximumScans)
    }

    /// Uses `next` for the messages that come from now on, and closes what is not used any more.
    public func update(_ next: Settings) async {
        let previous = settings.withLock { settings in
            defer { settings = next }
            return settings
        }
        await slots.setLimit(next.maximumScans)
        for scanner in previous.scanners + previous.milters { await scanner.close() }
        await watch.keep(Set((next.scanners + next.milters).map(\.name)), whenDown: next.whenDown)
    }

    /// Has a person told of scanners that have failed for a minute; to be called now and then.
    public func review() async { await watch.review() }

    /// Closes the connections to the scanners.
    public func close() async {
        let settings = settings.withLock { $0 }
        for scanner in settings.scanners + settings.milters { await scanner.close() }
    }

    /// Has a message scanned.
    ///
    /// - Parameters:
    ///   - arrival: complete, its body written where it is large. What is delivered or quarantined gets its fields on top, and its
    ///     recipients the state.
    ///   - subject: what scanners are told.
    /// - Returns: what becomes of it. The body of what is not to be stored is the caller's to remove.
    public func judge(_ arrival: inout Arrival, _ subject: ScanSubject) async -> ScanDecision {
        let settings = settings.withLock { $0 }
        let (scanners, milters) = (settings.scanners(for: subject.mail), settings.milters(for: subject.mail))
        guard !scanners.isEmpty || !milters.isEmpty else { return .deliver }
        await slots.take(subject.mail)
        var editor = MessageEditor(subject, store: store, logger: logger)
        var findings = await findings(scanners, editor.content(arrival), subject)
        func verdict() -> ScanVerdict {
            ScanVerdict(findings, mail: subject.mail, whenDown: settings.whenDown)
        }
        await edit(&findings, from: 0, verdict(), &arrival, &editor)
        for milter in milters {
            guard verdict().decision.isStored, !arrival.recipients.isEmpty else { break }
            findings.append(await finding(milter, editor.content(arrival), editor.subject))
            await edit(&findings, from: findings.count - 1, verdict(), &arrival, &editor)
        }
        await slots.giveBack(subject.mail)
        var final = verdict()
        if arrival.recipients.isEmpty { final.discard("a scanner left no recipient") }
        await noteUnjudged(&final, findings, arrival, scanners + milters)
        // What was edited is the gateway's own by now; what came with it is told.
        final.hasForeignResults = !subject.header.foreignResults(subject.hostname).isEmpty || subject.header.isBroken
        apply(final, editor.subject.addedFields, to: &arrival)
        log(findings, final.decision, subject)
        return final.decision
    }

    /// Gives up on a message of a maildrop at which scanners that work fail for a day: it goes to the quarantine, and no longer keeps coming.
    private func noteUnjudged(
        _ verdict: inout ScanVerdict,
        _ findings: [ScanVerdict.Finding],
        _ arrival: Arrival,
        _ scanners: [any MessageScanner]
    ) async {
        guard let identity = arrival.retrieved else { return }
        let key = "\(identity.account) \(identity.digest)"
        let failing = findings.filter { $0.result == nil }
        guard case .hold(let words) = verdict.decision, !failing.isEmpty else { return unjudged.forget(key) }
        for scanner in scanners where failing.contains(where: { $0.scanner == scanner.name }) {
            do { _ = try await scanner.check() } catch {
                // It is down, which is not the message's doing: the day begins when it is back.
                return unjudged.forget(key)
            }
        }
        let since = unjudged.note(key, now: clock.now())
        guard clock.now() - since >= UnjudgedMessages.patience else { return }
        for finding in failing where await !watch.hasAnswered(finding.scanner, since: since) { return }
        verdict.giveUp("\(ScanVerdict.unjudged): \(words)")
        unjudged.forget(key)
    }

    /// Carries out what the findings from `start` on ask to change, unless the message is not stored anyway. Where that fails, there is no finding.
    private func edit(
        _ findings: inout [ScanVerdict.Finding],
        from start: Int,
        _ verdict: ScanVerdict,
        _ arrival: inout Arrival,
        _ editor: inout MessageEditor
    ) async {
        for index in findings.indices[start...] {
            guard let edits = findings[index].result?.edits, !edits.isEmpty else { continue }
            guard verdict.decision.isStored else {
                await editor.drop(edits)
                continue
            }
            do throws(ScannerError) {
                try await editor.apply(edits, of: findings[index].scanner, to: &arrival)
            } catch {
                logger.error(
                    "what a scanner changed could not be stored",
                    metadata: [
                        "queueID": "\(editor.subject.id)", "scanner": "\(findings[index].scanner)", "error": "\(error)",
                    ]
                )
                findings[index] = ScanVerdict.Finding(findings[index].scanner, findings[index].role, .failure(error))
            }
        }
    }

    private func findings(
        _ scanners: [any MessageScanner],
        _ content: ScannedContent,
        _ subject: ScanSubject
    ) async -> [ScanVerdict.Finding] {
        if scanners.count == 1 { return [await finding(scanners[0], content, subject)] }
        return await withTaskGroup(of: (Int, ScanVerdict.Finding).self) { tasks in
            for (place, scanner) in scanners.enumerated() {
                tasks.addTask { (place, await self.finding(scanner, content, subject)) }
            }
            var findings: [(Int, ScanVerdict.Finding)] = []
            for await finding in tasks { findings.append(finding) }
            return findings.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    private func finding(
        _ scanner: any MessageScanner,
        _ content: ScannedContent,
        _ subject: ScanSubject
    ) async -> ScanVerdict.Finding {
        do throws(ScannerError) {
            let result = try await scanner.scan(subject, content)
            await watch.answered(scanner.name)
            if let remark = result.remark {
                logger.warning(
                    "a scanner's answer was not taken whole",
                    metadata: ["queueID": "\(subject.id)", "scanner": "\(scanner.name)", "error": "\(remark)"]
                )
            }
            return ScanVerdict.Finding(scanner.name, scanner.role, .success(result))
        } catch {
            logger.error(
                "a scanner gave no verdict",
                metadata: ["queueID": "\(subject.id)", "scanner": "\(scanner.name)", "error": "\(error)"]
            )
            await watch.failed(scanner.name, error)
            return ScanVerdict.Finding(scanner.name, scanner.role, .failure(error))
        }
    }

    private func apply(_ verdict: ScanVerdict, _ added: [String], to arrival: inout Arrival) {
        guard verdict.decision.isStored else { return }
        arrival.message.addTrace(verdict.fields + added.joined())
        guard case .quarantine(let words) = verdict.decision else { return }
        for index in arrival.recipients.indices where !arrival.recipients[index].state.isFinal {
            arrival.recipients[index].state = .quarantined
            arrival.recipients[index].lastReply = String(words.prefix(500))
        }
    }

    private func log(_ findings: [ScanVerdict.Finding], _ decision: ScanDecision, _ subject: ScanSubject) {
        if case .deliver = decision { return }
        var metadata: Logger.Metadata = [
            "queueID": "\(subject.id)", "from": "\(subject.reversePath)", "decision": "\(decision.word)",
        ]
        for finding in findings {
            guard let result = finding.result, result.action != .pass else { continue }
            metadata[finding.scanner] = "\(result.words)"
        }
        logger.notice("message stopped by a scanner", metadata: metadata)
    }
}

extension ScanDecision {
    /// True when the message is stored.
    public var isStored: Bool {
        switch self {
        case .deliver, .quarantine: true
        case .refuse, .discard, .hold: false
        }
    }

    /// Why it is not simply delivered.
    public var words: String {
        switch self {
        case .deliver: ""
        case .quarantine(let words), .discard(let words), .hold(let words): words
        case .refuse(let reply): "\(reply)"
        }
    }

    fileprivate var word: String {
        switch self {
        case .deliver: "deliver"
        case .quarantine: "quarantine"
        case .refuse(let reply): "refuse \(reply)"
        case .discard: "discard"
        case .hold: "hold"
        }
    }
}
