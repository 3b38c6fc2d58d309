// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Crypto
public import MailModel

/// Greylisting (RFC 6647): whom nobody knows here is asked to come again after a while, which senders that queue their mail do by themselves.
///
/// Who has come again is remembered by its network, and waits no more. An entry has a fixed size, however long the addresses are.
public struct Greylist: Sendable {
    /// What becomes of a recipient.
    public enum Verdict: Hashable, Sendable {
        /// It is taken.
        case pass
        /// It is taken, and from now on what comes from this network: to be kept.
        case proved(GreylistPass)
        /// The client is to come again after this time.
        case wait(Duration)
    }

    /// Triplets that are remembered while they wait.
    public static let waitingCapacity = 100_000
    /// Networks that are remembered.
    public static let passedCapacity = 50_000
    /// How much older than the present a pass may be in the store before it is written again.
    static let staleness = Duration.seconds(86_400)

    private var waiting: RecencyTable<Triplet, Timestamp>
    private var passed: RecencyTable<ClientKey, Pass>

    private struct Pass: Sendable {
        var seen: Timestamp
        var written: Timestamp
    }

    /// Network, reverse-path and recipient, as 16 octets of their digest.
    struct Triplet: Hashable, Sendable {
        private let high: UInt64
        private let low: UInt64

        init(_ network: ClientKey, _ reversePath: ReversePath, _ recipient: AddrSpec) {
            var digest = SHA256()
            digest.update(data: network.octets)
            for part in [reversePath.mailbox?.comparisonKey ?? "", recipient.comparisonKey] {
                digest.update(data: [0])
                digest.update(data: Array(part.utf8))
            }
            var numbers: [UInt64] = [0, 0]
            for (index, octet) in digest.finalize().prefix(16).enumerated() {
                numbers[index / 8] = numbers[index / 8] << 8 | UInt64(octet)
            }
            (high, low) = (numbers[0], numbers[1])
        }
    }

    /// Nobody is known.
    public init(waitingCapacity: Int = Self.waitingCapacity, passedCapacity: Int = Self.passedCapacity) {
        waiting = RecencyTable(capacity: waitingCapacity)
        passed = RecencyTable(capacity: passedCapacity)
    }

    /// Judges a recipient that is otherwise taken.
    public mutating func judge(
        _ address: ClientKey,
        _ reversePath: ReversePath,
        _ recipient: AddrSpec,
        rules: GreylistRules,
        now: Timestamp
    ) -> Verdict {
        let network = address.network
        if let pass = passed.value(network), now < pass.seen + rules.remember { return renew(network, pass, now) }
        let triplet = Triplet(network, reversePath, recipient)
        guard let first = waiting.value(triplet), first <= now, now < first + rules.retryWithin else {
            waiting.set(triplet, now)
            return .wait(rules.delay)
        }
        let end = first + rules.delay
        // Coming too early changes nothing.
        guard now >= end else { return .wait(end - now) }
        waiting.remove(triplet)
        passed.set(network, Pass(seen: now, written: now))
        return .proved(GreylistPass(network: network.asNetwork, seen: now))
    }

    private mutating func renew(_ network: ClientKey, _ pass: Pass, _ now: Timestamp) -> Verdict {
        let isStale = now - pass.written >= Self.staleness
        passed.set(network, Pass(seen: max(now, pass.seen), written: isStale ? now : pass.written))
        return isStale ? .proved(GreylistPass(network: network.asNetwork, seen: now)) : .pass
    }

    /// Takes what the store has kept.
    public mutating func load(_ passes: [GreylistPass]) {
        for pass in passes.sorted(by: { $0.seen < $1.seen }) {
            guard let key = ClientKey(pass.network) else { continue }
            passed.set(key, Pass(seen: pass.seen, written: pass.seen))
        }
    }

    /// Triplets that wait, and networks that are known.
    public var counts: (waiting: Int, passed: Int) { (waiting.count, passed.count) }
}

/// A network that has come again, and when it was last seen.
public struct GreylistPass: Hashable, Sendable {
    /// The network.
    public var network: Network
    /// When it last sent something that was taken.
    public var seen: Timestamp

    /// A pass.
    public init(network: Network, seen: Timestamp) {
        self.network = network
        self.seen = seen
    }
}

/// The times of greylisting.
public struct GreylistRules: Hashable, Sendable {
    /// How long a client is asked to wait.
    public var delay: Duration
    /// Within what time it must have come again.
    public var retryWithin: Duration
    /// How long a network is known after it last sent.
    public var remember: Duration

    /// Rules.
    public init(
        delay: Duration = .seconds(180),
        retryWithin: Duration = .seconds(2 * 86_400),
        remember: Duration = .seconds(35 * 86_400)
    ) {
        self.delay = delay
        self.retryWithin = max(retryWithin, delay)
        self.remember = remember
    }
}
