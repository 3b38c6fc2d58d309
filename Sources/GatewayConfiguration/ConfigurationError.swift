// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// One remark on the configuration file: where, about what, and in which words.
public struct ConfigurationRemark: Hashable, Sendable, CustomStringConvertible {
    /// The file.
    public let file: String
    /// 1...
    public let line: Int
    /// 1..., in Unicode scalars.
    public let column: Int
    /// The key that it is about, `accounts[0].fetch.every`; empty for the file as a whole.
    public let path: String
    /// What was found and what is expected.
    public let message: String

    /// `ceralacca.yaml:11:5: accounts[0].fetch.every: found '60', expected a duration such as 60s, 5m, 4h or 7d`.
    public var description: String {
        path.isEmpty ? "\(file):\(line):\(column): \(message)" : "\(file):\(line):\(column): \(path): \(message)"
    }
}

/// Everything that is wrong with a configuration file, at once.
public struct ConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The mistakes in the order of the file; one or more.
    public let mistakes: [ConfigurationRemark]
    /// What is not wrong but worth knowing.
    public let warnings: [ConfigurationRemark]

    /// The mistakes, one a line.
    public var description: String { mistakes.map(\.description).joined(separator: "\n") }
}
