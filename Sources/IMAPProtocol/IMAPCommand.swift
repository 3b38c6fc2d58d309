// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

/// A command of IMAP4rev1 and of the extensions that retrieval uses.
///
/// ```text
/// C: A7 UID FETCH 4711 (UID BODY.PEEK[])
/// ```
public enum IMAPCommand: Hashable, Sendable {
    /// CAPABILITY.
    case capability
    /// STARTTLS.
    case startTLS
    /// AUTHENTICATE with a mechanism and, in base 64, an initial response (RFC 4959); `=` stands for an empty one.
    case authenticate(mechanism: String, initialResponse: Secret?)
    /// LOGIN.
    case login(String, Secret)
    /// SELECT; with `modificationSequences` the server tells HIGHESTMODSEQ (RFC 7162 §3.1.8).
    case select(IMAPMailboxName, modificationSequences: Bool)
    /// UID FETCH of identifier, size and flags of every message.
    case list
    /// UID FETCH of one message, without setting \Seen.
    case retrieve(IMAPUID)
    /// UID STORE of \Deleted.
    case markDeleted(IMAPSequenceSet)
    /// EXPUNGE: all that is \Deleted goes, whoever marked it.
    case expunge
    /// UID EXPUNGE: these go if they are \Deleted (RFC 4315 §2.1).
    case expungeOnly(IMAPSequenceSet)
    /// UID MOVE (RFC 6851).
    case move(IMAPSequenceSet, to: IMAPMailboxName)
    /// UID COPY.
    case copy(IMAPSequenceSet, to: IMAPMailboxName)
    /// CREATE.
    case create(IMAPMailboxName)
    /// GETQUOTAROOT (RFC 9208 §4.1.2).
    case quotaRoot(IMAPMailboxName)
    /// IDLE (RFC 2177).
    case idle
    /// LOGOUT.
    case logout

    /// The command's lines with `tag`, each with its end: the first is sent at once, each other one when the server asks for it by
    /// a continuation request. They may show a password. Literals of up to `nonSynchronizingOctets` are sent without waiting
    /// (RFC 7888); nil for none.
    func lines(tag: String, nonSynchronizingOctets: Int?) -> [Secret] {
        guard case .login(let login, let password) = self else { return [Secret("\(tag) \(words)\r\n")] }
        var lines: [String] = []
        var line = "\(tag) LOGIN"
        for argument in [login, password.reveal()] {
            if let quoted = Self.quoted(argument) {
                line += " \(quoted)"
            } else if let limit = nonSynchronizingOctets, argument.utf8.count <= limit {
                line += " {\(argument.utf8.count)+}\r\n\(argument)"
            } else {
                lines.append("\(line) {\(argument.utf8.count)}\r\n")
                line = argument
            }
        }
        return (lines + ["\(line)\r\n"]).map { Secret($0) }
    }

    /// The command without its tag; of LOGIN the name alone. The response of AUTHENTICATE is a password or a token.
    private var words: String {
        switch self {
        case .capability: "CAPABILITY"
        case .startTLS: "STARTTLS"
        case .authenticate(let mechanism, nil): "AUTHENTICATE \(mechanism)"
        case .authenticate(let mechanism, let response?): "AUTHENTICATE \(mechanism) \(response.reveal())"
        case .login: "LOGIN"
        case .select(let mailbox, false): "SELECT \(Self.quoted(mailbox))"
        case .select(let mailbox, true): "SELECT \(Self.quoted(mailbox)) (CONDSTORE)"
        case .list: "UID FETCH 1:* (UID RFC822.SIZE FLAGS)"
        case .retrieve(let uid): "UID FETCH \(uid) (UID BODY.PEEK[])"
        case .markDeleted(let set): "UID STORE \(set) +FLAGS.SILENT (\\Deleted)"
        case .expunge: "EXPUNGE"
        case .expungeOnly(let set): "UID EXPUNGE \(set)"
        case .move(let set, let mailbox): "UID MOVE \(set) \(Self.quoted(mailbox))"
        case .copy(let set, let mailbox): "UID COPY \(set) \(Self.quoted(mailbox))"
        case .create(let mailbox): "CREATE \(Self.quoted(mailbox))"
        case .quotaRoot(let mailbox): "GETQUOTAROOT \(Self.quoted(mailbox))"
        case .idle: "IDLE"
        case .logout: "LOGOUT"
        }
    }

    /// A mailbox's name is printable ASCII on the wire: quoting carries all of it.
    private static func quoted(_ mailbox: IMAPMailboxName) -> String { quoted(mailbox.encoded) ?? "\"\"" }

    /// Nil for what a quoted string cannot carry.
    private static func quoted(_ text: String) -> String? {
        guard text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else { return nil }
        let escaped = text.flatMap { ["\"", "\\"].contains($0) ? ["\\", $0] : [$0] }
        return "\"\(String(escaped))\""
    }
}
