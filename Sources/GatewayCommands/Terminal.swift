// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// Questions to whoever sits at the terminal.
enum Terminal {
    /// One line of standard input, behind `prompt` on standard error.
    static func ask(_ prompt: String) throws(CommandFailure) -> String {
        try CommandEnvironment.writeAll(Array(prompt.utf8), to: STDERR_FILENO)
        var line: [UInt8] = []
        while line.count <= 4096 {
            var octet: UInt8 = 0
            let count = Glibc.read(STDIN_FILENO, &octet, 1)
            if count < 0, errno == EINTR { continue }
            guard count == 1 else { break }
            if octet == 0x0A { return String(decoding: line, as: UTF8.self) }
            line.append(octet)
        }
        throw CommandFailure("there was no answer", remedy: "Nothing was changed.")
    }

    /// Asks for yes or no; an empty answer is `otherwise`.
    static func isYes(_ question: String, otherwise: Bool) throws(CommandFailure) -> Bool {
        let environment = CommandEnvironment.current
        while true {
            let answer = try environment.ask("\(question) [\(otherwise ? "Y/n" : "y/N")] ").lowercased()
            switch answer.filter({ $0 != " " && $0 != "\r" }) {
            case "": return otherwise
            case "y", "yes", "s", "si", "sì": return true
            case "n", "no": return false
            default: continue
            }
        }
    }

    /// Where relative paths begin.
    static var workingDirectory: String {
        guard let path = getcwd(nil, 0) else { return "." }
        defer { free(path) }
        return String(cString: path)
    }
}
