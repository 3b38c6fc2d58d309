// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import MailQueue
import NIOCore
import Synchronization

/// Reads a message whose body came from the database whole.
final class InlineReader: BodyReader {
    let size: Int
    private let rest: Mutex<ByteBuffer?>

    init(trace: String, _ octets: ByteBuffer) {
        var whole = octets
        if !trace.isEmpty {
            whole = ByteBuffer()
            whole.reserveCapacity(trace.utf8.count + octets.readableBytes)
            whole.writeString(trace)
            whole.writeImmutableBuffer(octets)
        }
        size = whole.readableBytes
        rest = Mutex(whole)
    }

    func read(upTo limit: Int) async throws(QueueError) -> ByteBuffer? {
        let piece = rest.withLock { rest -> Result<ByteBuffer?, QueueError> in
            guard var octets = rest else { return .failure(QueueError(.notAllowed, "the reader is closed")) }
            let piece = octets.readSlice(length: min(max(limit, 1), octets.readableBytes))
            rest = octets
            return .success(piece?.readableBytes == 0 ? nil : piece)
        }
        return try piece.get()
    }

    func close() async {
        rest.withLock { $0 = nil }
    }
}

/// Reads a message whose body is a file, or a part of one, by a file thread, in pieces of at most 256 KiB.
final class SpoolReader: BodyReader {
    private static let pieceOctets = 262_144

    let size: Int
    private let path: String
    private let descriptor: Mutex<Int32>
    /// What stands in front and was not read yet.
    private let front: Mutex<ByteBuffer>
    /// Where the next octet of the file is read.
    private let offset: Mutex<Int>
    /// Where the body ends in the file.
    private let end: Int
    private let workers: FileWorkers

    /// A reader of `trace` and the octets `part` of the file, or all of them.
    init(path: String, part: Range<Int>? = nil, trace: String = "") async throws(QueueError) {
        self.path = path
        workers = FileWorkers(seed: path)
        let (descriptor, fileSize) = try await workers.run { () throws(QueueError) in
            let descriptor = open(path, O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { throw .posix("open", path) }
            var facts = stat()
            guard fstat(descriptor, &facts) == 0 else {
                let error = QueueError.posix("examine", path)
                Glibc.close(descriptor)
                throw error
            }
            return (descriptor, Int(facts.st_size))
        }
        self.descriptor = Mutex(descriptor)
        let part = part ?? 0..<fileSize
        front = Mutex(ByteBuffer(string: trace))
        offset = Mutex(part.lowerBound)
        end = part.upperBound
        size = trace.utf8.count + part.count
    }

    deinit {
        descriptor.withLock { if $0 >= 0 { Glibc.close($0) } }
    }

    func read(upTo limit: Int) async throws(QueueError) -> ByteBuffer? {
        let wanted = min(max(limit, 1), Self.pieceOctets)
        let first = front.withLock { $0.readSlice(length: min(wanted, $0.readableBytes)) }
        if let first, first.readableBytes > 0 { return first }
        let piece = try await workers.run { [self] () throws(QueueError) in try readPiece(wanted) }
        return piece.readableBytes == 0 ? nil : piece
    }

    func close() async {
        descriptor.withLock { descriptor in
            if descriptor >= 0 { Glibc.close(descriptor) }
            descriptor = -1
        }
        front.withLock { $0.clear() }
    }

    private func readPiece(_ wanted: Int) throws(QueueError) -> ByteBuffer {
        // The descriptor stays locked while it is read, so that `close` cannot pull it away.
        let result = descriptor.withLock { descriptor -> Result<ByteBuffer, QueueError> in
            guard descriptor >= 0 else { return .failure(QueueError(.notAllowed, "the reader is closed")) }
            let start = offset.withLock { $0 }
            guard start < end else { return .success(ByteBuffer()) }
            let wanted = min(wanted, end - start)
            var piece = ByteBuffer()
            var number: Int32 = 0
            let count = piece.writeWithUnsafeMutableBytes(minimumWritableBytes: wanted) { bytes in
                var count = -1
                repeat {
                    count = pread(descriptor, bytes.baseAddress, wanted, off_t(start))
                } while count < 0 && errno == EINTR
                if count < 0 { number = errno }
                return max(count, 0)
            }
            guard number == 0 else { return .failure(.posix("read", path, number)) }
            guard count > 0 else {
                return .failure(QueueError(.inputOutput, "\(path) ends after \(start) of \(end) octets."))
            }
            offset.withLock { $0 = start + count }
            return .success(piece)
        }
        return try result.get()
    }
}
