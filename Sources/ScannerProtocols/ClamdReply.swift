// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// One reply of clamd, as the `z` commands end it (clamd(8), "IDSESSION" and "INSTREAM").
public enum ClamdReply: Hashable, Sendable {
    /// Nothing was found.
    case clean
    /// The name of what was found.
    case found(String)
    /// The stream is longer than clamd's StreamMaxLength.
    case tooLarge
    /// Clamd could not scan, in its own words.
    case failed(String)
    /// Anything else, such as `PONG` and the version.
    case other(String)

    /// Reads a reply without its NUL: `stream: OK`, `1: stream: Eicar-Test-Signature FOUND`, `INSTREAM size limit exceeded. ERROR`.
    public init(_ line: String) {
        var text = Substring(line)
        // The number of the command in its session.
        if let colon = text.firstIndex(of: ":"), !text[..<colon].isEmpty, text[..<colon].utf8.allSatisfy(\.isDigit) {
            text = text[text.index(after: colon)...].drop { $0 == " " }
        }
        let result = text.hasPrefix("stream: ") ? text.dropFirst(8) : text
        if result == "OK" {
            self = .clean
        } else if result.hasSuffix(" FOUND") {
            self = .found(String(result.dropLast(6)))
        } else if result.hasSuffix("ERROR") {
            self = result.contains("size limit exceeded") ? .tooLarge : .failed(String(result))
        } else {
            self = .other(String(result))
        }
    }
}

extension UInt8 {
    fileprivate var isDigit: Bool { (0x30...0x39).contains(self) }
}
