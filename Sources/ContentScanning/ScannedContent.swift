// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailQueue
public import NIOCore

/// The octets of a message that waits for its verdict; several scanners read them at the same time, each with a reader of its own.
public struct ScannedContent: Sendable {
    /// The fields that will be on top: ours, and what scanners before this one added.
    public let trace: String
    /// The octets as they were handed over.
    let body: MessageBody
    let store: any QueueStore

    /// The content of what is about to be stored.
    public init(trace: String, body: MessageBody, store: any QueueStore) {
        self.trace = trace
        self.body = body
        self.store = store
    }

    /// Octets in all, the trace included.
    public var octets: Int { trace.utf8.count + body.size }

    /// All octets, the trace first.
    var pieces: Pieces { Pieces(content: self, start: nil) }

    /// The message's own octets from `start` on, without the trace.
    func pieces(from start: Int) -> Pieces { Pieces(content: self, start: start) }

    /// Calls `take` with all octets, the trace first, in pieces of at most 65,535 octets; one that throws ends the reading.
    public func read(
        _ take: (ByteBuffer) async throws(ScannerError) -> Void
    ) async throws(ScannerError) {
        var pieces = pieces.makeAsyncIterator()
        while let piece = try await pieces.piece() { try await take(piece) }
    }
}

extension ScannedContent {
    /// Octets in pieces of at most 65,535, which is what a milter takes at once.
    struct Pieces: AsyncSequence, Sendable {
        typealias Element = ByteBuffer

        let content: ScannedContent
        /// Where the message's own octets begin; nil for all of them behind the trace.
        let start: Int?

        func makeAsyncIterator() -> Iterator { Iterator(content, start) }
    }

    /// Reads on at each call. A file that it reads closes with its end, or with the iterator.
    struct Iterator: AsyncIteratorProtocol {
        private enum Source {
            case octets(ByteBuffer)
            case stored(StoredBody)
            case reader(any BodyReader)
            case ended
        }

        private static let piece = 65_535

        private let store: any QueueStore
        private var front: ByteBuffer
        private var source: Source
        private var skipped: Int

        init(_ content: ScannedContent, _ start: Int?) {
            store = content.store
            front = start == nil ? ByteBuffer(string: content.trace) : ByteBuffer()
            skipped = start ?? 0
            source =
                switch content.body {
                case .octets(let octets): .octets(octets)
                case .stored(let body): .stored(body)
                }
        }

        mutating func next() async throws -> ByteBuffer? { try await piece() }

        /// The next octets; nil at the end.
        mutating func piece() async throws(ScannerError) -> ByteBuffer? {
            if let piece = front.readSlice(length: min(front.readableBytes, Self.piece)), piece.readableBytes > 0 {
                return piece
            }
            while var piece = try await own() {
                let skip = min(skipped, piece.readableBytes)
                skipped -= skip
                piece.moveReaderIndex(forwardBy: skip)
                if piece.readableBytes > 0 { return piece }
            }
            return nil
        }

        private mutating func own() async throws(ScannerError) -> ByteBuffer? {
            switch source {
            case .ended: return nil
            case .octets(var octets):
                let piece = octets.readSlice(length: min(octets.readableBytes, Self.piece))
                source = octets.readableBytes == 0 ? .ended : .octets(octets)
                return piece
            case .stored(let body):
                do { source = .reader(try await store.readStored(body)) } catch { throw Self.error(error) }
                return try await own()
            case .reader(let reader):
                do throws(QueueError) {
                    if let piece = try await reader.read(upTo: Self.piece) { return piece }
                } catch {
                    throw Self.error(error)
                }
                source = .ended
                await reader.close()
                return nil
            }
        }

        private static func error(_ error: QueueError) -> ScannerError {
            ScannerError("the message could not be read: \(error)")
        }
    }
}

extension MessageBody {
    /// Octets.
    var size: Int {
        switch self {
        case .octets(let octets): octets.readableBytes
        case .stored(let stored): stored.size
        }
    }
}
