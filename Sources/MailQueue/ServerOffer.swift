// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// What the servers of a route take, as they said when they were last greeted (EHLO).
public struct ServerOffer: Hashable, Sendable {
    /// The largest message in octets (SIZE); nil when they state none.
    public var maximumOctets: Int?
    /// True when they take addresses and header fields beyond ASCII (SMTPUTF8).
    public var smtpUTF8: Bool

    /// An offer.
    public init(maximumOctets: Int?, smtpUTF8: Bool) {
        self.maximumOctets = maximumOctets
        self.smtpUTF8 = smtpUTF8
    }

    /// What one of several servers takes: the most that any of them does.
    public func or(_ other: Self) -> Self {
        let sizes = [maximumOctets, other.maximumOctets].compactMap(\.self)
        return Self(maximumOctets: sizes.count == 2 ? sizes.max() : nil, smtpUTF8: smtpUTF8 || other.smtpUTF8)
    }
}
