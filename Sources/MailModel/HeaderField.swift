// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import struct NIOCore.ByteBuffer

/// One field of a header section: name and body (RFC 5322 §2.2).
public struct HeaderField: Sendable {
    private let octets: ByteBuffer
    private let field: HeaderScanner.Field

    init(_ field: HeaderScanner.Field, in octets: ByteBuffer) {
        self.octets = octets
        self.field = field
    }

    /// The name as it was written, without colon.
    public var name: String {
        octets.withUnsafeReadableBytes { String(decoding: $0[field.start..<field.nameEnd], as: UTF8.self) }
    }

    /// The body, unfolded (RFC 5322 §2.2.3), without white space at its ends; UTF-8, or Latin-1 where it is not UTF-8.
    public var body: String { octets.withUnsafeReadableBytes { field.body(in: $0) } }

    /// Where the field lies in the message, its last line end included.
    public var range: Range<Int> { field.start..<field.next }

    /// The field as it was written, its last line end included.
    public var written: ByteBuffer {
        octets.getSlice(at: octets.readerIndex + field.start, length: field.next - field.start) ?? ByteBuffer()
    }

    /// True when the field has this name; letters compare without case (RFC 5322 §1.2.2).
    public func isNamed(_ name: String) -> Bool {
        name.utf8.count == field.nameEnd - field.start
            && octets.withUnsafeReadableBytes { field.isNamed(name, in: $0) }
    }
}

extension HeaderScanner.Field {
    func isNamed(_ name: String, in octets: UnsafeRawBufferPointer) -> Bool {
        guard name.utf8.count == nameEnd - start else { return false }
        var index = start
        for wanted in name.utf8 {
            guard Self.folded(wanted) == Self.folded(octets[index]) else { return false }
            index += 1
        }
        return true
    }

    func body(in octets: UnsafeRawBufferPointer) -> String {
        var bytes = octets[bodyStart..<end]
        while let first = bytes.first, Self.isSpace(first) { bytes = bytes.dropFirst() }
        while let last = bytes.last, Self.isSpace(last) { bytes = bytes.dropLast() }
        guard bytes.contains(0x0A) else { return Self.text(bytes) }
        var unfolded: [UInt8] = []
        unfolded.reserveCapacity(bytes.count)
        for octet in bytes {
            if octet == 0x0A {
                if unfolded.last == 0x0D { unfolded.removeLast() }
            } else {
                unfolded.append(octet)
            }
        }
        return Self.text(unfolded)
    }

    private static func text(_ bytes: some Collection<UInt8>) -> String {
        if let text = String(validating: bytes, as: UTF8.self) { return text }
        var text = ""
        text.unicodeScalars.append(contentsOf: bytes.lazy.map { Unicode.Scalar($0) })
        return text
    }

    private static func isSpace(_ octet: UInt8) -> Bool {
        octet == 0x20 || octet == 0x09 || octet == 0x0A || octet == 0x0D
    }

    private static func folded(_ octet: UInt8) -> UInt8 { (0x41...0x5A).contains(octet) ? octet | 0x20 : octet }
}
