// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

/// What looks at messages before they are accepted, as `scanners` describes it.
public struct ScannersConfiguration: Hashable, Sendable {
    /// What happens to mail while a scanner gives no verdict.
    public enum WhenDown: String, Hashable, Sendable, CaseIterable {
        /// It waits: 451, or the next fetch.
        case `defer`
        /// It passes unscanned, and says so on top.
        case pass
    }

    /// SpamAssassin's daemon.
    public struct SpamAssassin: Hashable, Sendable {
        /// Where it listens.
        public var service: ServiceAddress
        /// Whose preferences it uses; nil for its own.
        public var user: String?

        /// A daemon.
        public init(service: ServiceAddress, user: String? = nil) {
            self.service = service
            self.user = user
        }
    }

    /// ClamAV's daemon; nil for none.
    public var clamAV: ServiceAddress?
    /// Rspamd's worker; nil for none.
    public var rspamd: ServiceAddress?
    /// SpamAssassin's daemon; nil for none.
    public var spamAssassin: SpamAssassin?
    /// Milters, in the order in which they see a message.
    public var milters: [ServiceAddress]
    /// What happens while a scanner is down.
    public var whenDown: WhenDown
    /// Messages that are scanned at the same time.
    public var maximumScans: Int

    /// No scanner unless told otherwise.
    public init(
        clamAV: ServiceAddress? = nil,
        rspamd: ServiceAddress? = nil,
        spamAssassin: SpamAssassin? = nil,
        milters: [ServiceAddress] = [],
        whenDown: WhenDown = .defer,
        maximumScans: Int = 20
    ) {
        self.clamAV = clamAV
        self.rspamd = rspamd
        self.spamAssassin = spamAssassin
        self.milters = milters
        self.whenDown = whenDown
        self.maximumScans = maximumScans
    }
}
