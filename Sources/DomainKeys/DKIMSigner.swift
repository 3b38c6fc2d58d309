// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Crypto
import Foundation
public import MailModel

public import struct NIOCore.ByteBuffer

/// Signs one message while it streams by (RFC 6376): relaxed over header and body, all of the body.
///
/// ```swift
/// var signer = DKIMSigner(keys)
/// signer.append(piece)  // octets of the body, behind the empty line
/// let fields = try signer.fields(for: header, at: now)
/// ```
public struct DKIMSigner: Sendable {
    /// The fields that are signed, each occurrence and once more, so that none can be added that readers see and verifiers do not
    /// (RFC 6376 §5.4, §8.15).
    private static let sealed = [
        "From", "Sender", "Reply-To", "To", "Cc", "Subject", "Date", "Message-ID", "In-Reply-To", "References",
        "MIME-Version",
        "Content-Type", "Content-Transfer-Encoding",
    ]
    /// The fields that are signed when they are there: a mailing list on the way may add its own.
    private static let signed = ["List-Id", "List-Unsubscribe", "List-Unsubscribe-Post"]

    private let keys: [DomainKey]
    private var body = RelaxedBody()

    /// A signer with these keys, one signature each.
    public init(_ keys: [DomainKey]) { self.keys = keys }

    /// Takes the next octets of the body.
    public mutating func append(_ octets: ByteBuffer) { body.append(octets) }

    /// The signatures, each a field with its CRLF, for the top of the message.
    ///
    /// - Throws: `SigningKeyError` when a key cannot sign.
    public mutating func fields(for header: HeaderSection, at moment: Timestamp) throws(SigningKeyError) -> String {
        let bodyHash = Data(body.finish()).base64EncodedString()
        let (names, canonical) = Self.chosen(header)
        var text = ""
        for key in keys { text += try Self.field(key, names, canonical, bodyHash, moment) }
        return text
    }

    /// The names for `h=`, and the fields that they stand for: the last occurrence first (RFC 6376 §5.4.2).
    private static func chosen(_ header: HeaderSection) -> (names: [String], canonical: [UInt8]) {
        let fields = header.fields
        var (names, canonical): ([String], [UInt8]) = ([], [])
        for name in sealed + signed {
            for field in fields.reversed() where field.isNamed(name) {
                names.append(name)
                canonical += RelaxedField.canonical(field.written.readableBytesView) + [0x0D, 0x0A]
            }
            if sealed.contains(name) { names.append(name) }
        }
        return (names, canonical)
    }

    private static func field(
        _ key: DomainKey,
        _ names: [String],
        _ canonical: [UInt8],
        _ bodyHash: String,
        _ moment: Timestamp
    ) throws(SigningKeyError) -> String {
        var text = "DKIM-Signature: v=1; a=\(key.key.algorithm); c=relaxed/relaxed;\r\n"
        text += " d=\(key.domain); s=\(key.selector); t=\(moment.milliseconds / 1000);\r\n"
        text += folded(" h=", names.enumerated().map { ($0 == 0 ? "" : ":") + $1 }) + ";\r\n"
        text += " bh=\(bodyHash);\r\n b="
        var digest = SHA256()
        digest.update(data: canonical)
        digest.update(data: RelaxedField.canonical(text.utf8))
        let signature = Data(try key.key.sign(digest.finalize())).base64EncodedString()
        return text + folded("", pieces(signature)) + "\r\n"
    }

    /// Base 64 in pieces that lines can be folded between.
    private static func pieces(_ text: String) -> [String] {
        var (rest, pieces): (Substring, [String]) = (Substring(text), [])
        while !rest.isEmpty {
            pieces.append(String(rest.prefix(70)))
            rest = rest.dropFirst(70)
        }
        return pieces
    }

    private static func folded(_ start: String, _ parts: [String]) -> String {
        var (lines, line) = ("", start)
        for part in parts {
            if line.utf8.count + part.utf8.count > 76, line.utf8.count > 1 {
                lines += line + "\r\n"
                line = " "
            }
            line += part
        }
        return lines + line
    }
}
