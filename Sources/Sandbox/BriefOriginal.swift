// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// The original as a receipt of type `breve` returns it: each attachment replaced by its digest (FORMATS §1.8).
enum BriefOriginal {
    /// `message` with its attachments replaced; encrypted mail and what is not multipart stay as they are.
    static func reduce(_ message: [UInt8], depth: Int = 0) throws(SandboxError) -> [UInt8] {
        let entity = MIMEEntity(message[...])
        guard depth < 20 else { return message }
        let parts = entity.parts
        guard let first = parts.first, let last = parts.last else { return message }
        var result = Array(message[..<first.octets.startIndex])
        for (index, part) in parts.enumerated() {
            result += try replacement(for: part, depth: depth)
            let end = index + 1 < parts.count ? parts[index + 1].octets.startIndex : last.octets.endIndex
            result += message[part.octets.endIndex..<end]
        }
        return result + message[last.octets.endIndex...]
    }

    private static func replacement(for part: MIMEEntity, depth: Int) throws(SandboxError) -> [UInt8] {
        let name = part.parameter("filename", of: "Content-Disposition") ?? part.parameter("name", of: "Content-Type")
        switch part.mediaType {
        case "application/pkcs7-mime", "application/x-pkcs7-mime": return Array(part.octets)
        case "message/rfc822": return try hashPart(named: name ?? "message.eml", of: part)
        case let type where type.hasPrefix("multipart/"): return try reduce(Array(part.octets), depth: depth + 1)
        default:
            guard let name else { return Array(part.octets) }
            return try hashPart(named: name, of: part)
        }
    }

    private static func hashPart(named name: String, of part: MIMEEntity) throws(SandboxError) -> [UInt8] {
        let safe = String(String.UnicodeScalarView(name.unicodeScalars.filter { $0.value >= 0x20 && $0 != "\"" }))
        let file = "\"\(safe).hash\""
        let digest = try OctetDigest.sha1.hexadecimal(of: part.body)
        return Array(
            (FieldWriter.field("Content-Type", "text/plain; charset=\"us-ascii\"; name=\(file)")
                + FieldWriter.field("Content-Disposition", "attachment; filename=\(file)")
                + "Content-Transfer-Encoding: 7bit\r\n\r\n\(digest)\r\n").utf8
        )
    }
}
