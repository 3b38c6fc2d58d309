// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Things that have arrived, in order, and those who wait for one of them.
public final class Arrivals<Element: Sendable>: Sendable {
    private struct Waiter {
        let matches: @Sendable (Element) -> Bool
        let continuation: CheckedContinuation<Element, any Error>
    }

    private struct State {
        var elements: [Element] = []
        var waiters: [Int: Waiter] = [:]
        var streams: [Int: AsyncStream<Element>.Continuation] = [:]
        var cancelled: Set<Int> = []
        var next = 0
    }

    private let state = Mutex(State())

    /// None so far.
    public init() {}

    /// All that has arrived.
    public var all: [Element] { state.withLock(\.elements) }

    /// How many have arrived.
    public var count: Int { state.withLock { $0.elements.count } }

    /// Adds one, and tells those who wait for it.
    public func add(_ element: Element) {
        let (waiters, streams) = state.withLock { state in
            state.elements.append(element)
            let served = state.waiters.filter { $0.value.matches(element) }
            for id in served.keys { state.waiters[id] = nil }
            return (Array(served.values), Array(state.streams.values))
        }
        for waiter in waiters { waiter.continuation.resume(returning: element) }
        for stream in streams { stream.yield(element) }
    }

    /// The first that matches, among those that have arrived or will.
    /// - Throws: CancellationError when the task is cancelled meanwhile.
    public func first(where matches: @escaping @Sendable (Element) -> Bool) async throws -> Element {
        let id = state.withLock { state in
            state.next += 1
            return state.next
        }
        defer { _ = state.withLock { $0.cancelled.remove(id) } }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let result = state.withLock { state -> Result<Element, any Error>? in
                    if let found = state.elements.first(where: matches) { return .success(found) }
                    if state.cancelled.remove(id) != nil { return .failure(CancellationError()) }
                    state.waiters[id] = Waiter(matches: matches, continuation: continuation)
                    return nil
                }
                if let result { continuation.resume(with: result) }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                let waiter = state.waiters.removeValue(forKey: id)
                if waiter == nil { state.cancelled.insert(id) }
                return waiter
            }
            waiter?.continuation.resume(throwing: CancellationError())
        }
    }

    /// Those that arrive from now on.
    public func stream() -> AsyncStream<Element> {
        let (stream, continuation) = AsyncStream<Element>.makeStream()
        let id = state.withLock { state in
            state.next += 1
            state.streams[state.next] = continuation
            return state.next
        }
        continuation.onTermination = { [weak self] _ in
            _ = self?.state.withLock { $0.streams.removeValue(forKey: id) }
        }
        return stream
    }
}
