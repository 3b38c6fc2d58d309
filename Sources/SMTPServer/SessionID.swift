// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// The name of a session in the log: eight characters of Crockford's base 32 by chance.
enum SessionID {
    private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)

    static func make() -> String {
        var bits = UInt64.random(in: .min ... .max)
        return String(unsafeUninitializedCapacity: 8) { buffer in
            for index in 0..<8 {
                buffer[index] = alphabet[Int(bits & 31)]
                bits >>= 5
            }
            return 8
        }
    }
}
