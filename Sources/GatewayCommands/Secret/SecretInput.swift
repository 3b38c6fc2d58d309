// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import MailModel

/// Reads a secret from standard input; a terminal does not show it, and asks twice unless told otherwise.
enum SecretInput {
    private static let limit = 65_536

    static func read(_ prompt: String, isRepeated: Bool = true) throws(CommandFailure) -> [UInt8] {
        guard isatty(STDIN_FILENO) == 1 else { return try readAll() }
        let first = try ask("\(prompt): ")
        guard isRepeated else { return first }
        guard try ask("\(prompt), again: ") == first else {
            throw CommandFailure("the two are not the same", remedy: "Nothing was changed: try again.")
        }
        return first
    }

    private static func readAll() throws(CommandFailure) -> [UInt8] {
        var octets: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 4096)
        while octets.count <= limit {
            let count = Glibc.read(STDIN_FILENO, &piece, piece.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                throw CommandFailure(
                    "cannot read standard input: \(String(cString: strerror(errno)))",
                    remedy: "Give the secret there: systemd-ask-password | ceralacca secret set NAME."
                )
            }
            guard count > 0 else { return octets }
            octets += piece[..<count]
        }
        throw CommandFailure(
            "the secret is larger than \(limit) octets",
            remedy: "Give the password alone, on one line."
        )
    }

    /// One line, as long as an address with a code in it may be. A terminal in its ordinary mode cuts lines at 4095 characters, so that it
    /// is read character by character.
    static func readVisibleLine() throws(CommandFailure) -> Secret {
        var before = termios()
        let isTerminal = tcgetattr(STDIN_FILENO, &before) == 0
        var raw = before
        raw.c_lflag &= ~tcflag_t(ICANON)
        if isTerminal { tcsetattr(STDIN_FILENO, TCSANOW, &raw) }
        defer { if isTerminal { tcsetattr(STDIN_FILENO, TCSANOW, &before) } }
        guard let text = String(validating: try readLine(), as: UTF8.self) else {
            throw CommandFailure("that is no text", remedy: "Paste the address alone, on one line.")
        }
        return Secret(String(text.drop(while: \.isWhitespace).prefix { !$0.isWhitespace }))
    }

    /// One line of the terminal, which neither shows it nor turns ^C into a signal that would leave it mute.
    private static func ask(_ prompt: String) throws(CommandFailure) -> [UInt8] {
        var before = termios()
        guard tcgetattr(STDIN_FILENO, &before) == 0 else { return try readAll() }
        var mute = before
        mute.c_lflag &= ~tcflag_t(ECHO | ICANON | ISIG)
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &mute)
        defer { tcsetattr(STDIN_FILENO, TCSAFLUSH, &before) }
        try CommandEnvironment.writeAll(Array(prompt.utf8), to: STDERR_FILENO)
        let line = try readLine()
        try CommandEnvironment.writeAll([0x0A], to: STDERR_FILENO)
        return line
    }

    private static func readLine() throws(CommandFailure) -> [UInt8] {
        var line: [UInt8] = []
        while line.count <= limit {
            var octet: UInt8 = 0
            let count = Glibc.read(STDIN_FILENO, &octet, 1)
            if count < 0, errno == EINTR { continue }
            guard count == 1 else { return line }
            switch octet {
            case 0x0A, 0x0D, 0x04: return line
            case 0x03: throw CommandFailure("interrupted", remedy: "Nothing was changed.")
            case 0x08, 0x7F:
                // A letter beyond ASCII has several octets.
                while let last = line.popLast(), last & 0xC0 == 0x80 {}
            case 0x15: line = []
            default: line.append(octet)
            }
        }
        throw CommandFailure(
            "the secret is larger than \(limit) octets",
            remedy: "Give the password alone, on one line."
        )
    }
}
