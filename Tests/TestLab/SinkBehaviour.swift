// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// How a recording sink answers.
package struct SinkBehaviour: Sendable {
    /// Whether CHUNKING is offered.
    package var offersChunking = true
    /// Whether STARTTLS is offered; it needs a certificate.
    package var offersStartTLS = false
    /// Whether TLS begins with the first byte; it needs a certificate.
    package var hasImplicitTLS = false
    /// The password of each login; nil when AUTH is not offered. With it MAIL is refused before AUTH.
    package var passwords: [String: String]?
    /// The chance, 0...1, that the connection is cut in place of the 250 after the message was taken.
    package var cutChance = 0.0
    /// The chance, 0...1, that the connection is cut at a command or in the data, before the message was taken.
    package var earlyCutChance = 0.0
    /// How long the reply to the end of data is held back.
    package var delay: Duration = .zero
    /// The reply to a recipient; nil accepts it.
    package var refuseRecipient: (@Sendable (_ sender: String, _ recipient: String) -> String?)?
    /// The reply to the end of data; nil accepts it.
    package var refuseContent: (@Sendable (_ record: SinkRecord) -> String?)?

    /// A sink that takes everything in clear.
    package init() {}
}
