// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// What a milter may change (SMFIF_*), as the negotiation says it.
public struct MilterActions: OptionSet, Hashable, Sendable {
    /// Its bits on the wire.
    public let rawValue: UInt32
    /// From its bits on the wire.
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Add and insert fields.
    public static let addFields = Self(rawValue: 0x01)
    /// Replace the body.
    public static let replaceBody = Self(rawValue: 0x02)
    /// Add recipients.
    public static let addRecipients = Self(rawValue: 0x04)
    /// Remove recipients.
    public static let removeRecipients = Self(rawValue: 0x08)
    /// Change and remove fields.
    public static let changeFields = Self(rawValue: 0x10)
    /// Quarantine.
    public static let quarantine = Self(rawValue: 0x20)
    /// Change the reverse-path.
    public static let changeSender = Self(rawValue: 0x40)
    /// Add recipients with parameters.
    public static let addRecipientsWithParameters = Self(rawValue: 0x80)

    /// All that is offered to a milter. What the kind of mail forbids of it is not carried out.
    public static let offered = Self(rawValue: 0xFF)

    /// For people.
    public var words: [String] {
        let names: [(Self, String)] = [
            (.addFields, "add fields"), (.changeFields, "change fields"), (.replaceBody, "replace the body"),
            (.addRecipients, "add recipients"), (.removeRecipients, "remove recipients"),
            (.changeSender, "change the reverse-path"), (.quarantine, "quarantine"),
        ]
        return names.filter { contains($0.0) }.map(\.1)
    }
}

/// What of a dialogue a milter goes without (SMFIP_*), as the negotiation says it.
public struct MilterSteps: OptionSet, Hashable, Sendable {
    /// Its bits on the wire.
    public let rawValue: UInt32
    /// From its bits on the wire.
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// It is not told of the connection, and so on.
    package static let noConnect = Self(rawValue: 0x01)
    package static let noHelo = Self(rawValue: 0x02)
    package static let noMail = Self(rawValue: 0x04)
    package static let noRecipients = Self(rawValue: 0x08)
    package static let noBody = Self(rawValue: 0x10)
    package static let noFields = Self(rawValue: 0x20)
    package static let noEndOfHeader = Self(rawValue: 0x40)
    /// It does not answer to fields, and so on.
    package static let silentOnFields = Self(rawValue: 0x80)
    package static let noUnknown = Self(rawValue: 0x100)
    package static let noData = Self(rawValue: 0x200)
    /// It may answer that it wants no more of a kind (SMFIR_SKIP).
    package static let skip = Self(rawValue: 0x400)
    package static let silentOnConnect = Self(rawValue: 0x1000)
    package static let silentOnHelo = Self(rawValue: 0x2000)
    package static let silentOnMail = Self(rawValue: 0x4000)
    package static let silentOnRecipients = Self(rawValue: 0x8000)
    package static let silentOnData = Self(rawValue: 0x1_0000)
    package static let silentOnUnknown = Self(rawValue: 0x2_0000)
    package static let silentOnEndOfHeader = Self(rawValue: 0x4_0000)
    package static let silentOnBody = Self(rawValue: 0x8_0000)
    /// Blanks behind the colon of a field are kept, both ways.
    package static let leadingSpace = Self(rawValue: 0x10_0000)

    /// All that is offered to a milter: everything but being told of recipients that were refused, and larger pieces of the body.
    package static let offered = Self(rawValue: 0x1F_F7FF)
}
