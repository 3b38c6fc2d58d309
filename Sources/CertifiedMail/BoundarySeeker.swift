// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// Finds the first boundary line of a multipart while it streams by (RFC 2046 §5.1.1).
struct BoundarySeeker {
    private let boundary: [UInt8]
    /// The current line as far as it may be a boundary; nil once it cannot.
    private var line: [UInt8]? = []
    /// Where the next octet lies in the message.
    private(set) var offset: Int

    init(_ boundary: String, at offset: Int) {
        self.boundary = Array("--\(boundary)".utf8)
        self.offset = offset
    }

    /// Takes octets up to the end of the boundary line.
    ///
    /// - Returns: how many belong to it and what stands before; nil when the line has not ended yet.
    mutating func append(_ octets: UnsafeRawBufferPointer) -> Int? {
        for (index, octet) in octets.enumerated() {
            offset += 1
            if octet == 0x0A {
                if let line, line.count >= boundary.count { return index + 1 }
                line = []
            } else if let length = line?.count {
                let belongs = length < boundary.count ? octet == boundary[length] : octet.isSpace
                if belongs, length < StructureScanner.maximumBoundaryLine { line?.append(octet) } else { line = nil }
            }
        }
        return nil
    }
}
