// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import CertifiedMail
package import MailModel

/// The field that says on top of a message what was found, for rules of Exchange and for people.
///
/// ```text
/// X-Ceralacca-PEC: kind=avvenuta-consegna; signature=valid;
///  signer=posta-certificata@pec.example.it; digest=sha256;
///  believed=yes; message=06H0FP9103QF6ART
/// ```
/// `kind` and `signature` are always there, in the words of `inspect`; `signature` is `unknown` when it could not be looked at. `error` is
/// what went wrong (`no-dest`, `virus`, …). `believed` is there for receipts; `message` is the tracked message, for `ceralacca pec show`.
/// `foreign-field=yes`: the message brought a field of this name from outside, which stands below and is none of ours.
package struct CertifiedField {
    package static let name = "X-Ceralacca-PEC"
    /// The field for mail that is not examined and brings a field of this name from outside.
    package static let foreign = "\(name): kind=none; foreign-field=yes\r\n"
    static let unknown = "unknown"

    /// True when a reader who parses more generously than this gateway may find a field of this name that is none of ours.
    package static func mayBeForged(in header: HeaderSection) -> Bool {
        header.count(name) > 0 || header.isBroken || header.isTruncated
    }

    let message: CertifiedMessage
    let finding: SignatureFinding?
    /// Whether the receipt is believed; nil for what is no receipt.
    let isBelieved: Bool?
    let tracked: QueueID?
    let hasForeignField: Bool

    /// The field with its CRLF, in ASCII.
    var text: String {
        var facts = [
            ("kind", message.kind.rawValue), ("signature", finding?.state.rawValue ?? Self.unknown),
        ]
        if let signer = finding?.signer { facts.append(("signer", Self.token(signer))) }
        if let digest = finding?.digest { facts.append(("digest", Self.token(digest))) }
        if let failure = message.failure, failure != CertificationFailure.none {
            facts.append(("error", failure.rawValue))
        }
        if let isBelieved { facts.append(("believed", isBelieved ? "yes" : "no")) }
        if let tracked { facts.append(("message", "\(tracked)")) }
        if hasForeignField { facts.append(("foreign-field", "yes")) }
        var (lines, line) = ("", "\(Self.name):")
        for (place, (name, value)) in facts.enumerated() {
            let part = " \(name)=\(value)" + (place == facts.count - 1 ? "" : ";")
            if line.utf8.count + part.utf8.count > 76, place > 0 {
                lines += line + "\r\n"
                line = ""
            }
            line += part
        }
        return lines + line + "\r\n"
    }

    /// A value that came from outside: what could end a value, or is not ASCII, becomes `?`.
    private static func token(_ text: String) -> String {
        let octets = text.utf8.prefix(254).map { octet -> UInt8 in
            let isPlain = (0x21...0x7E).contains(octet) && !#";="\()<>,"#.utf8.contains(octet)
            return isPlain ? octet : UInt8(ascii: "?")
        }
        return octets.isEmpty ? "?" : String(decoding: octets, as: UTF8.self)
    }
}
