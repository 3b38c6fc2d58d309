// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel
public import MailTransport
import NIOCore
import ScannerProtocols

/// SpamAssassin's daemon, asked as spamc does (`SYMBOLS`); spamd takes one message a connection.
///
/// It never refuses: what it calls spam is tagged with its score, and a rule of Exchange decides.
public struct SpamAssassinScanner: MessageScanner {
    /// `spamassassin`.
    public static let name: String = "spamassassin"
    /// The same.
    public let name: String = SpamAssassinScanner.name
    /// Unwanted mail.
    public let role = ScannerRole.antispam
    /// The daemon's socket.
    public var address: String { "\(service)" }

    /// Octets that spamc shows to spamd by default: what is larger takes it minutes. It passes, and says so.
    static let maximumOctets = 512_000

    private let service: ServiceAddress
    private let user: String?
    private let connector: MailConnector
    private let times: ScannerTimes

    /// The daemon that listens at `service`, with the preferences of `user`.
    public init(_ service: ServiceAddress, user: String? = nil, connector: MailConnector, times: ScannerTimes = .init())
    {
        self.service = service
        self.user = user
        self.connector = connector
        self.times = times
    }

    /// Has the message judged.
    public func scan(_ subject: ScanSubject, _ content: ScannedContent) async throws(ScannerError) -> ScanResult {
        guard content.octets <= Self.maximumOctets else {
            return ScanResult(.pass, words: "not looked at: larger than 500 KiB")
        }
        // Spamd reads lines up to the length: without a line end at the end it would wait for ever.
        let end = ByteBuffer(string: "\r\n")
        let length = content.octets + end.readableBytes
        let user = user.map { "User: \($0)\r\n" } ?? ""
        let head = ByteBuffer(string: "SYMBOLS SPAMC/1.5\r\nContent-length: \(length)\r\n\(user)\r\n")
        let reply = try await ask { write throws(ScannerError) in
            try await write(head)
            try await content.read(write)
            try await write(end)
        }
        guard let verdict = reply.verdict else { throw ScannerError("\(address): no verdict: \(reply.words)") }
        return ScanResult(
            verdict.isSpam ? .tag : .pass,
            words: ScanFields.words(verdict.score, verdict.threshold, reply.symbols),
            score: verdict.score,
            threshold: verdict.threshold
        )
    }

    /// What it says to PING.
    public func check() async throws(ScannerError) -> String {
        let reply = try await ask { write throws(ScannerError) in
            try await write(ByteBuffer(string: "PING SPAMC/1.5\r\n\r\n"))
        }
        guard reply.words == "PONG" else { throw ScannerError("\(address): no spamd answers") }
        return "spamd answers"
    }

    /// Nothing is kept.
    public func close() async {}

    private typealias Write = (ByteBuffer) async throws(ScannerError) -> Void

    private func ask(_ say: (Write) async throws(ScannerError) -> Void) async throws(ScannerError) -> SpamdReply {
        let connection: MailConnection
        do { connection = try await connector.connect(to: service, within: times.connect) } catch {
            throw ScannerError("\(error)")
        }
        let reply: SpamdReply
        do throws(ScannerError) {
            reply = try await ask(connection, say)
        } catch {
            await connection.close()
            throw error
        }
        await connection.close()
        guard reply.code == 0 else { throw ScannerError("\(address): \(reply.code) \(reply.words)") }
        return reply
    }

    private func ask(
        _ connection: MailConnection,
        _ say: (Write) async throws(ScannerError) -> Void
    ) async throws(ScannerError) -> SpamdReply {
        do throws(ScannerError) {
            try await say { octets throws(ScannerError) in
                do throws(TransportError) { try await connection.write(octets, within: times.write) } catch {
                    throw ScannerError("\(error)", mayBeStale: error.code != .timedOut)
                }
            }
        } catch {
            // Spamd answers at once to what it cannot read, and closes.
            guard error.mayBeStale, let reply = await early(connection) else { throw error }
            return reply
        }
        return try await answer(connection)
    }

    /// What the connection had brought before it was closed; nil when that is no reply.
    private func early(_ connection: MailConnection) async -> SpamdReply? {
        do throws(ScannerError) { return try await answer(connection) } catch { return nil }
    }

    private func answer(_ connection: MailConnection) async throws(ScannerError) -> SpamdReply {
        var octets: [UInt8] = []
        while true {
            var isEnd = false
            do throws(TransportError) {
                octets += try await connection.read(within: times.verdict).readableBytesView
            } catch {
                guard error.code == .closed else { throw ScannerError("\(error)") }
                isEnd = true
            }
            switch SpamdReply.read(octets, isEnd: isEnd) {
            case .reply(let reply): return reply
            case .malformed: throw ScannerError("\(address): an answer that is none of spamd's")
            case .incomplete: continue
            }
        }
    }
}
