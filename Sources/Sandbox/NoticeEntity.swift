// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel

/// What a provider signs: multipart/mixed of text, certification data and, where it belongs, the original (FORMATS §1.5).
struct NoticeEntity {
    let notice: CertifiedNotice
    let provider: ProviderProfile
    let dialect: ProviderDialect
    /// What the boundaries are made of.
    let token: String

    /// The entity, lines ending with CRLF.
    var octets: [UInt8] {
        get throws(SandboxError) {
            var parts = [words]
            let data = notice.kind == .anomaly ? [] : [data]
            let original = try original.map { [$0] } ?? []
            parts += dialect.isDataFirst ? data + original : original + data
            return multipart("mixed", depth: 1, parts)
        }
    }

    /// Every part begins with its header, and ends in front of the CRLF that belongs to the boundary.
    private func multipart(_ subtype: String, depth: Int, _ parts: [[UInt8]]) -> [UInt8] {
        let boundary = dialect.boundary(depth, token)
        var result = Array(
            "Content-Type: multipart/\(subtype);\r\n \(dialect.boundaryParameter(depth, token))\r\n".utf8
        )
        if dialect.declaresBinary { result += "Content-Transfer-Encoding: binary\r\n".utf8 }
        for part in parts { result += Array("\r\n--\(boundary)\r\n".utf8) + part }
        return result + "\r\n--\(boundary)--\r\n".utf8
    }

    private var words: [UInt8] {
        let text = NoticeText(notice: notice)
        let plain = textPart("plain", text.text)
        guard dialect.text == .alternative else { return plain }
        return multipart("alternative", depth: 2, [plain, textPart("html", text.page)])
    }

    private func textPart(_ subtype: String, _ text: String) -> [UInt8] {
        Array("Content-Type: text/\(subtype); charset=\"iso-8859-1\"\r\n".utf8)
            + "Content-Disposition: inline\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n".utf8
            + Latin1Text.encode(text)
    }

    private var data: [UInt8] {
        let octets = CertificationData(notice: notice, issuer: provider.name, style: dialect.certification).octets
        guard dialect.data == .plainAttachment, Self.isSevenBit(octets) else {
            return Array("Content-Type: application/xml; name=\"daticert.xml\"\r\n".utf8)
                + "Content-Disposition: inline; filename=\"daticert.xml\"\r\n".utf8
                + "Content-Transfer-Encoding: base64\r\n\r\n".utf8
                + FieldWriter.lines(ofBase64: Base64.encode(octets))
        }
        return Array("Content-Type: application/xml; charset=UTF-8; name=daticert.xml\r\n".utf8)
            + "Content-Transfer-Encoding: 7bit\r\nContent-Disposition: attachment; filename=daticert.xml\r\n\r\n".utf8
            + octets
    }

    private var original: [UInt8]? {
        get throws(SandboxError) {
            guard notice.returnsOriginal else { return nil }
            guard notice.kind != .anomaly else {
                return Array("Content-Type: message/rfc822\r\nContent-Disposition: inline\r\n\r\n".utf8)
                    + notice.original.octets
            }
            let certified = notice.original.certified
            let isBrief = notice.receiptType == .brief && notice.kind == .delivery
            let original = isBrief ? try BriefOriginal.reduce(certified) : certified
            var part = Array("Content-Type: message/rfc822; name=\"postacert.eml\"\r\n".utf8)
            part += "Content-Disposition: inline; filename=\"postacert.eml\"\r\n".utf8
            if dialect.declaresOriginalEncoding {
                let encoding = original.allSatisfy { $0 < 0x80 } ? "7bit" : "8bit"
                part += "Content-Transfer-Encoding: \(encoding)\r\n".utf8
            }
            return part + [0x0D, 0x0A] + original
        }
    }

    /// True for what may stand unencoded (RFC 2045 §2.7): ASCII in lines that end with CRLF and have at most 998 octets.
    private static func isSevenBit(_ octets: [UInt8]) -> Bool {
        let lines = octets.split(separator: 0x0A, omittingEmptySubsequences: false)
        return octets.allSatisfy { $0 < 0x80 } && lines.dropLast().allSatisfy { $0.last == 0x0D && $0.count <= 999 }
            && lines.last?.isEmpty == true
    }
}
