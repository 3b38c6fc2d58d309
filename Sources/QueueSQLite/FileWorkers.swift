// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Dispatch
import MailQueue

/// A few threads for blocking file work, so that it never stands in the way of the cooperative pool.
struct FileWorkers: Sendable {
    private static let queues = (0..<4).map { DispatchQueue(label: "spool.\($0)") }

    private let queue: DispatchQueue

    /// The thread that does all the work on one file, in order; files are spread by `seed`.
    init(seed: some Hashable) {
        queue = Self.queues[Int(UInt(bitPattern: seed.hashValue) % UInt(Self.queues.count))]
    }

    /// Does `work` on the thread; returns when it is done.
    func run<Value: Sendable>(
        _ work: @escaping @Sendable () throws(QueueError) -> Value
    ) async throws(QueueError) -> Value {
        let result: Result<Value, QueueError> = await withCheckedContinuation { continuation in
            queue.async {
                do throws(QueueError) {
                    continuation.resume(returning: .success(try work()))
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
        }
        return try result.get()
    }
}
