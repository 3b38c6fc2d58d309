// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import ContentScanning
import Logging
import MailModel
import MailQueue
import MailTransport
import NIOCore
import NIOPosix
import QueueSQLite
import Synchronization
import TestLab

/// A store and what scanners need beside it.
struct ScanBench {
    let store: SQLiteQueue
    let connector = MailConnector(group: MultiThreadedEventLoopGroup.singleton)
    let clock = SettableClock()
    let alerts = RecordedAlerts()
    private let directory: String

    /// Gives `body` a bench, and takes it down.
    static func with(_ body: (ScanBench) async throws -> Void) async throws {
        let directory = try Files.makeTemporaryDirectory("scan")
        let bench = ScanBench(directory: directory, store: try SQLiteQueue.open(directory: "\(directory)/state"))
        do {
            try await body(bench)
        } catch {
            await bench.store.close()
            Files.remove(directory)
            throw error
        }
        await bench.store.close()
        Files.remove(directory)
    }

    private init(directory: String, store: SQLiteQueue) {
        self.directory = directory
        self.store = store
    }

    /// A directory for a server.
    func place(_ name: String) throws -> String {
        let path = "\(directory)/\(name)"
        try Files.makeDirectory(path)
        return path
    }

    /// A message with `body`, in the spool when it is large.
    func arrival(_ body: String, header: String = "Subject: prova\r\n") async throws -> Arrival {
        let octets = ByteBuffer(string: "\(header)\r\n\(body)")
        var stored = MessageBody.octets(octets)
        if octets.readableBytes > store.inlineLimit {
            let writer = try await store.makeBodyWriter()
            try await writer.write(octets)
            stored = .stored(try await writer.finish())
        }
        let now = clock.now()
        let trace = "Received: from a by b;\r\n Tue, 24 Nov 2026 10:00:00 +0000\r\n"
        let id = QueueID(arrival: now)
        let recipients = try [address("mario@azienda.test"), address("ugo@azienda.test")].enumerated()
        return Arrival(
            message: QueuedMessage(
                id: id,
                origin: .internet,
                arrival: now,
                reversePath: .mailbox(try address("ada@fuori.test")),
                size: trace.utf8.count + octets.readableBytes,
                trace: trace,
                routeReason: "test"
            ),
            recipients: recipients.map { number, address in
                QueuedRecipient(
                    number: number,
                    recipient: EnvelopeRecipient(address),
                    route: .exchange,
                    nextAttempt: now
                )
            },
            body: stored
        )
    }

    /// What scanners are told of `arrival`.
    func subject(
        _ arrival: Arrival,
        _ mail: ScanSubject.Mail = .ordinary,
        header: String = "Subject: prova\r\n"
    ) -> ScanSubject {
        ScanSubject(
            id: arrival.message.id,
            mail: mail,
            client: ScanSubject.Client(address: "192.0.2.7", name: "mail.fuori.test"),
            hostname: "relay.azienda.test",
            entrance: "internet",
            reversePath: arrival.message.reversePath,
            recipients: arrival.recipients.map(\.recipient),
            header: HeaderSection(ByteBuffer(string: "\(header)\r\n"))
        )
    }

    /// What scanners read of `arrival`.
    func content(_ arrival: Arrival) -> ScannedContent {
        ScannedContent(trace: arrival.message.trace, body: arrival.body, store: store)
    }

    /// What the store holds of a message, trace and body.
    func text(_ id: QueueID) async throws -> String {
        let reader = try await store.readBody(id)
        var octets = ByteBuffer()
        while let piece = try await reader.read(upTo: 1_000_000) { octets.writeImmutableBuffer(piece) }
        await reader.close()
        return String(buffer: octets)
    }

    /// A filter over `scanners`.
    func filter(
        _ scanners: [any MessageScanner],
        milters: [any MessageScanner] = [],
        whenDown: ScanVerdict.WhenDown = .defer
    ) -> ContentFilter {
        ContentFilter(
            ContentFilter.Settings(scanners: scanners, milters: milters, whenDown: whenDown, maximumScans: 4),
            store: store,
            alerts: alerts,
            clock: clock,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    private func address(_ text: String) throws -> AddrSpec {
        guard let address = AddrSpec(text) else { throw LabError("\(text) is no address") }
        return address
    }
}

/// A clock that stands until it is moved.
final class SettableClock: WallClock {
    private let moment = Mutex(Timestamp(milliseconds: 1_795_000_000_000))
    func now() -> Timestamp { moment.withLock { $0 } }
    func advance(by duration: Duration) { moment.withLock { $0 = $0 + duration } }
}

/// The alerts that are open, with their summaries.
final class RecordedAlerts: AlertReporting {
    private let open = Mutex<[String: (summary: String, affects: String)]>([:])
    var summaries: [String: String] { open.withLock { $0.mapValues(\.summary) } }
    /// What each affects.
    var affected: [String: String] { open.withLock { $0.mapValues(\.affects) } }
    func raise(key: String, summary: String, affects: String, remedy: String) async {
        open.withLock { $0[key] = $0[key] ?? (summary, affects) }
    }
    func clear(key: String) async { open.withLock { $0[key] = nil } }
}

/// A scanner that answers what it is told to.
final class ToldScanner: MessageScanner {
    let name: String
    let address = "told"
    let role: ScannerRole
    private let answer: Mutex<Result<ScanResult, ScannerError>>
    private let seen = Mutex<[QueueID]>([])
    /// False: it is down, whoever asks.
    let works = Mutex(true)

    init(_ name: String, _ role: ScannerRole, _ answer: Result<ScanResult, ScannerError>) {
        self.name = name
        self.role = role
        self.answer = Mutex(answer)
    }

    var scans: Int { seen.withLock(\.count) }

    func tell(_ next: Result<ScanResult, ScannerError>) { answer.withLock { $0 = next } }

    func scan(_ subject: ScanSubject, _ content: ScannedContent) async throws(ScannerError) -> ScanResult {
        seen.withLock { $0.append(subject.id) }
        return try answer.withLock { $0 }.get()
    }

    func check() async throws(ScannerError) -> String {
        guard works.withLock({ $0 }) else { throw ScannerError("told: refused") }
        return "told"
    }
    func close() async {}
}
