// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailQueue
public import NIOCore

/// The octets of a message that waits for its verdict; several scanners read them at the same time, each with a reader of its own.
public struct ScannedContent: Sendable {
    /// The fields of our own that will be on top.
    public let trace: String
    private let body: MessageBody
    private let store: any QueueStore

    /// The content of what is about to be stored.
    public init(trace: String, body: MessageBody, store: any QueueStore) {
        self.trace = trace
        self.body = body
        self.store = store
    }

    /// Octets in all, the trace included.
    public var octets: Int {
        switch body {
        case .octets(let octets): trace.utf8.count + octets.readableBytes
        case .stored(let stored): trace.utf8.count + stored.size
        }
    }

    /// Calls `take` with all octets, the trace first, in pieces of at most 64 KiB; one that throws ends the reading.
    public func read(
        _ take: (ByteBuffer) async throws(ScannerError) -> Void
    ) async throws(ScannerError) {
        if !trace.isEmpty { try await take(ByteBuffer(string: trace)) }
        switch body {
        case .octets(var octets):
            while let piece = octets.readSlice(length: min(octets.readableBytes, Self.piece)), piece.readableBytes > 0 {
                try await take(piece)
            }
        case .stored(let stored):
            let reader = try await open(stored)
            do throws(ScannerError) {
                while let piece = try await next(reader) { try await take(piece) }
                await reader.close()
            } catch {
                await reader.close()
                throw error
            }
        }
    }

    private static let piece = 65_536

    private func open(_ body: StoredBody) async throws(ScannerError) -> any BodyReader {
        do { return try await store.readStored(body) } catch {
            throw ScannerError("the message could not be read: \(error)")
        }
    }

    private func next(_ reader: any BodyReader) async throws(ScannerError) -> ByteBuffer? {
        do { return try await reader.read(upTo: Self.piece) } catch {
            throw ScannerError("the message could not be read: \(error)")
        }
    }
}
