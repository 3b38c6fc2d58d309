// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// What a document holds, piece by piece.
enum XMLToken: Equatable {
    /// `<a:name x="1">`; `name` and the names of attributes without their prefixes.
    case start(XMLStart)
    /// `</a:name>`, the name without its prefix, and the markup as it stands.
    case end(name: String, raw: String)
    /// Character data, references resolved; never more than one line of markup is lost in it.
    case text(String)
}

/// A start tag.
struct XMLStart: Equatable {
    /// Without prefix.
    let name: String
    /// Without prefixes, in their order.
    let attributes: [Attribute]
    /// True for `<name/>`.
    let isEmpty: Bool
    /// The markup as it stands.
    let raw: String

    struct Attribute: Equatable {
        let name: String
        let value: String
    }

    /// The value of an attribute, letters without case.
    func attribute(_ name: String) -> String? {
        attributes.first { $0.name.lowercased() == name }?.value
    }
}
