// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// The words of `errore-esteso`, taken apart as AgID's note 12 of 2015 writes them.
///
/// ```text
/// 5.1.1 - ARUBA PEC S.p.A. - indirizzo non valido
/// 5.5.1, Aruba Pec S.p.A., presenza di un virus nel messaggio
/// ```
/// Older providers write free text, or a list of reasons with a dash in front of each.
public struct FailureDetail: Hashable, Sendable {
    /// What the detail comes to.
    public enum Reason: String, CaseIterable, Sendable {
        /// The address or the box does not exist, or is no longer valid.
        case unknownAddress = "unknown-address"
        /// The domain does not exist.
        case unknownDomain = "unknown-domain"
        /// The box is there, but not in use.
        case mailboxDisabled = "mailbox-disabled"
        /// The box is full.
        case mailboxFull = "mailbox-full"
        /// The message, or the message times its recipients, is too big.
        case messageTooBig = "message-too-big"
        /// Not delivered in the time that the law gives.
        case timeout
        /// A virus was found.
        case virus
        /// A policy of the box or the provider does not allow it.
        case policy
        /// The other side was not there.
        case unavailable
        /// None of these, or not told.
        case other
    }

    /// As it was written, without white space at its ends.
    public let raw: String
    /// The enhanced status code in front (RFC 3463): `5.1.1`; nil without one.
    public let code: String?
    /// The provider that is named behind the code.
    public let provider: String?
    /// The words, without code and provider.
    public let text: String
    /// The reasons of a list, one each; a single one when there is no list.
    public let reasons: [String]
    /// What the code says, or, without one, the words.
    public let reason: Reason

    /// Takes the words apart; never fails.
    public init(_ text: String) {
        raw = text.trimmingSpace
        let (code, separator, rest) = Self.splitCode(raw)
        var words = rest
        var provider: String?
        if code != nil, let split = Self.split(rest, at: separator) {
            provider = split.head
            words = split.tail
        }
        self.code = code
        self.provider = provider
        self.text = words
        reasons = Self.list(words)
        reason = Self.reason(code: code, words: words.lowercased())
    }

    private static func splitCode(_ text: String) -> (code: String?, separator: Character, rest: String) {
        let code = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        let numbers = code.split(separator: ".", omittingEmptySubsequences: false)
        guard numbers.count == 3, numbers[0].utf8.count == 1,
            numbers.dropFirst().allSatisfy({ (1...3).contains($0.utf8.count) })
        else { return (nil, "-", text) }
        let rest = text[code.endIndex...].trimmingSpace
        guard let separator = rest.first, "-,:\u{2013}".contains(separator) else { return (String(code), "-", rest) }
        return (String(code), separator, rest.dropFirst().trimmingSpace)
    }

    /// The provider and the words: cut at the separator that stood behind the code, with blanks around it where there is one such.
    private static func split(_ text: String, at separator: Character) -> (head: String, tail: String)? {
        let line = text.prefix { $0 != "\n" && $0 != "\r\n" }
        let characters = Array(line)
        let places = characters.indices.filter { characters[$0] == separator }
        let spaced = places.first { $0 > 0 && $0 + 1 < characters.count && characters[$0 + 1] == " " }
        guard let place = spaced ?? places.first else { return nil }
        let head = String(characters[..<place]).trimmingSpace
        let tail = text.dropFirst(place + 1).trimmingSpace
        return head.isEmpty || tail.isEmpty ? nil : (head, tail)
    }

    private static func list(_ text: String) -> [String] {
        let lines = text.split { $0 == "\n" || $0 == "\r\n" || $0 == "\r" }.map(\.trimmingSpace)
        let items = lines.filter { $0.hasPrefix("- ") }.prefix(100).map { $0.dropFirst(2).trimmingSpace }
        guard items.isEmpty else { return items }
        return text.isEmpty ? [] : [lines.joined(separator: " ")]
    }

    private static func reason(code: String?, words: String) -> Reason {
        if words.contains("virus") || words.contains("malware") { return .virus }
        let byCode: Reason? =
            switch code.map({ String($0.dropFirst(2)) }) {
            case "1.1", "1.3", "1.6", "1.10": .unknownAddress
            case "1.2": .unknownDomain
            case "2.1": .mailboxDisabled
            case "2.2": .mailboxFull
            case "2.3", "3.4": .messageTooBig
            case "4.1", "4.7": .timeout
            case "3.2", "4.2", "4.4": .unavailable
            case "7.1": .policy
            default: nil
            }
        return byCode ?? vocabulary.first { entry in entry.words.contains { words.contains($0) } }?.reason ?? .other
    }

    /// What providers say without a code, the most certain first.
    private static let vocabulary: [(words: [String], reason: Reason)] = [
        (["quota", "casella piena", "mailbox full"], .mailboxFull),
        (["dimensione massima", "troppo grande"], .messageTooBig),
        (["non ammess", "policy", "non consentit"], .policy),
        (["ventiquattro ore", "dodici ore", "24 ore", "12 ore"], .timeout),
        (["disattivat", "disabilitat", "sospes"], .mailboxDisabled),
        (["dominio inesistente", "dominio non valido", "dominio sconosciuto"], .unknownDomain),
        (["non valid", "inesistente", "sconosciut", "revocat", "non esiste"], .unknownAddress),
        (["non e' disponibile", "non è disponibile", "non disponibile", "irraggiungibile"], .unavailable),
    ]
}
