// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import SenderScreening

/// One session as its listener's `SenderScreen` sees it; on the event loop of its connection.
struct SessionScreen {
    let screen: SenderScreen
    let key: ClientKey
    let scope: ScreeningScope
    /// How long the greeting is held back.
    let greetingPause: Duration
    /// What the DNS is being asked.
    private(set) var lookup: Task<ClientFindings, Never>?
    /// What it said; nil until then.
    var findings: ClientFindings?

    init(screen: SenderScreen, key: ClientKey, scope: ScreeningScope, greetingPause: Duration) {
        self.screen = screen
        self.key = key
        self.scope = scope
        self.greetingPause = greetingPause
    }

    /// The reply that refuses the connection; nil for one that is served.
    func admit(hostname: String) -> SMTPReply? { screen.admit(key, scope, hostname: hostname) }

    /// Begins to ask the DNS, beside what the client does meanwhile.
    mutating func beginLookup() {
        guard scope == .senders, lookup == nil else { return }
        lookup = screen.beginLookup(key)
    }

    /// Counts a deed; the reply that refuses it or ends the session, if there is too much of it.
    func note(_ deed: ClientDeed) -> SMTPReply? {
        guard scope != .logins || deed == .failedLogin else { return nil }
        return screen.note(deed, by: key, isNamed: findings?.reverseName?.name != nil)
    }

    /// Judges a recipient before anybody is asked whether it exists.
    func judge(_ recipient: AddrSpec, _ peer: PeerAddress) -> SMTPReply? {
        guard scope != .logins else { return nil }
        if let reply = screen.note(.recipient, by: key) { return reply }
        guard let findings, !Self.isAlwaysReachable(recipient) else { return nil }
        return screen.judge(findings, peer)
    }

    /// Judges a recipient that is otherwise taken.
    func greylist(_ reversePath: ReversePath, _ recipient: AddrSpec) -> SMTPReply? {
        guard scope == .senders, !Self.isAlwaysReachable(recipient) else { return nil }
        return screen.greylist(key, reversePath, recipient)
    }

    /// Who is refused by mistake must be able to say so: to the postmaster (RFC 5321 §4.5.1) and to abuse (RFC 2142 §4).
    private static func isAlwaysReachable(_ recipient: AddrSpec) -> Bool {
        ["postmaster", "abuse"].contains(recipient.localPart.lowercased())
    }
}
