// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import Synchronization
import TransportPolicy

/// Knows what policies of MTA-STS on trial would have said of hosts: each is tried once an hour beside the deliveries, and what comes of it counts for
/// all sessions with it meanwhile (RFC 8461 §5).
final class PolicyTrials: Sendable {
    /// What a session with a host is to do.
    enum Turn: Hashable {
        /// This is what is known of the host.
        case known(TLSResult)
        /// It is to try the host, and to say what came of it.
        case begins
        /// It is counted once the trial that runs has ended, or not at all.
        case waits
    }

    private struct Entry {
        var begun: Timestamp
        /// What came of it; nil while it runs.
        var result: TLSResult?
        /// Sessions that wait to be counted, by domain.
        var waiting: [String: Int]
    }

    /// How long what came of a trial counts.
    static let pause = Duration.seconds(3600)
    /// Trials that run at the same time.
    static let maximumTrials = 8
    /// Hosts that are known.
    static let maximumHosts = 1000

    private let hosts = Mutex<[String: Entry]>([:])

    /// A session with `host` for `domain` has come about.
    func turn(_ host: String, domain: String, now: Timestamp) -> Turn {
        hosts.withLock { hosts in
            if var entry = hosts[host] {
                guard let result = entry.result else {
                    entry.waiting[domain, default: 0] += 1
                    hosts[host] = entry
                    return .waits
                }
                if entry.begun <= now, now - entry.begun < Self.pause { return .known(result) }
            }
            if hosts.count >= Self.maximumHosts { hosts = hosts.filter { $0.value.result == nil } }
            guard hosts.values.count(where: { $0.result == nil }) < Self.maximumTrials else { return .waits }
            hosts[host] = Entry(begun: now, waiting: [domain: 1])
            return .begins
        }
    }

    /// A trial has ended.
    /// - Returns: the sessions that are to be counted, by domain.
    func ended(_ host: String, _ result: TLSResult) -> [String: Int] {
        hosts.withLock { hosts in
            let waiting = hosts[host]?.waiting ?? [:]
            hosts[host]?.result = result
            hosts[host]?.waiting = [:]
            return waiting
        }
    }
}
