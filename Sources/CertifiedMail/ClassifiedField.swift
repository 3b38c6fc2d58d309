// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel

/// Every top-level field by which the classifier tells what a message is: copies that differ in one of them are not the same message.
package enum ClassifiedField: String, CaseIterable, Sendable {
    case receipt = "X-Ricevuta"
    case transport = "X-Trasporto"
    case misspeltTransport = "X-Trasplorto"
    case remMessageType = "REM-MessageType"
    case referencedMessageID = "X-Riferimento-Message-ID"
    case receiptType = "X-TipoRicevuta"
    case securityCheck = "X-VerificaSicurezza"
    case remEvent = "REM-EventIdentifier"
    case remMessageID = "REM-UAMessageIdentifier"
    case remReason = "REM-ReasonIdentifier"
    case from = "From"
    case subject = "Subject"
    case date = "Date"
    case to = "To"
    case cc = "Cc"
    case replyTo = "Reply-To"
    case returnPath = "Return-Path"
    case contentType = "Content-Type"
}

extension HeaderSection {
    /// The body of the first such field, unfolded.
    func first(_ field: ClassifiedField) -> String? { first(field.rawValue) }

    /// How many such fields there are.
    func count(_ field: ClassifiedField) -> Int { count(field.rawValue) }
}
