// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import MailModel

internal import struct NIOCore.ByteBuffer

/// Forwarded copies that went in circles: rows F5 to F7 of `docs/routing.md`.
///
/// That a Received field of this gateway stands in a copy is no loop yet: mail that one account sent to another has one, and so has what
/// Exchange sent to the account's address by way of the Internet.
extension RoutingTable {
    /// The reply that refuses a copy which was here for the same account before; nil for others.
    func returned(_ question: RoutingQuestion) -> SMTPReply? {
        for address in accountAddresses(of: question.envelope.recipients) {
            let key = address.comparisonKey
            for passage in question.passages {
                switch passage {
                case .cameIn(let account): if account == key { return Refusal.cameBack(address) }
                case .left(let account, let recipients):
                    // What an account sends to itself arrives there like other mail.
                    if account == key, !recipients.contains(key) { return Refusal.sentCopy(address) }
                case .other: continue
                }
            }
            if !question.passages.isEmpty, question.names(address) { return Refusal.cameBack(address) }
        }
        return nil
    }
}

extension RoutingQuestion {
    /// True when the field that this gateway puts on top of an account's mail names `address`.
    fileprivate func names(_ address: AddrSpec) -> Bool {
        let name = "X-Ceralacca-Account"
        let own = HeaderSection(ByteBuffer(string: AccountField.compose(address))).first(name)
        return header.all(name).contains { $0.lowercased() == own?.lowercased() }
    }
}
