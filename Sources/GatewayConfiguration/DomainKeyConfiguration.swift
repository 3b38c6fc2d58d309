// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

/// A key that outgoing ordinary mail is signed with, as an element of `dkim` describes it.
public struct DomainKeyConfiguration: Hashable, Sendable {
    /// The domain of the header From, one of `exchange.domains`, in A-labels and lower case.
    public var domain: String
    /// The selector under which the public half is published.
    public var selector: String
    /// The file of the private half, in PEM.
    public var key: String

    /// A key of `domain` under `selector`.
    public init(domain: String, selector: String, key: String) {
        self.domain = domain
        self.selector = selector
        self.key = key
    }

    /// Reads the file of the private half.
    ///
    /// - Throws: `SecretError`, which names the file and never shows what is in it.
    public func read() throws(SecretError) -> Secret {
        do { return Secret(String(decoding: try SystemFile.read(key, limit: 65_536), as: UTF8.self)) } catch {
            throw SecretError("cannot read the key in \(key): \(error.reason)", remedy: error.remedy)
        }
    }
}
