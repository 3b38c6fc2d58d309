// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// What was learnt of a message's content while it passed.
package struct SMTPContentSummary: Equatable, Sendable {
    /// Octets of the content, dots unstuffed.
    package var octets = 0
    /// True when a CR or LF stood outside a CRLF.
    package var hasBareLineEnds = false
    /// True when an octet beyond ASCII was seen.
    package var isEightBit = false
    /// True when the content was longer than the limit; what lies beyond was swallowed.
    package var isTooLarge = false

    /// Nothing seen yet.
    package init() {}

    /// The facts of content that is already known.
    package init(octets: Int, hasBareLineEnds: Bool = false, isEightBit: Bool = false, isTooLarge: Bool = false) {
        self.octets = octets
        self.hasBareLineEnds = hasBareLineEnds
        self.isEightBit = isEightBit
        self.isTooLarge = isTooLarge
    }
}
