// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// Reading and writing of IP addresses (RFC 4291 §2.2, RFC 5952).
public enum IPAddress {
    /// The 4 or 16 octets of an address; nil for anything else. No zone, no leading zeros in IPv4.
    public static func parse(_ text: String) -> [UInt8]? {
        text.contains(":") ? parseIPv6(text) : parseIPv4(text)
    }

    /// The address in its usual spelling: dotted, or RFC 5952 with the longest run of zeros as `::`.
    public static func format(_ octets: [UInt8]) -> String {
        guard octets.count == 16 else { return octets.map(String.init).joined(separator: ".") }
        let groups = (0..<8).map { Int(octets[$0 * 2]) << 8 | Int(octets[$0 * 2 + 1]) }
        var best = 0..<0
        var index = 0
        while index < 8 {
            var end = index
            while end < 8, groups[end] == 0 { end += 1 }
            if end - index > max(1, best.count) { best = index..<end }
            index = max(end, index + 1)
        }
        let hex = groups.map { String($0, radix: 16) }
        guard !best.isEmpty else { return hex.joined(separator: ":") }
        return hex[..<best.lowerBound].joined(separator: ":") + "::" + hex[best.upperBound...].joined(separator: ":")
    }

    private static func parseIPv4(_ text: String) -> [UInt8]? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var octets: [UInt8] = []
        for part in parts {
            guard (1...3).contains(part.utf8.count), part.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                part.utf8.count == 1 || part.first != "0", let octet = UInt8(part)
            else { return nil }
            octets.append(octet)
        }
        return octets
    }

    private static func parseIPv6(_ text: String) -> [UInt8]? {
        guard text.utf8.count <= 45 else { return nil }
        guard let gap = text.firstRange(of: "::") else {
            let octets = parseGroups(text[...])
            return octets?.count == 16 ? octets : nil
        }
        let head = text[..<gap.lowerBound]
        let tail = text[gap.upperBound...]
        guard let front = head.isEmpty ? [] : parseGroups(head), let back = tail.isEmpty ? [] : parseGroups(tail),
            front.count + back.count <= 14, !head.contains(".")
        else { return nil }
        return front + [UInt8](repeating: 0, count: 16 - front.count - back.count) + back
    }

    private static func parseGroups(_ text: Substring) -> [UInt8]? {
        var octets: [UInt8] = []
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
            if part.contains(".") {
                guard index == parts.count - 1, let last = parseIPv4(String(part)) else { return nil }
                octets += last
            } else {
                guard (1...4).contains(part.utf8.count), part.utf8.allSatisfy({ $0 != 0x2B && $0 != 0x2D }),
                    let group = UInt16(part, radix: 16)
                else { return nil }
                octets += [UInt8(group >> 8), UInt8(group & 0xFF)]
            }
        }
        return octets.count <= 16 ? octets : nil
    }
}
