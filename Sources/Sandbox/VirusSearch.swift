// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import MailModel

/// Looks for what every virus scanner takes for a virus: the test file of EICAR.
enum VirusSearch {
    /// The name that scanners give it.
    static let name = "Eicar-Test-Signature"

    /// What the file holds, in two pieces, so that no scanner takes this program for it.
    private static let marker = Array(("$EICAR-STANDARD" + "-ANTIVIRUS-TEST-FILE!").utf8)
    /// The marker as it stands, and its beginning in base 64 at each of the three places that an octet can have.
    private static let needles = [marker] + (0..<3).map { inBase64(at: $0) }

    /// The name of a virus in a message, as it stands or in base 64; nil where there is none.
    static func find(in message: [UInt8]) -> String? {
        message.withUnsafeBytes { octets in needles.contains { isFound($0, in: octets) } } ? name : nil
    }

    private static func isFound(_ needle: [UInt8], in octets: UnsafeRawBufferPointer) -> Bool {
        guard var place = octets.baseAddress, octets.count >= needle.count else { return false }
        let last = place + (octets.count - needle.count)
        while place <= last, let found = memchr(place, CInt(needle[0]), last - place + 1) {
            if memcmp(found, needle, needle.count) == 0 { return true }
            place = UnsafeRawPointer(found) + 1
        }
        return false
    }

    /// The characters of base 64 that the first octets of the marker alone decide when `place` octets stand before them.
    private static func inBase64(at place: Int) -> [UInt8] {
        let text = Base64.encode([UInt8](repeating: 0, count: place) + marker.prefix(15 - place))
        return Array(text.utf8.dropFirst(place == 0 ? 0 : place + 1))
    }
}
