// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

/// The secret that stands in the addresses to which a provider forwards, so that a listener may serve everybody and takes only what was sent
/// to them.
///
/// ```text
/// azienda+4f9k2m7q1x8w3z6h@relay.azienda.it                       the account azienda@…, where no other begins so
/// azienda=pec.example.it+4f9k2m7q1x8w3z6h@relay.azienda.it        the account azienda@pec.example.it
/// azienda+4f9k2m7q1x8w3z6h@pec.example.it                         likewise, from a provider that keeps the domain
/// ```
/// It compares without case, for servers on the way may change that, and in a time that does not depend on how much of it is right. Who
/// forwards writes it into the envelope, and perhaps into fields of his own; this gateway writes it nowhere.
public struct RecipientSuffix: Hashable, Sendable {
    /// How many characters it has at least and at most: more cannot be guessed, and leave room for the account in a local part
    /// (RFC 5321 §4.5.3.1.1).
    public static let length = 16...40

    private let secret: Secret

    /// The suffix that `secret` is; nil unless it has the right length and consists of letters, digits and `-`, `_`, `.`.
    public init?(_ secret: Secret) {
        let text = secret.reveal().lowercased()
        guard Self.length.contains(text.utf8.count),
            text.utf8.allSatisfy({ octet in
                switch octet {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"),
                    UInt8(ascii: "_"), UInt8(ascii: "."):
                    true
                default: false
                }
            }), text.first != ".", text.last != ".", !text.contains("..")
        else { return nil }
        self.secret = Secret(text)
    }

    /// What stands before the last `+` of a local part where the suffix stands behind it; nil otherwise.
    func account(in localPart: String) -> Substring? {
        let plus = localPart.lastIndex(of: "+")
        let given = plus.map { localPart[localPart.index(after: $0)...] } ?? ""
        let isRight = Self.isEqual(secret.reveal(), given.lowercased())
        guard isRight, let plus else { return nil }
        return localPart[..<plus]
    }

    /// True when the suffix stands anywhere in a reverse-path: servers write the recipient into it, `user+caf_=azienda+4f9k2m7q1x8w3z6h=relay@…`.
    public func isContained(in reversePath: ReversePath) -> Bool {
        reversePath.description.lowercased().contains(secret.reveal())
    }

    /// The reverse-path as logs may show it while nobody has looked whether a suffix stands in it.
    public static func concealed(_ reversePath: ReversePath) -> String {
        reversePath.mailbox.map { "***@\($0.domain)" } ?? ""
    }

    /// The address as logs and replies may show it: what stands behind a `+` may be a secret, or nearly one.
    public static func concealed(_ address: AddrSpec) -> AddrSpec {
        guard let plus = address.localPart.firstIndex(of: "+") else { return address }
        return AddrSpec(localPart: "\(address.localPart[..<plus])+***", domain: address.domain)
    }

    /// Compares in a time that depends on the lengths alone.
    private static func isEqual(_ left: String, _ right: String) -> Bool {
        let (left, right) = (Array(left.utf8), Array(right.utf8))
        var difference = left.count ^ right.count
        for index in 0..<left.count { difference |= Int(left[index] ^ (index < right.count ? right[index] : 0)) }
        return difference == 0
    }
}

extension RoutingTable {
    /// The address of the account, as it is configured, that a recipient with `suffix` stands for; nil when it has another suffix or none, or is
    /// no account's.
    public func account(of recipient: AddrSpec, suffix: RecipientSuffix, hostname: String) -> AddrSpec? {
        guard let name = suffix.account(in: recipient.localPart) else { return nil }
        guard !name.isEmpty else { return nil }
        let key = AddrSpec(localPart: String(name), domain: recipient.domain).comparisonKey
        if let account = accounts[key] { return account.address }
        let domain = recipient.comparisonDomain
        let local = String(key.dropLast(domain.count + 1))
        guard domain == AddrSpec.comparisonDomain(hostname) else { return nil }
        if let equals = local.lastIndex(of: "="),
            let account = accounts["\(local[..<equals])@\(local[local.index(after: equals)...])"]
        {
            return account.address
        }
        let named = localPartsByDomain.filter { $0.value.contains(local) }.keys
        guard named.count == 1, let domain = named.first else { return nil }
        return accounts["\(local)@\(domain)"]?.address
    }
}
