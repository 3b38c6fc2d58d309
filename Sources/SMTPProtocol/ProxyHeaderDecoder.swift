// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

package import struct NIOCore.ByteBuffer

/// Reads the header that a proxy puts before a connection: the PROXY protocol, version 2 (haproxy.org, proxy-protocol.txt §2.2).
///
/// ```text
/// 0D 0A 0D 0A 00 0D 0A 51 55 49 54 0A   signature
/// 21 11 00 0C                           version 2, PROXY; TCP over IPv4; 12 octets follow
/// C6 33 64 07 CB 00 71 05  9C 40 00 19  source and destination address, source and destination port
/// ```
/// What follows the addresses (TLVs) is skipped as it comes in; no more than the addresses is kept. The text of version 1 is refused: it says
/// nothing that version 2 does not, and its end must be searched for.
package struct ProxyHeaderDecoder: Sendable {
    /// What the header says.
    package enum Element: Equatable, Sendable {
        /// The connection is another client's, from this address of 4 or 16 octets.
        case client([UInt8])
        /// The connection is the proxy's own (LOCAL): it looks whether this server lives.
        case local
        /// There is no such header, or one that cannot be served.
        case fault(Fault)
    }

    /// What is wrong with a header.
    package enum Fault: Equatable, Sendable {
        /// The octets are no header.
        case missing
        /// They are the text of version 1.
        case version1
        /// Its version or command is not known.
        case version
        /// The client is not on a TCP connection of IPv4 or IPv6.
        case family
        /// It is too short for its addresses.
        case length

        /// In words, for the log.
        package var words: String {
            switch self {
            case .missing: "it does not send the header of the PROXY protocol"
            case .version1: "it sends version 1 of the PROXY protocol, expected version 2 (send-proxy-v2)"
            case .version: "its PROXY header has a version or command that is not known"
            case .family: "its PROXY header is of no TCP connection over IPv4 or IPv6"
            case .length: "its PROXY header is too short for its addresses"
            }
        }
    }

    private static let signature: [UInt8] = [13, 10, 13, 10, 0, 13, 10, 0x51, 0x55, 0x49, 0x54, 10]
    private static let fixedOctets = 16

    /// Octets of the header still to be skipped, and what it said.
    private var rest: (octets: Int, element: Element)?

    /// A decoder at the beginning of a connection.
    package init() {}

    /// Takes the header, or as much of it as is there, out of `input`.
    /// - Returns: what it says, once all of it was taken; nil while octets are missing. A fault is told as soon as it shows.
    package mutating func decode(_ input: inout ByteBuffer) -> Element? {
        if rest == nil {
            switch begin(input) {
            case nil: return nil
            case .fault(let fault): return .fault(fault)
            case .header(let octets, let element): rest = (octets, element)
            }
        }
        guard let (octets, element) = rest else { return nil }
        let taken = min(octets, input.readableBytes)
        input.moveReaderIndex(forwardBy: taken)
        rest = (octets - taken, element)
        return taken == octets ? element : nil
    }

    private enum Beginning {
        case header(octets: Int, Element)
        case fault(Fault)
    }

    private func begin(_ input: ByteBuffer) -> Beginning? {
        let octets = input.readableBytesView
        guard octets.starts(with: Self.signature.prefix(octets.count)) else {
            let text = Array("PROXY ".utf8)
            // A client's first command is seen by its first octet; the text of version 1 by all six.
            if octets.count < text.count, text.starts(with: octets) { return nil }
            return .fault(octets.starts(with: text) ? .version1 : .missing)
        }
        guard octets.count >= Self.fixedOctets else { return nil }
        let header = Array(octets.prefix(Self.fixedOctets))
        guard header[12] == 0x20 || header[12] == 0x21 else { return .fault(.version) }
        let length = Int(header[14]) << 8 | Int(header[15])
        // Of a connection of its own the proxy says nothing that counts.
        if header[12] == 0x20 { return .header(octets: Self.fixedOctets + length, .local) }
        let (address, addresses) = header[13] == 0x11 ? (4, 12) : header[13] == 0x21 ? (16, 36) : (0, 0)
        guard address > 0 else { return .fault(.family) }
        guard length >= addresses else { return .fault(.length) }
        guard octets.count >= Self.fixedOctets + address else { return nil }
        let source = Array(octets.dropFirst(Self.fixedOctets).prefix(address))
        return .header(octets: Self.fixedOctets + length, .client(source))
    }
}
