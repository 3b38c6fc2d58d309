// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// What waits, in a line for each network: the lines take turns, so that who asks for much waits for himself.
///
/// It holds a bounded number: when it is full, the longest line loses its last.
public struct FairQueue<Line: Hashable & Sendable, Element: Sendable>: Sendable {
    /// Elements that it holds at most, one at least.
    public let capacity: Int
    private var lines: [Line: [Element]] = [:]
    /// The lines in the order of their turns.
    private var turns: [Line] = []
    /// Elements that wait.
    public private(set) var count = 0

    /// An empty queue.
    public init(capacity: Int) {
        self.capacity = max(1, capacity)
    }

    /// True when nothing waits.
    public var isEmpty: Bool { count == 0 }

    /// Puts `element` at the end of its line.
    ///
    /// - Returns: what had to give way, which may be `element` itself; nil while there is room.
    public mutating func append(_ element: Element, to line: Line) -> Element? {
        if lines[line] == nil { turns.append(line) }
        lines[line, default: []].append(element)
        count += 1
        guard count > capacity, let longest = lines.max(by: { $0.value.count < $1.value.count })?.key else {
            return nil
        }
        // Its own line is as long as any: it loses before others do.
        let loser = lines[line]?.count == lines[longest]?.count ? line : longest
        let lost = lines[loser]?.removeLast()
        count -= 1
        forgetEmpty(loser)
        return lost
    }

    /// Takes the first of the next line whose first is `ready`; that line is the last from then on.
    public mutating func next(where ready: (Element) -> Bool = { _ in true }) -> Element? {
        guard let place = turns.firstIndex(where: { line in lines[line]?.first.map(ready) ?? false }) else {
            return nil
        }
        let line = turns.remove(at: place)
        turns.append(line)
        let element = lines[line]?.removeFirst()
        count -= 1
        forgetEmpty(line)
        return element
    }

    /// Takes out what `isGone` of `line`.
    public mutating func remove(from line: Line, where isGone: (Element) -> Bool) {
        guard let before = lines[line]?.count else { return }
        lines[line]?.removeAll(where: isGone)
        count -= before - (lines[line]?.count ?? 0)
        forgetEmpty(line)
    }

    private mutating func forgetEmpty(_ line: Line) {
        guard lines[line]?.isEmpty ?? false else { return }
        lines[line] = nil
        turns.removeAll { $0 == line }
    }
}
