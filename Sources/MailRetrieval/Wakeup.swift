// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Ends the pause of one loop before its time. A signal that comes while nobody waits is kept for the next wait.
final class Wakeup: Sendable {
    /// What a signal says.
    enum Signal: Sendable {
        /// A fetch is asked for, or the configuration has changed.
        case request
        /// Octets came on the connection that the loop keeps, or it ended.
        case octets
    }

    private enum State {
        case quiet
        case signalled(Signal)
        case waiting(CheckedContinuation<Signal?, Never>, heedsOctets: Bool)
    }

    private let state = Mutex(State.quiet)

    /// Ends the wait, or the next one.
    func signal(_ signal: Signal = .request) {
        let waiter = state.withLock { state -> CheckedContinuation<Signal?, Never>? in
            switch state {
            case .waiting(let waiter, let heedsOctets):
                guard signal == .request || heedsOctets else { return nil }
                state = .quiet
                return waiter
            case .signalled(.request): return nil
            case .signalled(.octets), .quiet:
                state = .signalled(signal)
                return nil
            }
        }
        waiter?.resume(returning: signal)
    }

    /// Waits for a signal, at most `pause`; a cancelled task waits no longer. Octets count only where they are heeded: otherwise they
    /// came on a connection that is not kept any more.
    /// - Returns: the signal; nil when none came.
    @discardableResult
    func wait(upTo pause: Duration, heedingOctets heedsOctets: Bool = false) async -> Signal? {
        await withTaskGroup(of: Signal?.self) { group in
            group.addTask { await self.waitForSignal(heedsOctets) }
            group.addTask {
                do { try await Task.sleep(for: pause) } catch { return nil }  // cancelled: the signal was first
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            // A signal that came at the end of the pause is not lost.
            let second = await group.next() ?? nil
            return first ?? second
        }
    }

    private func waitForSignal(_ heedsOctets: Bool) async -> Signal? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let (isOver, signal) = state.withLock { state -> (Bool, Signal?) in
                    if case .signalled(let signal) = state {
                        state = .quiet
                        if signal == .request || heedsOctets { return (true, signal) }
                    }
                    guard !Task.isCancelled else { return (true, nil) }
                    state = .waiting(continuation, heedsOctets: heedsOctets)
                    return (false, nil)
                }
                if isOver { continuation.resume(returning: signal) }
            }
        } onCancel: {
            let waiter = state.withLock { state -> CheckedContinuation<Signal?, Never>? in
                guard case .waiting(let waiter, _) = state else { return nil }
                state = .quiet
                return waiter
            }
            waiter?.resume(returning: nil)
        }
    }
}
