// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailQueue
import Testing

struct RecipientStateTests {
    /// Every allowed transition; all others are forbidden.
    private let allowed: [RecipientState: Set<RecipientState>] = [
        .waiting: [.leased, .held, .deleted, .delivered],
        .leased: [.waiting, .submitting, .delivered, .failed, .quarantined, .uncertain],
        .submitting: [.waiting, .delivered, .failed, .quarantined, .uncertain],
        .held: [.waiting, .deleted, .delivered],
        .quarantined: [.waiting, .deleted, .delivered],
        .uncertain: [.waiting, .delivered, .failed, .deleted],
    ]

    @Test(arguments: RecipientState.allCases)
    func `a recipient moves only as the diagram shows`(_ state: RecipientState) {
        for next in RecipientState.allCases {
            #expect(state.mayBecome(next) == allowed[state, default: []].contains(next), "\(state) → \(next)")
        }
    }

    @Test(arguments: RecipientState.allCases)
    func `nothing leaves an end, and what has not arrived may always turn out to have`(_ state: RecipientState) {
        #expect(state.isFinal == RecipientState.allCases.allSatisfy { !state.mayBecome($0) })
        #expect(state.mayBecome(.delivered) == !state.isFinal)
    }
}
