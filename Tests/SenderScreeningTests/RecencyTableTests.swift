// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SenderScreening

struct RecencyTableTests {
    @Test
    func `it behaves like a list that is cut at its end, whatever is done to it`() {
        var generator = SeededGenerator(seed: 11)
        var table = RecencyTable<Int, Int>(capacity: 8)
        var model: [(key: Int, value: Int)] = []
        for step in 0..<20_000 {
            let key = Int.random(in: 0..<16, using: &generator)
            let present = model.firstIndex { $0.key == key }
            switch Int.random(in: 0..<4, using: &generator) {
            case 0:
                let removed = table.remove(key)
                #expect(removed == present.map { model[$0].value })
                if let present { model.remove(at: present) }
            case 1: #expect(table.value(key) == present.map { model[$0].value })
            default:
                let value = (present.map { model[$0].value } ?? 0) + step
                let result = table.use(key, fresh: 0) { old in
                    old += step
                    return old
                }
                #expect(result == value)
                if let present { model.remove(at: present) }
                if model.count == 8 { model.removeFirst() }
                model.append((key, value))
            }
            #expect(table.count == model.count && table.count <= 8)
        }
        #expect(table.entries.map(\.key) == model.map(\.key) && table.entries.map(\.value) == model.map(\.value))
    }
}
