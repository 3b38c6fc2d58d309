// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

/// What becomes of a message for one recipient, as a script tells.
public enum RecipientBehaviour: Hashable, Sendable {
    /// It is delivered, and a receipt tells.
    case delivers
    /// It is not delivered, for this reason.
    case fails(DeliveryFault)
    /// Nothing comes back: the notices of 12 and of 24 hours fall due.
    case silent
    /// It is taken in charge and goes no further: only the notice of 24 hours falls due.
    case stuck
    /// It is delivered this long after the submission; notices fall due meanwhile.
    case late(Duration)
    /// The mailbox takes nothing from this sender: the access point refuses the whole message.
    case closed
}

/// What recipients do, by address, local part or domain.
public struct RecipientScript: Sendable {
    private let behaviours: [String: RecipientBehaviour]

    /// A script; keys are addresses, local parts as `full@`, or domains as `@nowhere.example`; letters compare without case.
    public init(_ behaviours: [String: RecipientBehaviour] = [:]) {
        self.behaviours = Dictionary(behaviours.map { ($0.key.lowercased(), $0.value) }) { first, _ in first }
    }

    /// What `address` does; nil where the script is silent about it. An address comes before a local part, that before a domain.
    public subscript(address: AddrSpec) -> RecipientBehaviour? {
        behaviours[address.comparisonKey] ?? behaviours["\(address.localPart.lowercased())@"]
            ?? behaviours["@\(address.domain.lowercased())"]
    }

    /// A recipient of every behaviour at any domain, named for it: `unknown@`, `full@`, `disabled@`, `virus@`, `slow@`, `stuck@`,
    /// `late@` (after 13 hours), `closed@`, and all of `@nowhere.example`.
    public static let named = RecipientScript([
        "unknown@": .fails(.unknownBox), "full@": .fails(.fullBox), "disabled@": .fails(.disabledBox),
        "virus@": .fails(.virus), "slow@": .silent, "stuck@": .stuck, "late@": .late(.seconds(13 * 3600)),
        "closed@": .closed, "@nowhere.example": .fails(.unknownDomain),
    ])
}
