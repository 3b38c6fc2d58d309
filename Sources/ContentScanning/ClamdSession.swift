// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import MailTransport
import NIOCore
import ScannerProtocols

/// One session with clamd, used by one scan at a time.
final class ClamdSession: Sendable {
    private let connection: MailConnection
    private let times: ScannerTimes

    private init(_ connection: MailConnection, _ times: ScannerTimes) {
        self.connection = connection
        self.times = times
    }

    /// Opens a session.
    static func open(
        _ address: ServiceAddress,
        connector: MailConnector,
        times: ScannerTimes
    ) async throws(ScannerError) -> ClamdSession {
        let connection: MailConnection
        do { connection = try await connector.connect(to: address, within: times.connect) } catch {
            throw ScannerError("\(error)")
        }
        let session = ClamdSession(connection, times)
        do throws(ScannerError) {
            try await session.write(ByteBuffer(string: "zIDSESSION\0"))
        } catch {
            await session.abandon()
            throw error
        }
        return session
    }

    var isOpen: Bool { connection.isOpen }

    /// Octets that are gathered before they are written: a message that is no larger is one write.
    private static let gathered = 32_768

    /// Streams a message: `zINSTREAM`, pieces with their lengths in four octets, a length of zero (clamd(8)).
    func scan(_ content: ScannedContent) async throws(ScannerError) -> ClamdReply {
        var pending = ByteBuffer(string: "zINSTREAM\0")
        do throws(ScannerError) {
            try await content.read { piece throws(ScannerError) in
                pending.reserveCapacity(minimumWritableBytes: piece.readableBytes + 8)
                pending.writeInteger(UInt32(piece.readableBytes))
                pending.writeImmutableBuffer(piece)
                guard pending.readableBytes > Self.gathered else { return }
                try await write(pending)
                pending = ByteBuffer()
            }
            pending.writeInteger(UInt32(0))
            try await write(pending)
        } catch {
            // Clamd answers at once when the stream is too large, or it cannot scan, and closes.
            guard error.mayBeStale, let reply = await answered() else { throw error }
            return reply
        }
        return try await reply()
    }

    /// What the connection had brought before it was closed; nil when that is no reply.
    private func answered() async -> ClamdReply? {
        do throws(ScannerError) { return try await reply() } catch { return nil }
    }

    /// Clamd's version and that of its signatures.
    func version() async throws(ScannerError) -> String {
        try await write(ByteBuffer(string: "zVERSION\0"))
        guard case .other(let version) = try await reply() else {
            throw ScannerError("\(connection.peer): no version")
        }
        return version
    }

    /// Ends the session in order.
    func end() async {
        do { try await write(ByteBuffer(string: "zEND\0")) } catch {
            // It is closed all the same.
        }
        await connection.close()
    }

    /// Closes a connection that is of no use any more.
    func abandon() async { await connection.close() }

    private func write(_ octets: ByteBuffer) async throws(ScannerError) {
        do {
            try await connection.write(octets, within: times.write)
        } catch {
            throw ScannerError("\(error)", mayBeStale: error.code != .timedOut)
        }
    }

    private func reply() async throws(ScannerError) -> ClamdReply {
        var decoder = ClamdReplyDecoder()
        while true {
            let octets: ByteBuffer
            do { octets = try await connection.read(within: times.verdict) } catch {
                throw ScannerError("\(error)", mayBeStale: error.code == .closed)
            }
            guard let replies = decoder.append(octets) else {
                throw ScannerError("\(connection.peer): a reply of more than \(ClamdReplyDecoder.maximumOctets) octets")
            }
            if let reply = replies.first { return reply }
        }
    }
}
