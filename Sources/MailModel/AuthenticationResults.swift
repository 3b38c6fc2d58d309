// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// Authentication-Results as far as it matters here: who says that it found them (RFC 8601 §2.2).
package enum AuthenticationResults {
    /// The name of the field.
    package static let name = "Authentication-Results"

    /// The authentication service identifier that a field body begins with; nil when it begins with none.
    ///
    /// ```text
    /// Authentication-Results: (note) relay.azienda.it 1; spf=pass smtp.mailfrom=example.it
    /// ```
    package static func service(of body: String) -> String? {
        var rest = body.unicodeScalars[...]
        skipSpaceAndComments(&rest)
        if rest.first == "\"" {
            rest.removeFirst()
            var name = String.UnicodeScalarView()
            while let scalar = rest.popFirst(), scalar != "\"" {
                if scalar == "\\", let quoted = rest.popFirst() { name.append(quoted) } else { name.append(scalar) }
            }
            return name.isEmpty ? nil : String(name)
        }
        let name = rest.prefix { !" \t\r\n;(".unicodeScalars.contains($0) }
        return name.isEmpty ? nil : String(name)
    }

    private static func skipSpaceAndComments(_ rest: inout Substring.UnicodeScalarView) {
        var depth = 0
        while let scalar = rest.first {
            switch scalar {
            case " ", "\t", "\r", "\n": break
            case "(": depth += 1
            case ")" where depth > 0: depth -= 1
            case "\\" where depth > 0: rest.removeFirst()
            case _ where depth > 0: break
            default: return
            }
            if !rest.isEmpty { rest.removeFirst() }
        }
    }
}

extension HeaderSection {
    /// The fields that say what this gateway found and that it did not write: results under its name (RFC 8601 §5), and scan fields.
    package func foreignResults(_ hostname: String) -> [HeaderField] {
        let hostname = hostname.lowercased()
        return fields.filter { field in
            if field.isNamed(AuthenticationResults.name) {
                return AuthenticationResults.service(of: field.body)?.lowercased() == hostname
            }
            return Self.scanFields.contains { field.isNamed($0) }
        }
    }

    private static let scanFields = [
        "X-Ceralacca-Scan", "X-Ceralacca-Spam", "X-Ceralacca-Spam-Score", "X-Ceralacca-Spam-Threshold",
        "X-Ceralacca-Spam-Level",
    ]
}
