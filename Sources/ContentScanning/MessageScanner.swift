// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel
public import MailQueue

/// One scanner that messages are shown to: a virus scanner, a spam filter, a milter.
public protocol MessageScanner: Sendable {
    /// How it is called in the log, in fields and in the quarantine: `clamav`.
    var name: String { get }
    /// Where it listens, as the configuration names it.
    var address: String { get }
    /// What it looks for.
    var role: ScannerRole { get }
    /// Scans one message.
    ///
    /// - Throws: when there is no verdict: the scanner is down, too slow, or answers what nobody understands. The configuration's `when_down` decides then.
    func scan(_ subject: ScanSubject, _ content: ScannedContent) async throws(ScannerError) -> ScanResult
    /// Asks it whether it works, for `check --connect`.
    /// - Returns: what it says of itself, such as its version.
    func check() async throws(ScannerError) -> String
    /// Closes connections that are kept.
    func close() async
}

/// What a scanner looks for.
public enum ScannerRole: Hashable, Sendable {
    /// Malware.
    case antivirus
    /// Unwanted mail.
    case antispam
    /// Whatever it likes; it may edit the message.
    case milter
}

/// What one scanner found.
public struct ScanResult: Sendable {
    /// What it asks for.
    public enum Action: Hashable, Sendable {
        /// Nothing.
        case pass
        /// Delivery with a mark on top.
        case tag
        /// That a person looks at it first.
        case quarantine
        /// Refusal for good.
        case reject(SMTPReply)
        /// Refusal for now: greylisting and the like.
        case postpone(SMTPReply)
        /// That it vanishes with a 250.
        case discard
    }

    /// What it asks for.
    public var action: Action
    /// What was found, in one line: `Eicar-Test-Signature`, `score 15.2 of 15: GTUBE`. Empty for nothing.
    public var words: String
    /// What a person should know of the answer, for the log; nil for nothing.
    public var remark: String?
    /// How likely it is spam, and from where on; nil for scanners that do not say.
    public var score: Double?
    /// The score from which on the scanner calls it spam.
    public var threshold: Double?
    /// What it asks to change, in this order.
    public var edits: [MessageEdit]

    /// A result.
    public init(
        _ action: Action,
        words: String = "",
        remark: String? = nil,
        score: Double? = nil,
        threshold: Double? = nil,
        edits: [MessageEdit] = []
    ) {
        self.action = action
        self.words = words
        self.remark = remark
        self.score = score
        self.threshold = threshold
        self.edits = edits
    }
}

/// A change that a scanner asks for; what the kind of mail forbids is left out (`MessageEditor`). Occurrences are those of the message as
/// the scanner saw it.
public enum MessageEdit: Sendable {
    /// A field on top, its body unfolded or folded.
    case addField(name: String, body: String)
    /// Another body for the field's `occurrence` (1 is the first); where there is none, a field on top.
    case changeField(name: String, occurrence: Int, body: String)
    /// The field's `occurrence` is taken out: 1 is the first, -1 the last, 0 stands for all.
    case removeField(name: String, occurrence: Int)
    /// A further recipient.
    case addRecipient(AddrSpec)
    /// A recipient who gets nothing.
    case removeRecipient(AddrSpec)
    /// Another reverse-path.
    case changeSender(ReversePath)
    /// Another body, whole.
    case replaceBody(MessageBody)
}

/// Why a scanner gave no verdict.
public struct ScannerError: Error, Hashable, CustomStringConvertible {
    /// What happened, with the scanner's address.
    public var description: String
    /// True when the connection was lost: on one that was kept, another try on a new one is worth while.
    public var mayBeStale: Bool

    /// An error.
    public init(_ description: String, mayBeStale: Bool = false) {
        self.description = description
        self.mayBeStale = mayBeStale
    }
}
