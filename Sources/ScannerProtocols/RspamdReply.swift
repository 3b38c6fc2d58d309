// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Foundation

/// What rspamd answers to `/checkv2`, as far as it matters here (rspamd's protocol: <https://rspamd.com/doc/developers/protocol.html>).
///
/// ```text
/// {"score":6.5,"required_score":15.0,"action":"add header","symbols":{"FORGED":{"score":6.5}},
///  "milter":{"add_headers":{"Authentication-Results":{"value":"…","order":1}},"remove_headers":{"X-Spam":0}}}
/// ```
public struct RspamdReply: Hashable, Sendable {
    /// What it asks for.
    public enum Action: String, Hashable, Sendable, CaseIterable {
        case noAction = "no action"
        case greylist
        case addHeader = "add header"
        case rewriteSubject = "rewrite subject"
        case softReject = "soft reject"
        case reject
        case quarantine
        case discard
    }

    /// A field that it wants on top.
    public struct AddedField: Hashable, Sendable {
        /// Its name.
        public let name: String
        /// Its body.
        public let body: String
    }

    /// A field that it wants taken out.
    public struct RemovedField: Hashable, Sendable {
        /// Its name.
        public let name: String
        /// 1 is the first, -1 the last, 0 stands for all.
        public let occurrence: Int
    }

    /// Octets of the longest answer that is read whole; one with hundreds of symbols and addresses is far shorter.
    public static let maximumOctets = 1_048_576
    /// Fields that are added and removed at most; of more, the first are taken: those to take out, then those for the top.
    public static let maximumFields = 100

    /// Nil for an action of the installation's own, which asks for a mark at least.
    public let action: Action?
    /// The score.
    public let score: Double
    /// The score from which on it is refused.
    public let requiredScore: Double?
    /// The names of what matched, those that weigh most first.
    public let symbols: [String]
    /// What the sender is to be told.
    public let message: String?
    /// Fields for the top, in their order.
    public let addedFields: [AddedField]
    /// Fields to take out.
    public let removedFields: [RemovedField]
    /// True when the answer says more than was taken of it; action and score are its own all the same.
    public let isCut: Bool

    /// Reads action and scores from the first octets of an answer that is too long to be read whole; nil when they do not stand there.
    public init?(beginning octets: some Collection<UInt8>) {
        let members = RspamdBeginning(octets, names: ["action", "score", "required_score"]).members
        func number(_ name: String) -> Double? {
            members[name].flatMap { Double(String(decoding: $0, as: UTF8.self).trimmingCharacters(in: .whitespaces)) }
                .flatMap { $0.isFinite ? $0 : nil }
        }
        guard let word = members["action"], let score = number("score") else { return nil }
        action = Action(rawValue: String(decoding: word, as: UTF8.self))
        self.score = score
        requiredScore = number("required_score")
        (symbols, message, addedFields, removedFields) = ([], nil, [], [])
        isCut = true
    }

    /// Reads an answer; nil when it is not JSON, too long, or lacks action or score.
    public init?(_ octets: some Collection<UInt8>) {
        guard octets.count <= Self.maximumOctets else { return nil }
        let answer: Answer
        do { answer = try JSONDecoder().decode(Answer.self, from: Data(octets)) } catch { return nil }
        guard answer.score.isFinite else { return nil }
        action = Action(rawValue: answer.action)
        score = answer.score
        requiredScore = answer.requiredScore.flatMap { $0.isFinite ? $0 : nil }
        symbols = (answer.symbols ?? [:])
            .sorted { (abs($0.value.score ?? 0), $1.key) > (abs($1.value.score ?? 0), $0.key) }.map(\.key)
        message = answer.messages?.reply
        let added = (answer.milter?.added ?? [:])
            .flatMap { name, bodies in bodies.all.map { (order: $0.order, AddedField(name: name, body: $0.value)) } }
            .sorted { ($0.order, $0.1.name, $0.1.body) < ($1.order, $1.1.name, $1.1.body) }.map(\.1)
        let signatures = (answer.signature?.all ?? []).map { AddedField(name: "DKIM-Signature", body: $0.value) }
        let removed = (answer.milter?.removed ?? [:])
            .flatMap { name, places in places.all.map { RemovedField(name: name, occurrence: $0) } }
            .sorted { ($0.name, $0.occurrence) < ($1.name, $1.occurrence) }
        removedFields = Array(removed.prefix(Self.maximumFields))
        addedFields = Array((added + signatures).prefix(Self.maximumFields - removedFields.count))
        isCut = added.count + signatures.count + removed.count > Self.maximumFields
    }
}

// MARK: JSON

private struct Answer: Decodable {
    struct Symbol: Decodable { let score: Double? }
    struct Messages: Decodable {
        let reply: String?

        enum CodingKeys: String, CodingKey { case reply = "smtp_message" }
    }
    struct Milter: Decodable {
        let added: [String: OneOrMore<FieldBody>]?
        let removed: [String: OneOrMore<Int>]?

        enum CodingKeys: String, CodingKey {
            case added = "add_headers"
            case removed = "remove_headers"
        }
    }

    let action: String
    let score: Double
    let requiredScore: Double?
    let symbols: [String: Symbol]?
    let messages: Messages?
    let milter: Milter?
    let signature: OneOrMore<FieldBody>?

    enum CodingKeys: String, CodingKey {
        case action, score, symbols, messages, milter
        case requiredScore = "required_score"
        case signature = "dkim-signature"
    }

    init(from decoder: any Decoder) throws {
        let answer = try decoder.container(keyedBy: CodingKeys.self)
        action = try answer.decode(String.self, forKey: .action)
        score = try answer.decode(Double.self, forKey: .score)
        requiredScore = try answer.decodeIfPresent(Double.self, forKey: .requiredScore)
        symbols = try answer.decodeIfPresent([String: Symbol].self, forKey: .symbols)
        // Lua's tables are objects or lists as they please: an empty one may be either.
        do { messages = try answer.decodeIfPresent(Messages.self, forKey: .messages) } catch { messages = nil }
        milter = try answer.decodeIfPresent(Milter.self, forKey: .milter)
        signature = try answer.decodeIfPresent(OneOrMore<FieldBody>.self, forKey: .signature)
    }
}

/// Lua writes one value as itself, several as a list.
private struct OneOrMore<Element: Decodable>: Decodable {
    let all: [Element]

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        do { all = try container.decode([Element].self) } catch { all = [try container.decode(Element.self)] }
    }
}

/// `"body"`, or `{"value": "body", "order": 1}`.
private struct FieldBody: Decodable {
    let value: String
    let order: Int

    private enum CodingKeys: CodingKey { case value, order }

    init(from decoder: any Decoder) throws {
        do {
            value = try decoder.singleValueContainer().decode(String.self)
            order = 0
        } catch {
            let object = try decoder.container(keyedBy: CodingKeys.self)
            value = try object.decode(String.self, forKey: .value)
            order = try object.decodeIfPresent(Int.self, forKey: .order) ?? 0
        }
    }
}
