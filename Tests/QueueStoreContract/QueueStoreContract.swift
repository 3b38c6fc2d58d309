// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailQueue
public import SenderScreening
public import TransportPolicy

/// Everything that an adapter of the queue's store offers.
public typealias WholeStore = QueueStore & RetrievalLedger & AccountLedger & AlertStore & ServerLedger & DecisionLedger
    & ArchiveStore & TrackingStore & QuarantineStore & ScreeningLedger & MTASTSPolicyStore

/// The contract that every store keeps: a list of rules, each run on an empty store of its own.
///
/// ```swift
/// @Test(arguments: QueueStoreContract.rules)
/// func `keeps the contract`(_ rule: QueueStoreContract.Rule) async throws {
///     let directory = try TemporaryDirectory()
///     try await rule.check { try SQLiteQueue.open(directory: directory.path) }
/// }
/// ```
public enum QueueStoreContract {
    /// Opens the store; called again it opens the same stored state once more, as a second gateway or after a restart.
    public typealias Opening = @Sendable () async throws -> any WholeStore

    /// One rule.
    public struct Rule: Sendable, CustomStringConvertible {
        /// The rule in words.
        public let description: String
        /// Throws a `Violation` when the store does not keep it.
        public let check: @Sendable (Opening) async throws -> Void

        init(_ description: String, _ check: @escaping @Sendable (Opening) async throws -> Void) {
            self.description = description
            self.check = check
        }
    }

    /// What a store did against a rule.
    public struct Violation: Error, CustomStringConvertible {
        /// What was expected, what was found, and where.
        public let description: String
    }

    /// All rules.
    public static let rules: [Rule] =
        arrivalRules + maildropRules + copyRules + claimRules + settlementRules + lateRules + personRules + listingRules
        + ledgerRules + journalRules
        + crashRules + archiveRules + trackingRules + quarantineRules + screeningRules + policyRules
}

/// Throws unless `condition` holds.
func expect(
    _ condition: Bool,
    _ words: @autoclosure () -> String,
    file: StaticString = #fileID,
    line: UInt = #line
) throws {
    guard condition else { throw QueueStoreContract.Violation(description: "\(file):\(line): \(words())") }
}

/// Throws unless the two are equal.
func expectEqual<Value: Equatable>(
    _ found: Value,
    _ expected: Value,
    _ words: String = "",
    file: StaticString = #fileID,
    line: UInt = #line
) throws {
    guard found != expected else { return }
    throw QueueStoreContract.Violation(description: "\(file):\(line): \(words) found \(found), expected \(expected)")
}

/// Throws unless `work` throws an error of this code.
func expectError(
    _ code: QueueError.Code,
    file: StaticString = #fileID,
    line: UInt = #line,
    _ work: () async throws -> Void
) async throws {
    do {
        try await work()
    } catch let error as QueueError {
        guard error.code == code else {
            throw QueueStoreContract.Violation(
                description: "\(file):\(line): found \(error.code) (\(error)), expected \(code)"
            )
        }
        return
    }
    throw QueueStoreContract.Violation(description: "\(file):\(line): succeeded, expected the error \(code)")
}
