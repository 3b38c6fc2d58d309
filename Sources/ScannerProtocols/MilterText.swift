// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel

import struct NIOCore.ByteBuffer

/// The texts in a milter's replies.
enum MilterText {
    /// The strings in `data`, each ended by a NUL; the NUL of the last may be missing. They never reach beyond the reply.
    static func strings(_ data: ByteBuffer, _ count: ClosedRange<Int>) throws(MilterError) -> [[UInt8]] {
        var strings = data.readableBytesView.split(separator: 0, omittingEmptySubsequences: false).map(Array.init)
        if strings.last?.isEmpty == true { strings.removeLast() }
        guard count.contains(strings.count) else {
            throw MilterError("a reply with \(strings.count) strings in place of \(count.upperBound)")
        }
        return strings
    }

    /// A name or words: what is no printable ASCII becomes `?`.
    static func printable(_ octets: [UInt8]) -> String {
        String(decoding: octets.map { (0x20...0x7E).contains($0) ? $0 : UInt8(ascii: "?") }, as: UTF8.self)
    }

    /// The body of a field, which may be folded.
    static func text(_ octets: [UInt8]) -> String { String(decoding: octets, as: UTF8.self) }

    /// `<ada@fuori.test>`, with or without brackets.
    static func address(_ octets: [UInt8]) throws(MilterError) -> AddrSpec {
        var text = Substring(String(decoding: octets, as: UTF8.self))
        if text.hasPrefix("<"), text.hasSuffix(">") { text = text.dropFirst().dropLast() }
        guard text.utf8.count <= 1000, let address = AddrSpec(String(text)) else {
            throw MilterError("an address that is none")
        }
        return address
    }

    /// `550 5.7.1 text`, or several lines of it, `550-5.7.1 one`, `550 5.7.1 two`. A percent sign stands doubled (smfi_setreply(3)). 421,
    /// which would end the client's session, becomes 451.
    ///
    /// - Throws: when a line is none, or has another code; when it is not 4yz or 5yz.
    static func reply(_ octets: [UInt8]) throws(MilterError) -> SMTPReply {
        let malformed = MilterError("a reply for the client that is none")
        guard octets.count <= 8192 else { throw malformed }
        var rest = octets[...]
        if rest.last == 0x0A { rest = rest.dropLast() }
        if rest.last == 0x0D { rest = rest.dropLast() }
        var lines: [[UInt8]] = rest.split(separator: 0x0A, omittingEmptySubsequences: false).map(Array.init)
        for index in lines.indices where lines[index].last == 0x0D { lines[index].removeLast() }
        var (code, status, texts): (Int?, EnhancedStatus?, [String]) = (nil, nil, [])
        for (place, line) in lines.enumerated() {
            let text = printable(line)
            guard text.utf8.count >= 3, let number = Int(text.prefix(3)), (400..<600).contains(number),
                code == nil || code == number
            else { throw malformed }
            code = number
            let mark = text.dropFirst(3).first
            guard mark == nil || mark == (place == lines.count - 1 ? " " : "-") else { throw malformed }
            let (own, words) = split(text.dropFirst(4))
            status = status ?? own
            texts.append(words.replacing("%%", with: "%"))
        }
        guard let code, texts.count <= 32 else { throw malformed }
        let isStatusRight = status.map { $0.statusClass == code / 100 } ?? false
        return SMTPReply(
            code == 421 ? 451 : code,
            isStatusRight ? status : EnhancedStatus(code / 100, 7, 1),
            lines: texts.map { String($0.prefix(400)) }
        )
    }

    /// The enhanced status in front of the words, where there is one.
    private static func split(_ text: Substring) -> (EnhancedStatus?, String) {
        let parts = text.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, let status = status(first) else { return (nil, String(text)) }
        return (status, parts.count > 1 ? String(parts[1]) : "")
    }

    private static func status(_ text: Substring) -> EnhancedStatus? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3,
            parts.allSatisfy({ (1...3).contains($0.utf8.count) && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } })
        else { return nil }
        let numbers = parts.compactMap { Int($0) }
        return EnhancedStatus(numbers[0], numbers[1], numbers[2])
    }
}
