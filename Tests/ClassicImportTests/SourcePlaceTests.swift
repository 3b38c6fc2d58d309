// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import ClassicImport
import Testing

struct SourcePlaceTests {
    @Test func `places are in the order of files and lines`() {
        let places = [SourcePlace("b", 2), SourcePlace("a", 9), SourcePlace("b", 1), SourcePlace("b")]
        #expect(places.sorted().map(\.description) == ["a:9", "b", "b:1", "b:2"])
    }
}
