// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel
public import MailTransport
import NIOCore
import ScannerProtocols
import Synchronization

/// ClamAV's daemon, spoken to by INSTREAM over sessions that are kept (clamd(8)).
///
/// A message that is larger than clamd's StreamMaxLength can never be scanned: it is refused where its sender
/// hears of it, and goes into the quarantine elsewhere.
public final class ClamAVScanner: MessageScanner {
    /// A session that nobody uses.
    private struct Idle {
        let session: ClamdSession
        let since: ContinuousClock.Instant
    }

    /// `clamav`.
    public static let name: String = "clamav"
    /// The same.
    public let name: String = ClamAVScanner.name
    /// Malware.
    public let role = ScannerRole.antivirus
    /// The daemon's socket.
    public var address: String { service.description }

    private let service: ServiceAddress
    private let connector: MailConnector
    private let times: ScannerTimes
    private let idle = Mutex<[Idle]>([])

    /// Sessions that are kept at most: as many as scan at the same time, since to open one costs clamd as much as a small message.
    private static let maximumIdle = 32
    /// Clamd ends a session after 30 s without a command (IdleTimeout).
    private static let maximumRest = Duration.seconds(15)

    /// The daemon that listens at `service`.
    public init(_ service: ServiceAddress, connector: MailConnector, times: ScannerTimes = .init()) {
        self.service = service
        self.connector = connector
        self.times = times
    }

    /// Streams the message to the daemon; one that was kept and has gone is tried once more on a new session.
    public func scan(_ subject: ScanSubject, _ content: ScannedContent) async throws(ScannerError) -> ScanResult {
        if let session = reuse() {
            do throws(ScannerError) {
                return try await scan(content, session)
            } catch  where error.mayBeStale {
                // Clamd was restarted, or ended the session for its rest: a new one tells.
            }
        }
        return try await scan(content, try await ClamdSession.open(service, connector: connector, times: times))
    }

    /// The versions of the daemon and of its signatures.
    public func check() async throws(ScannerError) -> String {
        let session = try await ClamdSession.open(service, connector: connector, times: times)
        let version = try await session.version()
        await session.end()
        return version
    }

    /// Ends the sessions that are kept.
    public func close() async {
        let kept = idle.withLock { idle in
            defer { idle = [] }
            return idle
        }
        for one in kept { await one.session.end() }
    }

    private func scan(
        _ content: ScannedContent,
        _ session: consuming ClamdSession
    ) async throws(ScannerError) -> ScanResult {
        let reply: ClamdReply
        do throws(ScannerError) {
            reply = try await session.scan(content)
        } catch {
            await session.abandon()
            throw error
        }
        switch reply {
        case .clean:
            await keep(session)
            return ScanResult(.pass)
        case .found(let malware):
            await keep(session)
            return ScanResult(
                .reject(SMTPReply(550, EnhancedStatus(5, 7, 1), "the message contains malware: \(malware)")),
                words: malware
            )
        case .tooLarge:
            await session.abandon()
            return ScanResult(
                .quarantine,
                words: "larger than ClamAV scans (StreamMaxLength in clamd.conf)"
            )
        case .failed(let words), .other(let words):
            await session.abandon()
            throw ScannerError("\(address): \(words)")
        }
    }

    private func reuse() -> ClamdSession? {
        let now = ContinuousClock.now
        return idle.withLock { idle in
            while let last = idle.popLast() {
                if last.session.isOpen, now - last.since < Self.maximumRest { return last.session }
            }
            return nil
        }
    }

    private func keep(_ session: ClamdSession) async {
        let isKept = idle.withLock { idle in
            guard idle.count < Self.maximumIdle else { return false }
            idle.append(Idle(session: session, since: .now))
            return true
        }
        if !isKept { await session.end() }
    }
}
