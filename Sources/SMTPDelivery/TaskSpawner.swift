// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// Lets any part of the service begin a piece of work as a child of the service's one task group, which waits for it and cancels it.
final class TaskSpawner: Sendable {
    typealias Work = @Sendable () async -> Void

    /// The work to begin; the service's `run` takes it.
    let works: AsyncStream<Work>
    private let continuation: AsyncStream<Work>.Continuation

    init() {
        (works, continuation) = AsyncStream.makeStream(of: Work.self)
    }

    /// Begins `work` once the service runs; after `finish` nothing more begins.
    func spawn(_ work: @escaping Work) { continuation.yield(work) }

    /// Ends the stream of works.
    func finish() { continuation.finish() }
}
