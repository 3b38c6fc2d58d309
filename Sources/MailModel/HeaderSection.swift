// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import struct NIOCore.ByteBuffer

/// The header section of a message (RFC 5322 §2.2): its fields in order, read once and never changed.
///
/// Reading never fails. Lines may end with LF alone. A line that is neither a field nor a continuation ends the section in front of
/// itself; the message then has no empty line between header and body, or no header at all.
public struct HeaderSection: Sendable {
    /// What is read of a header section; Exchange takes 256 KB by default as well.
    public static let maximumOctets = 262_144

    /// The length in octets with the empty line: where the body begins.
    public var octets: Int { scanner.end }
    /// True when every line was a field, a continuation or the empty line.
    public var isWellFormed: Bool { scanner.isWellFormed }
    /// True when a limit came before the end: fields may be missing.
    public let isTruncated: Bool
    /// True when the message begins with something that is neither a field nor the end of a header: all of it is body.
    public var isMissing: Bool { scanner.isBroken && scanner.end == 0 }
    /// True when a line that is no field ends the section behind its first fields: some readers go on behind it, others do not.
    public var isBroken: Bool { scanner.isBroken && scanner.end > 0 }

    private let scanner: HeaderScanner
    private let storage: ByteBuffer

    /// Reads the section at the head of `octets`, up to `limit` octets of it; what follows the section is left alone.
    public init(_ octets: ByteBuffer, limit: Int = HeaderSection.maximumOctets) {
        var collector = HeaderCollector(limit: limit)
        collector.append(octets)
        self = collector.section
    }

    init(_ scanner: HeaderScanner, storage: ByteBuffer, isTruncated: Bool) {
        self.scanner = scanner
        self.storage = storage
        self.isTruncated = isTruncated
    }

    /// The fields in their order.
    public var fields: [HeaderField] { scanner.fields.map { HeaderField($0, in: storage) } }

    /// The body of the first field of this name, unfolded; nil when there is none.
    ///
    /// Letters compare without case.
    public func first(_ name: String) -> String? {
        storage.withUnsafeReadableBytes { octets in
            scanner.fields.first { $0.isNamed(name, in: octets) }?.body(in: octets)
        }
    }

    /// The bodies of all fields of this name, unfolded, in their order.
    ///
    /// Letters compare without case.
    public func all(_ name: String) -> [String] {
        storage.withUnsafeReadableBytes { octets in
            scanner.fields.filter { $0.isNamed(name, in: octets) }.map { $0.body(in: octets) }
        }
    }

    /// How many fields have this name.
    public func count(_ name: String) -> Int {
        storage.withUnsafeReadableBytes { octets in scanner.fields.count { $0.isNamed(name, in: octets) } }
    }
}

extension HeaderSection {
    /// The identifier of Message-ID without its angle brackets and white space (RFC 5322 §3.6.4); nil when there is none.
    public var messageID: String? { first("Message-ID").flatMap(Self.identifier) }

    /// The identifier in the body of a Message-ID field; nil when there is none in it.
    package static func identifier(_ body: String) -> String? {
        var inner = body[...]
        if let open = body.firstIndex(of: "<") {
            inner = body[body.index(after: open)...]
            inner = inner[..<(inner.firstIndex(of: ">") ?? inner.endIndex)]
        }
        let identifier = String(inner.filter { !$0.isWhitespace })
        return identifier.isEmpty ? nil : identifier
    }

    /// How many servers the message says it passed: its Received fields (RFC 5321 §6.3).
    public var receivedCount: Int { count("Received") }
}
