// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel
import Synchronization

/// Makes the identifiers of a provider's messages: unlike one another, with the moment in them, as Aruba's are.
public final class ProviderIdentifiers: Sendable {
    private let clock: any WallClock
    private let domain: String
    private let prefix: String
    private let count = Atomic<Int>(0)

    /// Identifiers `prefix.yyyymmddhhmmss.random.number@domain`; the same `prefix` and clock give the same ones again only if
    /// the prefix is fixed.
    public init(domain: String, clock: any WallClock, prefix: String? = nil) {
        self.clock = clock
        self.domain = domain
        self.prefix = prefix ?? "sim\(String(UInt64.random(in: .min ... .max), radix: 36))"
    }

    /// The next one, without angle brackets.
    public func next() -> String {
        let number = count.wrappingAdd(1, ordering: .relaxed).newValue
        let digits = MailDate.formatISO8601(clock.now()).prefix(19).filter(\.isNumber)
        return "\(prefix).\(digits).\(number)@\(domain)"
    }
}
