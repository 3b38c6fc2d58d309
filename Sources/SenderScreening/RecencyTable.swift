// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// A table of a fixed number of entries: when it is full, the entry that was used least recently gives way.
///
/// Every operation takes the same time, however many entries there are.
struct RecencyTable<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct Node {
        var key: Key
        var value: Value
        var newer: Int
        var older: Int
    }

    private static var none: Int { -1 }

    /// Entries that it holds at most, one at least.
    let capacity: Int
    private var places: [Key: Int] = [:]
    private var nodes: [Node] = []
    private var free: [Int] = []
    private var newest = -1
    private var oldest = -1

    /// An empty table.
    init(capacity: Int) {
        self.capacity = max(1, capacity)
    }

    /// Entries in the table.
    var count: Int { places.count }

    /// The value of `key`; looking at it is no use of it.
    func value(_ key: Key) -> Value? { places[key].map { nodes[$0].value } }

    /// Uses the entry of `key`, which is made from `fresh` when there is none: it is the newest afterwards.
    mutating func use<Result>(
        _ key: Key,
        fresh: @autoclosure () -> Value,
        _ body: (inout Value) -> Result
    ) -> Result {
        let place: Int
        if let present = places[key] {
            place = present
            if place != newest {
                unlink(place)
                link(place)
            }
        } else {
            place = insert(key, fresh())
        }
        return body(&nodes[place].value)
    }

    /// Puts `value` in the place of what `key` had.
    mutating func set(_ key: Key, _ value: Value) {
        use(key, fresh: value) { $0 = value }
    }

    /// Takes the entry of `key` out.
    @discardableResult
    mutating func remove(_ key: Key) -> Value? {
        guard let place = places.removeValue(forKey: key) else { return nil }
        unlink(place)
        free.append(place)
        return nodes[place].value
    }

    /// All entries, the one used least recently first.
    var entries: [(key: Key, value: Value)] {
        var all: [(key: Key, value: Value)] = []
        all.reserveCapacity(count)
        var place = oldest
        while place != Self.none {
            all.append((nodes[place].key, nodes[place].value))
            place = nodes[place].newer
        }
        return all
    }

    private mutating func insert(_ key: Key, _ value: Value) -> Int {
        if places.count >= capacity { remove(nodes[oldest].key) }
        let place: Int
        if let reused = free.popLast() {
            place = reused
            nodes[place] = Node(key: key, value: value, newer: Self.none, older: Self.none)
        } else {
            place = nodes.count
            nodes.append(Node(key: key, value: value, newer: Self.none, older: Self.none))
        }
        places[key] = place
        link(place)
        return place
    }

    private mutating func link(_ place: Int) {
        nodes[place].older = newest
        nodes[place].newer = Self.none
        if newest != Self.none { nodes[newest].newer = place }
        newest = place
        if oldest == Self.none { oldest = place }
    }

    private mutating func unlink(_ place: Int) {
        let (newer, older) = (nodes[place].newer, nodes[place].older)
        if newer == Self.none { newest = older } else { nodes[newer].older = older }
        if older == Self.none { oldest = newer } else { nodes[older].newer = newer }
    }
}
