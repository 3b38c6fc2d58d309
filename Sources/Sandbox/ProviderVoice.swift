// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel

/// A message that a provider puts into a maildrop.
struct Deposit: Sendable {
    /// What it is.
    enum Label: Sendable, Equatable {
        case certified(NoticeKind)
        case registered(RegisteredNotice.Form, RegisteredEvent)
    }

    let label: Label
    let octets: [UInt8]
    let address: AddrSpec
    let reversePath: AddrSpec
}

/// What a provider says about messages, in one of the two systems: certified mail (RFC 6109) or registered mail (REM).
protocol ProviderVoice: Sendable {
    /// The message for its recipients, as they get it.
    func envelope(_ original: OriginalMessage) throws(SandboxError) -> [UInt8]
    /// The envelope in the maildrop of `address`.
    func handOver(_ envelope: [UInt8], _ original: OriginalMessage, to address: AddrSpec) -> Deposit
    /// The message was taken.
    func accepted(_ original: OriginalMessage) throws(SandboxError) -> Deposit
    /// The message was not taken, for formal faults or by policy.
    func refused(_ original: OriginalMessage, faults: [String]) throws(SandboxError) -> Deposit
    /// The message was not taken, for a virus.
    func infected(_ original: OriginalMessage, virus: String) throws(SandboxError) -> Deposit
    /// The recipient's provider took the message; empty where it has nothing to say.
    func taken(
        _ recipient: AddrSpec,
        _ original: OriginalMessage,
        at moment: Timestamp
    ) throws(SandboxError) -> [Deposit]
    /// The message is in the recipient's mailbox.
    func delivered(
        _ recipient: AddrSpec,
        _ original: OriginalMessage,
        at moment: Timestamp
    ) throws(SandboxError) -> [Deposit]
    /// The message is not there, or not yet.
    func undelivered(
        _ fault: DeliveryFault,
        _ recipient: AddrSpec,
        _ original: OriginalMessage,
        at moment: Timestamp
    ) throws(SandboxError) -> [Deposit]
    /// The message went to an ordinary mailbox.
    func sentOut(_ recipient: AddrSpec, _ original: OriginalMessage) throws(SandboxError) -> [Deposit]
    /// A message that is no certified one came in for `address`, for the reason `anomaly`.
    func received(_ original: OriginalMessage, for address: AddrSpec, anomaly: String) throws(SandboxError) -> Deposit
}
