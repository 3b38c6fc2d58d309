// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// What a milter is told of a message beside its body.
public struct MilterTransaction: Sendable {
    /// Who handed the message over.
    public struct Client: Hashable, Sendable {
        /// The name that the DNS gives, or the address in brackets.
        public var name: String
        /// Its address without port.
        public var address: String
        /// What it called itself.
        public var helo: String

        /// A client.
        public init(name: String, address: String, helo: String) {
            self.name = name
            self.address = address
            self.helo = helo
        }
    }

    /// A field of the header.
    public struct Field: Hashable, Sendable {
        /// Its name.
        public var name: [UInt8]
        /// What stands behind the colon, blanks and folding included, without the last line end.
        public var body: [UInt8]

        /// A field.
        public init(name: [UInt8], body: [UInt8]) {
            self.name = name
            self.body = body
        }
    }

    /// A macro by its name: `j`, `{daemon_name}`.
    public typealias Macro = (name: String, value: String)

    /// Nil for a message that no client handed over: the milter is told of a connection of unknown family.
    public var client: Client?
    /// Without angle brackets; empty for the null reverse-path.
    public var reversePath: String
    /// Without angle brackets.
    public var recipients: [String]
    /// The header as it will be, without the gateway's own fields on top.
    public var fields: [Field]
    /// Macros of the connection.
    public var connectMacros: [Macro] = []
    /// Macros of HELO.
    public var heloMacros: [Macro] = []
    /// Macros of MAIL.
    public var mailMacros: [Macro] = []
    /// Macros of the end of the message.
    public var endMacros: [Macro] = []

    /// A message.
    public init(client: Client?, reversePath: String, recipients: [String], fields: [Field]) {
        self.client = client
        self.reversePath = reversePath
        self.recipients = recipients
        self.fields = fields
    }
}
