// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import NameResolution

@testable import SenderScreening

let start = Timestamp(milliseconds: 1_790_000_000_000)

/// The key of an address written as people do.
func key(_ text: String) -> ClientKey {
    guard let octets = IPAddress.parse(text), let key = ClientKey(octets) else { fatalError("no address: \(text)") }
    return key
}

func network(_ text: String) -> Network {
    guard let network = Network(text) else { fatalError("no network: \(text)") }
    return network
}

/// A small generator whose numbers are the same in every run (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
