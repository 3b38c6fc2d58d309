// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

/// What becomes of the receipts of a certified account, as `receipts` and `receipt_type` describe it.
public struct ReceiptConfiguration: Hashable, Sendable {
    /// How acceptance receipts are delivered.
    public enum Acceptances: String, Hashable, Sendable, CaseIterable {
        /// Each by itself, as it comes.
        case each
        /// Those of a day in one message.
        case daily
    }

    /// True when receipts go to the address that really sent the message as well.
    public var toSender: Bool
    /// How acceptance receipts are delivered.
    public var acceptances: Acceptances
    /// What is asked of the provider for delivery receipts; nil asks for nothing.
    public var type: ReceiptRequest?

    /// To the account's recipients alone, each by itself, of the provider's own kind, unless told otherwise.
    public init(toSender: Bool = false, acceptances: Acceptances = .each, type: ReceiptRequest? = nil) {
        self.toSender = toSender
        self.acceptances = acceptances
        self.type = type
    }
}
