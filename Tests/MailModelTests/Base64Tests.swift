// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import Testing

@Suite struct Base64Tests {
    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ])
    func `the vectors of RFC 4648 section 10 hold in both directions`(_ plain: String, _ encoded: String) {
        #expect(Base64.encode(plain.utf8) == encoded)
        #expect(Base64.decode(encoded) == Array(plain.utf8))
    }

    @Test func `every octet survives at every length`() {
        let octets = (0..<512).map { UInt8(truncatingIfNeeded: $0 * 7) }
        for length in 0...512 {
            let piece = Array(octets.prefix(length))
            #expect(Base64.decode(Base64.encode(piece)) == piece)
        }
    }

    @Test(arguments: [
        "Z", "Zg", "Zg=", "Zg===", "=", "====", "Zm9v=", "Z=g=", "Zh==", "Zm9=", "Zm 9", "Zm9v\r\n", "Zmé=",
    ])
    func `anything but canonical base 64 is refused`(_ text: String) {
        #expect(Base64.decode(text) == nil)
    }
}
