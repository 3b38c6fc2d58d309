// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import QueueStoreContract
import Testing

@testable import QueueSQLite

struct ContractTests {
    @Test(arguments: QueueStoreContract.rules)
    func `the store keeps the contract`(_ rule: QueueStoreContract.Rule) async throws {
        let directory = try TemporaryDirectory()
        try await rule.check { try SQLiteQueue.open(directory: directory.state) }
    }
}
