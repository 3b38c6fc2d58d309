// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import GRDB
import Glibc
import MailModel
public import MailQueue
import NIOCore
import Synchronization

/// The queue in one SQLite database, `queue.sqlite` of the state directory, with large bodies in files beside it.
///
/// WAL with synchronous=FULL: what a function has changed is on disk when it returns. Many callers share one commit (`GroupCommit`);
/// readers have connections of their own and wait for nobody. Commands may open the same database beside the running gateway.
public final class SQLiteQueue: QueueStore, RetrievalLedger, AccountLedger, AlertStore, ServerLedger, DecisionLedger {
    /// 256 KiB.
    public let inlineLimit = 262_144

    /// The state directory.
    public let directory: String

    let pool: DatabasePool
    let writer: GroupCommit
    let room: RoomGauge
    let spool: Spool
    let archive: ArchiveFiles
    let recent = RecentBodies(limit: 8_388_608)
    private let serviceLock = Mutex<FileLock?>(nil)

    private init(directory: String, pool: DatabasePool, room: RoomGauge, spool: Spool) {
        self.directory = directory
        self.pool = pool
        self.room = room
        self.spool = spool
        archive = ArchiveFiles(path: "\(directory)/archive")
        writer = GroupCommit(pool: pool) { Self.classify($0, room: room) }
    }

    /// Opens the queue of a state directory, and makes both unless they are there: the directory for its owner alone (0700), the files
    /// likewise (0600).
    ///
    /// - Parameters:
    ///   - directory: the state directory, an absolute path; its parent exists.
    ///   - minimumFree: octets of its file system that mail may not take, so that outcomes can be written when mail is refused.
    ///   - upgrades: true brings the database of an older version to the present schema, unless a gateway runs on it. Commands beside a gateway
    ///     do not: they would change the tables of one that is older than themselves.
    /// - Returns: the open queue.
    /// - Throws: `inputOutput` when it cannot be opened, or was written by another version of this program; `unavailable` when a gateway runs
    ///   on a database that is to be upgraded.
    public static func open(
        directory: String,
        minimumFree: Int = 64_000_000,
        upgrades: Bool = true
    ) throws(QueueError) -> SQLiteQueue {
        try Directory.make(directory)
        let path = "\(directory)/queue.sqlite"
        try create(path)
        let spool = try Spool(path: "\(directory)/spool")
        let room = RoomGauge(directory: directory, minimumFree: minimumFree)
        do {
            let pool = try DatabasePool(path: path, configuration: configuration)
            try pool.writeWithoutTransaction { database in
                // Only now: opening a pool sets synchronous to NORMAL, which would lose acknowledged mail on a power cut.
                try database.execute(sql: "PRAGMA synchronous = FULL")
                try database.execute(
                    sql:
                        "PRAGMA wal_autocheckpoint = 4000; PRAGMA journal_size_limit = 67108864; PRAGMA cache_size = -16000"
                )
            }
            try upgrade(pool, path, directory, isAllowed: upgrades)
            return SQLiteQueue(directory: directory, pool: pool, room: room, spool: spool)
        } catch {
            throw classify(error, room: room, path: path)
        }
    }

    /// Brings the tables to the present schema, where that is to be done and may be.
    private static func upgrade(_ pool: DatabasePool, _ path: String, _ directory: String, isAllowed: Bool) throws {
        let (isNewer, isPresent, found) = try pool.read { database in
            (
                try Schema.migrator.hasBeenSuperseded(database), try Schema.migrator.hasCompletedMigrations(database),
                try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
            )
        }
        guard !isNewer else {
            throw QueueError(
                .inputOutput,
                "\(path) has schema version \(found), this program knows \(Schema.version).",
                remedy:
                    "Start the newer version of Ceralacca that wrote it, or restore the backup from before its upgrade."
            )
        }
        if isPresent { return }
        // A database without tables is not anybody's yet.
        if found == 0 { return try Schema.migrator.migrate(pool) }
        guard isAllowed else {
            throw QueueError(
                .inputOutput,
                "\(path) has schema version \(found), this program works with \(Schema.version).",
                remedy:
                    "Run `ceralacca serve`, or restart the gateway, to upgrade it: first a backup (docs/operations.md, Upgrade)."
            )
        }
        let lock = try serviceLock(directory)
        try withExtendedLifetime(lock) { try Schema.migrator.migrate(pool) }
    }

    private static func serviceLock(_ directory: String) throws(QueueError) -> FileLock {
        let path = "\(directory)/gateway.lock"
        return try FileLock(
            path: path,
            refusal: QueueError(
                .unavailable,
                "another gateway runs on this state directory: \(path) is locked.",
                remedy: "Stop it first, or give this one a directory of its own."
            )
        )
    }

    /// Takes the lock that one gateway holds on its state directory; `close` or the end of the process gives it back.
    ///
    /// - Throws: `unavailable` when another process has it.
    public func lockForService() throws(QueueError) {
        guard serviceLock.withLock({ $0 == nil }) else { return }
        let lock = try Self.serviceLock(directory)
        serviceLock.withLock { $0 = lock }
    }

    /// Asks the file system of the state directory, at most four times a second.
    public func checkRoom(for expected: Int) async throws(QueueError) {
        try room.check(for: expected)
    }

    /// Changes how much of the file system mail may not take, from the next message on.
    public func keepFree(_ octets: Int) { room.keepFree(octets) }

    /// A writer into a file of the spool.
    public func makeBodyWriter() async throws(QueueError) -> any BodyWriter {
        try room.check(for: inlineLimit)
        return try await SpoolWriter(spool: spool, room: room)
    }

    /// Removes the file of a body whose message is refused.
    public func discardStored(_ body: StoredBody) async {
        spool.inserted(body.reference)
        await discard([body.reference])
    }

    /// A reader of a file of the spool.
    public func readStored(_ body: StoredBody) async throws(QueueError) -> any BodyReader {
        try await SpoolReader(path: spool.file(body.reference))
    }

    /// Writes what waits, then closes the database and gives the service's lock back.
    public func close() async {
        writer.close()
        await withCheckedContinuation { continuation in
            // Behind all that waits: the pool closes its writer when that is idle.
            pool.asyncWriteWithoutTransaction { _ in continuation.resume() }
        }
        do {
            try await FileWorkers(seed: directory).run { [pool, room] () throws(QueueError) in
                do { try pool.close() } catch { throw Self.classify(error, room: room) }
            }
        } catch {
            // Nothing is lost: every commit is in the WAL, which the next open reads.
        }
        serviceLock.withLock { $0 = nil }
    }

    private static var configuration: Configuration {
        var configuration = Configuration()
        configuration.label = "queue"
        configuration.busyMode = .timeout(10)
        configuration.maximumReaderCount = 4
        configuration.prepareDatabase { database in
            try database.execute(sql: "PRAGMA temp_store = MEMORY; PRAGMA cache_size = -1000")
        }
        return configuration
    }

    /// The database's file with mode 0600, before SQLite would make it with the process's umask; WAL and index follow its mode.
    private static func create(_ path: String) throws(QueueError) {
        let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .posix("open", path) }
        Glibc.close(descriptor)
        let parent = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        try Directory.synchronize(parent)
    }
}

extension SQLiteQueue {
    /// An error of the database, or of ours, as the port names it.
    static func classify(_ error: any Error, room: RoomGauge, path: String? = nil) -> QueueError {
        if let error = error as? QueueError { return error }
        let place = path ?? "\(room.directory)/queue.sqlite"
        guard let failure = error as? DatabaseError else {
            return QueueError(.inputOutput, "\(place): \(error)")
        }
        let words = failure.message ?? "error \(failure.extendedResultCode.rawValue)"
        switch failure.resultCode {
        case .SQLITE_FULL: return room.full("cannot write \(place): \(words)")
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            return QueueError(
                .unavailable,
                "\(place) is busy: \(words).",
                remedy: "Another process holds it; try again."
            )
        case .SQLITE_IOERR where failure.extendedResultCode == .SQLITE_IOERR_SHMSIZE:
            return room.full("cannot write \(place)-shm: \(words)")
        case .SQLITE_CORRUPT, .SQLITE_NOTADB:
            return QueueError(
                .inputOutput,
                "\(place) is damaged: \(words).",
                remedy: "Stop the gateway and restore it from a backup."
            )
        case .SQLITE_MISUSE: return QueueError(.unavailable, "the queue is closed: \(words)")
        default:
            return QueueError(
                .inputOutput,
                "\(place): \(words) (SQLite \(failure.extendedResultCode.rawValue)).",
                remedy: "The kernel's log (`dmesg`) says more of a disk that fails."
            )
        }
    }

    /// Reads with a connection of its own, in one snapshot.
    func read<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(QueueError) -> Value {
        let result: Result<Value, QueueError> = await withCheckedContinuation { continuation in
            pool.asyncRead { [room] database in
                do {
                    continuation.resume(returning: .success(try body(database.get())))
                } catch {
                    continuation.resume(returning: .failure(Self.classify(error, room: room)))
                }
            }
        }
        return try result.get()
    }

    /// Reads with a connection of its own, without a snapshot: for a single statement, which is one by itself.
    func readOnce<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(QueueError) -> Value {
        let result: Result<Value, QueueError> = await withCheckedContinuation { continuation in
            pool.asyncUnsafeRead { [room] database in
                do {
                    continuation.resume(returning: .success(try body(database.get())))
                } catch {
                    continuation.resume(returning: .failure(Self.classify(error, room: room)))
                }
            }
        }
        return try result.get()
    }

    /// Removes files that no message names any more; one that cannot be removed is left to purge.
    func discard(_ references: [String]) async {
        for reference in references {
            do throws(QueueError) {
                try await FileWorkers(seed: reference).run { [spool] () throws(QueueError) in
                    try spool.remove(reference)
                }
            } catch {
                continue
            }
        }
    }
}

/// An exclusive lock on a file, held as long as the value lives.
final class FileLock: Sendable {
    private let descriptor: Int32

    /// Takes the lock, or throws `refusal` when another has it.
    init(path: String, refusal: QueueError) throws(QueueError) {
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .posix("open", path) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            // The descriptor is closed by deinit: it runs, since all is initialised.
            let number = errno
            guard number == EWOULDBLOCK else { throw .posix("lock", path, number) }
            throw refusal
        }
    }

    deinit {
        // Not by closing alone: a child process that has not come to its exec yet has the descriptor too.
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }
}
