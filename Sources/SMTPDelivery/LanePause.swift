// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

/// A lane that is left alone for a time, because none of its servers could be used or its login was refused.
public struct LanePause: Hashable, Sendable {
    /// The route whose mail waits.
    public var route: Route
    /// When it is tried again.
    public var until: Timestamp

    /// A pause.
    public init(route: Route, until: Timestamp) {
        self.route = route
        self.until = until
    }
}
