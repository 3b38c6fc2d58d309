// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// What must happen in the story of the demo, in the words that name what is missing.
enum DemoStep: String, CaseIterable {
    case handedOver = "the gateway takes the message from Exchange"
    case submitted = "the gateway submits the message at the provider, and the provider certifies it"
    case acceptance = "the acceptance receipt reaches the sender's mailbox in Exchange"
    case transportEnvelope = "the transport envelope reaches the recipient's mailbox in Exchange"
    case delivery = "the delivery receipt reaches the sender's mailbox in Exchange"
    case refusal = "the non-acceptance notice about the second message reaches the sender's mailbox in Exchange"
    case failureAcceptance = "the acceptance receipt of the third message reaches the sender's mailbox in Exchange"
    case failure = "the non-delivery notice about the third message reaches the sender's mailbox in Exchange"
    case knownDelivered = "the gateway knows from the receipts that the first message was delivered"
    case knownRefused = "the gateway knows from the notice that the second message was refused"
    case knownFailed = "the gateway knows from the notice that the third message was not delivered"
    case emptied = "the gateway deletes at the provider what Exchange has taken"
}
