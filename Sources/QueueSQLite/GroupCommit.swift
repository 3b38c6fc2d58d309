// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Dispatch
import GRDB
import Glibc
import MailQueue
import Synchronization

/// The one writer of a database: it takes all operations that wait, runs them in one transaction, commits once and then answers all.
///
/// ```text
/// callers ──▶ waiting ──all at once──▶ BEGIN, operation…, COMMIT ──▶ callers resume
/// ```
/// An operation that finds the writer idle is committed alone at once; the others gather while a commit is on its way to the disk.
/// Under load the writer lets them gather for a millisecond more (as PostgreSQL's commit_delay does): half the commits, for a
/// delay that is small beside a disk's. When one fails, all are run again with a savepoint each, so that it costs the others nothing. When the whole
/// transaction is lost (the disk is full, the commit failed), each operation is tried once more in a transaction of its own, so that
/// those that still fit are kept; operations must therefore bear to be run again.
final class GroupCommit: Sendable {
    private struct State {
        var waiting: [any WriteOperation] = []
        var isWriting = false
        var isClosed = false
    }

    /// The most operations in one transaction, so that no caller waits for an endless one.
    private static let maximumBatch = 512
    /// So many operations in one transaction are a load.
    private static let busyBatch = 6
    private static let gathering = timespec(tv_sec: 0, tv_nsec: 1_000_000)

    private let pool: DatabasePool
    private let state = Mutex(State())
    private let classify: @Sendable (any Error) -> QueueError
    private let commitCount = Atomic<Int>(0)

    /// Transactions committed so far.
    var commits: Int { commitCount.load(ordering: .relaxed) }

    init(pool: DatabasePool, classify: @escaping @Sendable (any Error) -> QueueError) {
        self.pool = pool
        self.classify = classify
    }

    /// Runs `body` on the writer; returns after the commit that holds it is on disk.
    ///
    /// - Parameter body: only reads and writes the database; it may be run more than once.
    /// - Returns: what `body` returned.
    /// - Throws: what `body` threw, or why the commit failed.
    func run<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(QueueError) -> Value {
        let result: Result<Value, QueueError> = await withCheckedContinuation { continuation in
            enqueue(Write(body: body, classify: classify, continuation: continuation))
        }
        return try result.get()
    }

    /// Refuses all that comes from now on; what waits is still written.
    func close() {
        state.withLock { $0.isClosed = true }
    }

    private func enqueue(_ operation: any WriteOperation) {
        enum Step { case refuse, wait, start }
        let step = state.withLock { state -> Step in
            guard !state.isClosed else { return .refuse }
            state.waiting.append(operation)
            guard !state.isWriting else { return .wait }
            state.isWriting = true
            return .start
        }
        switch step {
        case .refuse: operation.finish(QueueError(.unavailable, "the queue is closing"))
        case .wait: break
        case .start: pool.asyncWriteWithoutTransaction { database in self.drain(database) }
        }
    }

    private func drain(_ database: Database) {
        while true {
            let batch = state.withLock { state -> [any WriteOperation] in
                let batch = Array(state.waiting.prefix(Self.maximumBatch))
                state.waiting.removeFirst(batch.count)
                if batch.isEmpty { state.isWriting = false }
                return batch
            }
            guard !batch.isEmpty else { return }
            write(batch, database)
            if batch.count >= Self.busyBatch { gather() }
        }
    }

    /// Waits a little on the writer's own thread, which belongs to nobody else.
    private func gather() {
        var delay = Self.gathering
        nanosleep(&delay, nil)
    }

    private func write(_ batch: [any WriteOperation], _ database: Database) {
        // Nearly always none fails, and savepoints cost as much as a small operation.
        var end = transaction(batch, database, savepoints: false)
        if case .spoiled = end, batch.count > 1 { end = transaction(batch, database, savepoints: true) }
        switch end {
        case .committed: for operation in batch { operation.finish(nil) }
        case .lost(let error) where batch.count == 1: batch[0].finish(error)
        case .spoiled where batch.count == 1: batch[0].finish(nil)
        case .lost, .spoiled: for operation in batch { write([operation], database) }
        }
    }

    /// How a transaction ended.
    private enum End {
        /// On disk, the operations apart that were rolled back to their savepoints.
        case committed
        /// Rolled back: an operation failed, for a reason of its own or because SQLite gave up the whole.
        case spoiled
        /// Rolled back: it could not begin, or not be committed.
        case lost(QueueError)
    }

    /// Runs the operations in one transaction.
    private func transaction(_ batch: [any WriteOperation], _ database: Database, savepoints: Bool) -> End {
        var end = End.committed
        do {
            try database.beginTransaction(.immediate)
            for operation in batch {
                if savepoints { try database.run("SAVEPOINT operation") }
                if operation.perform(database) {
                    if savepoints { try database.run("RELEASE operation") }
                } else if savepoints && database.isInsideTransaction {
                    try database.run("ROLLBACK TO operation")
                    try database.run("RELEASE operation")
                } else {
                    // SQLite gives up the whole transaction by itself where it must (SQLITE_FULL, SQLITE_IOERR).
                    end = .spoiled
                    break
                }
            }
            if case .committed = end {
                try database.commit()
                commitCount.add(1, ordering: .relaxed)
                return end
            }
        } catch {
            end = .lost(classify(error))
        }
        do {
            if database.isInsideTransaction { try database.rollback() }
        } catch {
            return .lost(classify(error))
        }
        return end
    }
}

/// One caller's operation, as the writer sees it.
private protocol WriteOperation: Sendable {
    /// Runs it; false when it failed and its savepoint must be rolled back.
    func perform(_ database: Database) -> Bool
    /// Answers the caller: with `error`, or the operation's own failure, or its value.
    func finish(_ error: QueueError?)
}

/// An operation that waits for its commit.
///
/// Safe to send unchecked: the writer alone touches the result, between the caller's suspension and its resumption.
private final class Write<Value: Sendable>: WriteOperation, @unchecked Sendable {
    private let body: @Sendable (Database) throws -> Value
    private let classify: @Sendable (any Error) -> QueueError
    private let continuation: CheckedContinuation<Result<Value, QueueError>, Never>
    private var result: Result<Value, QueueError>

    init(
        body: @escaping @Sendable (Database) throws -> Value,
        classify: @escaping @Sendable (any Error) -> QueueError,
        continuation: CheckedContinuation<Result<Value, QueueError>, Never>
    ) {
        self.body = body
        self.classify = classify
        self.continuation = continuation
        result = .failure(QueueError(.unavailable, "the operation was not run"))
    }

    func perform(_ database: Database) -> Bool {
        do {
            result = .success(try body(database))
            return true
        } catch {
            result = .failure(classify(error))
            return false
        }
    }

    func finish(_ error: QueueError?) {
        continuation.resume(returning: error.map { .failure($0) } ?? result)
    }
}
