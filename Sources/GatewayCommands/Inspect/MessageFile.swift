// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import NIOCore

/// A file that is read in pieces, open as long as the value lives.
struct MessageFile: ~Copyable {
    private static let pieceOctets = 262_144

    private let path: String
    private let descriptor: Int32

    init(_ path: String) throws(CommandFailure) {
        self.path = path
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw CommandFailure(
                "cannot read \(path): \(String(cString: strerror(errno)))",
                remedy: "Name a file that you may read."
            )
        }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Gives the octets of `range`, or all, to `take`, piece by piece.
    func read(_ range: Range<Int> = 0..<Int.max, _ take: (ByteBuffer) -> Void) throws(CommandFailure) {
        var buffer = ByteBuffer()
        buffer.reserveCapacity(Self.pieceOctets)
        var place = range.lowerBound
        while place < range.upperBound {
            buffer.clear()
            let wanted = min(Self.pieceOctets, range.upperBound - place)
            var number: Int32 = 0
            let count = buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: wanted) { bytes in
                let count = pread(descriptor, bytes.baseAddress, wanted, off_t(place))
                if count < 0 { number = errno }
                return max(0, count)
            }
            guard number == 0 else {
                throw CommandFailure(
                    "cannot read \(path): \(String(cString: strerror(number)))",
                    remedy: "Name a message, not a directory."
                )
            }
            guard count > 0 else { return }
            take(buffer)
            place += count
        }
    }

    /// All octets.
    func contents() throws(CommandFailure) -> [UInt8] {
        var octets: [UInt8] = []
        try read { octets += $0.readableBytesView }
        return octets
    }
}
