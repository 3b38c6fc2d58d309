// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// An enhanced mail system status code, class.subject.detail (RFC 3463 §2).
public struct EnhancedStatus: Hashable, Sendable, CustomStringConvertible {
    /// 2 success, 4 persistent transient failure, 5 permanent failure.
    public let statusClass: Int
    /// 0...999.
    public let subject: Int
    /// 0...999.
    public let detail: Int

    /// The code `statusClass.subject.detail`.
    public init(_ statusClass: Int, _ subject: Int, _ detail: Int) {
        self.statusClass = statusClass
        self.subject = subject
        self.detail = detail
    }

    /// The code as a reply writes it: `5.1.1`.
    public var description: String { "\(statusClass).\(subject).\(detail)" }
}
