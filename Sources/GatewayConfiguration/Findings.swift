// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import SecretsVault

/// A place in the file, both from 1.
struct Position: Hashable {
    var line: Int
    var column: Int

    static let start = Self(line: 1, column: 1)
}

/// Collects what is found while one file is read.
///
/// It also knows what may be shown: a password that somebody wrote in clear into the file appears in no remark.
final class Findings {
    let file: String
    /// Whether the files that are named are looked at.
    let checksFiles: Bool
    /// Keys that stand twice: the name put in place of the first, and the key that it stood for.
    var duplicates: [String: String] = [:]
    /// Values that are never shown.
    var concealed: [String] = []
    /// The secrets of the vault that the file names, with their places.
    var vaultSecrets: [(field: Field, name: SecretName)] = []
    /// The secrets that are suffixes of recipients, and as such have a form.
    var suffixes: [(field: Field, secret: SecretReference)] = []
    /// What the machine is to give, with the places where the file asks for it.
    var hostQuestions: [(position: Position, path: String, question: HostQuestion)] = []
    private(set) var mistakes: [ConfigurationRemark] = []
    private(set) var warnings: [ConfigurationRemark] = []
    private let lines: [Substring]

    init(file: String, text: String, checksFiles: Bool) {
        self.file = file
        self.checksFiles = checksFiles
        lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
    }

    func mistake(_ position: Position, _ path: String, _ message: String) {
        mistakes.append(remark(position, path, message))
    }

    func warning(_ position: Position, _ path: String, _ message: String) {
        warnings.append(remark(position, path, message))
    }

    func error() -> ConfigurationError { ConfigurationError(mistakes: sorted(mistakes), warnings: sortedWarnings) }

    var sortedWarnings: [ConfigurationRemark] { sorted(warnings) }

    /// Asks the machine; what hinders no start becomes a warning.
    ///
    /// - Returns: what does.
    func look(_ look: HostLook, state: String) -> [ConfigurationRemark] {
        var obstacles: [ConfigurationRemark] = []
        for (position, path, question) in hostQuestions {
            guard let answer = look(question, state) else { continue }
            if answer.isObstacle {
                obstacles.append(remark(position, path, answer.words))
            } else {
                warning(position, path, answer.words)
            }
        }
        return sorted(obstacles)
    }

    /// The text as a remark may show it: what spans lines, is long, or may be a password is only described.
    func show(_ text: String, at position: Position) -> String {
        guard !text.isEmpty else { return "an empty text" }
        let isOnItsLine = lines.indices.contains(position.line - 1) && lines[position.line - 1].contains(text)
        let limit = text.contains { $0.isWhitespace } ? 20 : 100
        guard isOnItsLine, text.unicodeScalars.count <= limit, !text.contains("@") || !text.contains("://"),
            !concealed.contains(where: { text.contains($0) }), !Self.soundsSecret(text)
        else { return "a text (not shown)" }
        return "'\(text)'"
    }

    /// True for words that stand beside passwords.
    static func soundsSecret(_ text: String) -> Bool {
        let lower = text.lowercased()
        return ["passw", "secret", "pwd"].contains { lower.contains($0) } && !text.hasPrefix("/")
    }

    /// The path from the directory of the configuration file.
    func absolute(_ path: String) -> String {
        guard !path.hasPrefix("/"), let slash = file.lastIndex(of: "/") else { return path }
        return "\(file[...slash])\(path)"
    }

    private func remark(_ position: Position, _ path: String, _ message: String) -> ConfigurationRemark {
        ConfigurationRemark(file: file, line: position.line, column: position.column, path: path, message: message)
    }

    private func sorted(_ remarks: [ConfigurationRemark]) -> [ConfigurationRemark] {
        remarks.enumerated().sorted {
            ($0.element.line, $0.element.column, $0.offset) < ($1.element.line, $1.element.column, $1.offset)
        }
        .map(\.element)
    }
}
