// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import MailQueue
import NIOCore
import Synchronization

/// Reads a body that came from the database whole.
final class InlineReader: BodyReader {
    let size: Int
    private let rest: Mutex<ByteBuffer?>

    init(_ octets: ByteBuffer) {
        size = octets.readableBytes
        rest = Mutex(octets)
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

/// Reads a body from its file, by a file thread, in pieces of at most 256 KiB.
final class SpoolReader: BodyReader {
    private static let pieceOctets = 262_144

    let size: Int
    private let path: String
    private let descriptor: Mutex<Int32>
    private let offset = Mutex(0)
    private let workers: FileWorkers

    init(path: String) async throws(QueueError) {
        self.path = path
        workers = FileWorkers(seed: path)
        let (descriptor, size) = try await workers.run { () throws(QueueError) in
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
        self.size = size
    }

    deinit {
        descriptor.withLock { if $0 >= 0 { Glibc.close($0) } }
    }

    func read(upTo limit: Int) async throws(QueueError) -> ByteBuffer? {
        let wanted = min(max(limit, 1), Self.pieceOctets)
        let piece = try await workers.run { [self] () throws(QueueError) in try readPiece(wanted) }
        return piece.readableBytes == 0 ? nil : piece
    }

    func close() async {
        descriptor.withLock { descriptor in
            if descriptor >= 0 { Glibc.close(descriptor) }
            descriptor = -1
        }
    }

    private func readPiece(_ wanted: Int) throws(QueueError) -> ByteBuffer {
        // The descriptor stays locked while it is read, so that `close` cannot pull it away.
        let result = descriptor.withLock { descriptor -> Result<ByteBuffer, QueueError> in
            guard descriptor >= 0 else { return .failure(QueueError(.notAllowed, "the reader is closed")) }
            let start = offset.withLock { $0 }
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
            guard count > 0 || start == size else {
                return .failure(QueueError(.inputOutput, "\(path) ends after \(start) of \(size) octets."))
            }
            offset.withLock { $0 = start + count }
            return .success(piece)
        }
        return try result.get()
    }
}
