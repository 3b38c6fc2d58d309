// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import MailQueue
import NIOCore
import Synchronization

/// Writes one large body into a file of the spool.
///
/// Octets are gathered into pieces of 256 KiB and written by a file thread; `write` returns when the piece is with the kernel.
/// Every 8 MiB are brought to the disk at once, so that the last fsync is short and holds up no other.
final class SpoolWriter: BodyWriter {
    private struct State {
        var descriptor: Int32 = -1
        var gathered = ByteBuffer()
        var size = 0
        var pushed = 0
    }

    private static let pieceOctets = 262_144
    private static let pushOctets = 8_388_608

    private let spool: Spool
    private let room: RoomGauge
    private let reference: String
    private let workers: FileWorkers
    private let state = Mutex(State())

    init(spool: Spool, room: RoomGauge) async throws(QueueError) {
        let reference = try spool.begin()
        self.spool = spool
        self.room = room
        self.reference = reference
        workers = FileWorkers(seed: reference)
        do throws(QueueError) {
            let descriptor = try await workers.run { () throws(QueueError) in
                let path = spool.file(reference)
                let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
                guard descriptor >= 0 else { throw .posix("create", path) }
                return descriptor
            }
            state.withLock { $0.descriptor = descriptor }
        } catch {
            try spool.abandon(reference)
            throw error
        }
    }

    deinit {
        let descriptor = state.withLock { $0.descriptor }
        if descriptor >= 0 {
            // Dropped without a word: the file goes as `abandon` would have it; what cannot be removed is left to purge.
            close(descriptor)
            unlink(spool.file(reference))
        }
    }

    func write(_ octets: ByteBuffer) async throws(QueueError) {
        let piece = state.withLock { state -> ByteBuffer? in
            guard state.gathered.readableBytes > 0 || octets.readableBytes < Self.pieceOctets else { return octets }
            state.gathered.writeImmutableBuffer(octets)
            guard state.gathered.readableBytes >= Self.pieceOctets else { return nil }
            defer { state.gathered = ByteBuffer() }
            return state.gathered
        }
        if let piece { try await put(piece) }
    }

    func finish() async throws(QueueError) -> StoredBody {
        let rest = state.withLock { state in
            defer { state.gathered = ByteBuffer() }
            return state.gathered
        }
        if rest.readableBytes > 0 { try await put(rest) }
        let (descriptor, size) = state.withLock { ($0.descriptor, $0.size) }
        try await workers.run { [spool, reference, room] () throws(QueueError) in
            guard descriptor >= 0 else { throw QueueError(.notAllowed, "the body \(reference) is closed") }
            guard fsync(descriptor) == 0 else { throw Self.failure("synchronize", spool.file(reference), room) }
            try Directory.synchronize(spool.folder(reference))
        }
        closeDescriptor()
        spool.finished(reference)
        return StoredBody(reference: reference, size: size)
    }

    func abandon() async {
        closeDescriptor()
        do throws(QueueError) {
            try await workers.run { [spool, reference] () throws(QueueError) in try spool.abandon(reference) }
        } catch {
            // The file stays until purge removes it: nobody waits for the answer here.
            return
        }
    }

    private func closeDescriptor() {
        let descriptor = state.withLock { state in
            defer { state.descriptor = -1 }
            return state.descriptor
        }
        if descriptor >= 0 { close(descriptor) }
    }

    private func put(_ piece: ByteBuffer) async throws(QueueError) {
        try room.check(for: piece.readableBytes)
        let (descriptor, offset, push) = state.withLock { state -> (Int32, Int, Bool) in
            let offset = state.size
            state.size += piece.readableBytes
            let push = state.size - state.pushed >= Self.pushOctets
            if push { state.pushed = state.size }
            return (state.descriptor, offset, push)
        }
        try await workers.run { [spool, reference, room] () throws(QueueError) in
            guard descriptor >= 0 else { throw QueueError(.notAllowed, "the body \(reference) is closed") }
            var written = 0
            while written < piece.readableBytes {
                let count = piece.withUnsafeReadableBytes { bytes in
                    pwrite(
                        descriptor,
                        bytes.baseAddress?.advanced(by: written),
                        bytes.count - written,
                        off_t(offset + written)
                    )
                }
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else { throw Self.failure("write", spool.file(reference), room) }
                written += count
            }
            if push && fdatasync(descriptor) != 0 { throw Self.failure("synchronize", spool.file(reference), room) }
        }
        room.subtract(piece.readableBytes)
    }

    private static func failure(_ verb: String, _ path: String, _ room: RoomGauge) -> QueueError {
        let error = QueueError.posix(verb, path)
        return error.code == .full ? room.full("cannot \(verb) \(path)") : error
    }
}
