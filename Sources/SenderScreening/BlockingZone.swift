// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
public import NameResolution

/// A list of clients in the DNS, a DNSBL (RFC 5782), and how much its word weighs.
public struct BlockingZone: Hashable, Sendable {
    /// The zone: `zen.spamhaus.org`.
    public var name: String
    /// What a listing adds to the client's score; negative for a list of good ones.
    public var weight: Int
    /// The answers that count; every one of 127.0.0.0/8 when there is none.
    public var answers: [AnswerPattern]

    /// A zone.
    public init(_ name: String, weight: Int = 1, answers: [AnswerPattern] = []) {
        self.name = name
        self.weight = weight
        self.answers = answers
    }

    /// The name that is asked for: the octets of an IPv4 address or the nibbles of an IPv6 address, backwards, before the zone (RFC 5782 §2.1, §2.4).
    public func question(_ address: ClientKey) -> String { "\(ReverseName.labels(address)).\(name)" }

    /// The addresses of an answer that say that the client is listed.
    ///
    /// Anything outside 127.0.0.0/8 comes from a resolver or a domain seller that answers everything, and 127.255.255.0/24 is how a list tells that
    /// it refuses to answer this resolver: neither is a listing.
    public func listings(_ answer: DNSAnswer) -> [String] {
        answer.records.filter { record in
            guard record.count == 4, record[0] == 127, record[0..<3] != [127, 255, 255] else { return false }
            return answers.isEmpty || answers.contains { $0.matches(record) }
        }.map(IPAddress.format)
    }

    /// True when the list says that it does not answer this resolver.
    public func isRefusal(_ answer: DNSAnswer) -> Bool {
        answer.records.contains { $0.count == 4 && $0[0..<3] == [127, 255, 255] }
    }
}

/// Answers of a DNSBL: `127.0.0.2`, `127.0.0.4-7`, `127.0.*.3`.
public struct AnswerPattern: Hashable, Sendable, CustomStringConvertible {
    /// As it was written.
    public let description: String
    private let octets: [ClosedRange<UInt8>]

    /// Reads a pattern; nil unless it has four numbers, ranges or stars, of which the first is 127.
    public init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        let octets = parts.compactMap { Self.range($0) }
        guard parts.count == 4, octets.count == 4, octets[0] == 127...127 else { return nil }
        self.octets = octets
        description = text
    }

    private static func range(_ text: Substring) -> ClosedRange<UInt8>? {
        if text == "*" { return .min ... .max }
        let ends = text.split(separator: "-", omittingEmptySubsequences: false)
        let numbers = ends.compactMap { end in
            (1...3).contains(end.utf8.count) && end.utf8.allSatisfy { (0x30...0x39).contains($0) } ? UInt8(end) : nil
        }
        guard numbers.count == ends.count, let low = numbers.first, let high = numbers.last, numbers.count <= 2,
            low <= high
        else { return nil }
        return low...high
    }

    /// True when the four octets are among them.
    func matches(_ record: [UInt8]) -> Bool {
        record.count == 4 && zip(octets, record).allSatisfy { $0.contains($1) }
    }
}
