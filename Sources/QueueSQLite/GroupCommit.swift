// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Dispatch
import GRDB
import MailQueue
import Synchronization

/// The one writer of a database: it takes all operations that wait, runs them in one transaction, commits once and then answers all.
///
/// ```text
/// callers ──▶ waiting ──all at once──▶ BEGIN, (SAVEPOINT operation RELEASE)…, COMMIT ──▶ callers resume
/// ```
/// Nobody waits for company: an operation that finds the writer idle is committed alone at once; the others gather while a commit
/// is on its way to the disk. An operation that fails is rolled back to its savepoint and costs the others nothing. When the whole
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
        }
    }

    private func write(_ batch: [any WriteOperation], _ database: Database) {
        if let error = transaction(batch, database) {
            if batch.count == 1 {
                batch[0].finish(error)
            } else {
                for operation in batch { operation.finish(transaction([operation], database)) }
            }
        } else {
            for operation in batch { operation.finish(nil) }
        }
    }

    /// Runs the operations in one transaction.
    ///
    /// - Returns: nil when it was committed, the operations that failed apart; else why all of it was lost.
    private func transaction(_ batch: [any WriteOperation], _ database: Database) -> QueueError? {
        do {
            try database.beginTransaction(.immediate)
            for operation in batch {
                try database.run("SAVEPOINT operation")
                if operation.perform(database) {
                    try database.run("RELEASE operation")
                } else {
                    // SQLite may have given up the whole transaction by itself (SQLITE_FULL, SQLITE_IOERR).
                    guard database.isInsideTransaction else { return operation.failure }
                    try database.run("ROLLBACK TO operation")
                    try database.run("RELEASE operation")
                }
            }
            try database.commit()
            commitCount.add(1, ordering: .relaxed)
            return nil
        } catch {
            let reason = classify(error)
            guard database.isInsideTransaction else { return reason }
            do {
                try database.rollback()
            } catch {
                return QueueError(reason.code, "\(reason.message) (and rolling back failed: \(error))")
            }
            return reason
        }
    }
}

/// One caller's operation, as the writer sees it.
private protocol WriteOperation: Sendable {
    /// Runs it; false when it failed and its savepoint must be rolled back.
    func perform(_ database: Database) -> Bool
    /// Why the last run failed.
    var failure: QueueError? { get }
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

    var failure: QueueError? {
        switch result {
        case .success: nil
        case .failure(let error): error
        }
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
