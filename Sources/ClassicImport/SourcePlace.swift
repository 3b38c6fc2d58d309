// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// Where something stands in a file of the classic stack.
public struct SourcePlace: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The file, as it was named.
    public var file: String
    /// 1…; 0 where it is about the file as a whole.
    public var line: Int

    /// A place.
    public init(_ file: String, _ line: Int = 0) {
        self.file = file
        self.line = line
    }

    /// By file, then by line.
    public static func < (left: Self, right: Self) -> Bool { (left.file, left.line) < (right.file, right.line) }

    /// `/etc/postfix/main.cf:12`.
    public var description: String { line == 0 ? file : "\(file):\(line)" }
}
