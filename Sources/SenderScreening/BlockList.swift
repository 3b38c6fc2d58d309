// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

/// The blocks, those that have ended among them for as long as they make the next one longer.
public struct BlockList: Sendable {
    /// Blocks that are remembered; the one used least recently gives way.
    public static let capacity = 10_000

    private var blocks: RecencyTable<ClientKey, ClientBlock>
    /// How many blocks there are of each length of prefix, so that an address is looked up under those alone.
    private var lengths: [Int: Int] = [:]

    /// None.
    public init(capacity: Int = Self.capacity) {
        blocks = RecencyTable(capacity: capacity)
    }

    /// The block that holds for `address`; nil when there is none.
    public func active(for address: ClientKey, now: Timestamp) -> ClientBlock? {
        guard blocks.count > 0 else { return nil }
        for length in lengths.keys where length % 1000 <= address.prefixLength && (length >= 1000) == address.isIPv4 {
            if let block = blocks.value(address.masked(to: length % 1000)), block.isActive(now) { return block }
        }
        return nil
    }

    /// Blocks `key`: for the first time, or for twice as long as the last time while that is remembered.
    public mutating func block(_ key: ClientKey, reason: String, rules: BlockRules, now: Timestamp) -> ClientBlock {
        let last = blocks.value(key)
        let isRemembered = last.map { now < $0.until + rules.memory } ?? false
        let strikes = isRemembered ? (last?.strikes ?? 0) + 1 : 1
        let block = ClientBlock(
            network: key.asNetwork,
            since: now,
            until: now + rules.duration(strike: strikes),
            strikes: strikes,
            reason: reason
        )
        put(key, block)
        return block
    }

    /// Takes a block as it stands: from the store, or a person's.
    public mutating func put(_ block: ClientBlock) {
        guard let key = ClientKey(block.network) else { return }
        put(key, block)
    }

    private mutating func put(_ key: ClientKey, _ block: ClientBlock) {
        let before = blocks.count
        let isNew = blocks.value(key) == nil
        blocks.set(key, block)
        guard isNew else { return }
        lengths[Self.place(key), default: 0] += 1
        // One had to give way: of which length is not told.
        if blocks.count == before { recount() }
    }

    /// Lifts every block that holds for what `network` contains, or that contains it.
    /// - Returns: those that were lifted.
    public mutating func lift(_ network: Network) -> [ClientBlock] {
        guard let wanted = ClientKey(network) else { return [] }
        let lifted = blocks.entries.filter { key, _ in
            guard key.isIPv4 == wanted.isIPv4 else { return false }
            let length = min(key.prefixLength, wanted.prefixLength)
            return key.masked(to: length) == wanted.masked(to: length)
        }
        for (key, _) in lifted { blocks.remove(key) }
        if !lifted.isEmpty { recount() }
        return lifted.map(\.value)
    }

    /// Those that hold.
    public func all(now: Timestamp) -> [ClientBlock] { blocks.entries.map(\.value).filter { $0.isActive(now) } }

    /// Blocks in memory, ended ones with them.
    public var count: Int { blocks.count }

    private mutating func recount() {
        lengths = [:]
        for (key, _) in blocks.entries { lengths[Self.place(key), default: 0] += 1 }
    }

    private static func place(_ key: ClientKey) -> Int { key.prefixLength + (key.isIPv4 ? 1000 : 0) }
}

/// How long blocks last.
public struct BlockRules: Hashable, Sendable {
    /// The first one.
    public var first: Duration
    /// The longest.
    public var longest: Duration
    /// How long after its end a block makes the next one longer.
    public var memory: Duration

    /// Ten minutes, doubled with each repetition within a day after the end of the last, a day at most.
    public init(
        first: Duration = .seconds(600),
        longest: Duration = .seconds(86_400),
        memory: Duration = .seconds(86_400)
    ) {
        self.first = first
        self.longest = max(first, longest)
        self.memory = memory
    }

    /// The length of the block with this number, from 1.
    func duration(strike: Int) -> Duration {
        var length = first
        for _ in 1..<max(1, min(strike, 64)) {
            guard length < longest else { break }
            length *= 2
        }
        return min(length, longest)
    }
}
