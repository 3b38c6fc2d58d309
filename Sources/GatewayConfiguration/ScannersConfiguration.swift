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

    /// ClamAV's daemon; nil for none.
    public var clamAV: ServiceAddress?
    /// What happens while a scanner is down.
    public var whenDown: WhenDown
    /// Messages that are scanned at the same time.
    public var maximumScans: Int

    /// No scanner unless told otherwise.
    public init(clamAV: ServiceAddress? = nil, whenDown: WhenDown = .defer, maximumScans: Int = 20) {
        self.clamAV = clamAV
        self.whenDown = whenDown
        self.maximumScans = maximumScans
    }
}
