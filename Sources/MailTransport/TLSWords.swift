// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// The TLS library's errors for people.
package enum TLSWords {
    /// The description of an error, without the places in the library's source (` at /…/handshake.cc:297`).
    package static func text(_ error: any Error) -> String { withoutPlaces("\(error)") }

    static func withoutPlaces(_ text: String) -> String {
        var rest = text[...]
        var words = ""
        while let range = rest.firstRange(of: " at /") {
            words += rest[..<range.lowerBound]
            rest = rest[range.upperBound...].drop { !$0.isWhitespace && !")],;".contains($0) }
        }
        return words + rest
    }
}
