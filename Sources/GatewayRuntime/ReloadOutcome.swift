// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
public import MailModel

/// The file in `state` that says how the running gateway's last reading of its configuration ended, for `ceralacca reload`.
public struct ReloadOutcome: Sendable {
    /// How it ended.
    public enum Ending: Hashable, Sendable {
        /// The configuration of the file is in use.
        case applied(path: String)
        /// Nothing has changed, for this reason.
        case refused(reason: String)
    }

    /// Its path.
    public let path: String

    /// The file of the gateway whose state is in `directory`.
    public init(state directory: String) {
        path = "\(directory)/reload.outcome"
    }

    /// What a text of this file says; nil for anything else.
    public static func read(_ text: String) -> Ending? {
        let parts = text.split(separator: " ", maxSplits: 2)
        guard parts.count == 3 else { return nil }
        let words = String(parts[2].prefix { $0 != "\n" })
        switch parts[1] {
        case "applied": return .applied(path: words)
        case "refused": return .refused(reason: words)
        default: return nil
        }
    }

    /// The text of an ending at `moment`, by which two of one kind differ.
    public static func text(_ ending: Ending, at moment: Timestamp) -> String {
        let words =
            switch ending {
            case .applied(let path): "applied \(path)"
            case .refused(let reason): "refused \(reason)"
            }
        return "\(moment.milliseconds) \(words.split(whereSeparator: \.isNewline).joined(separator: "; "))\n"
    }

    /// Puts the ending in the place of the last one, as a whole.
    package func write(_ ending: Ending, at moment: Timestamp) throws(GatewayError) {
        let temporary = "\(path).new"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.failure(temporary) }
        defer { close(descriptor) }
        let text = Self.text(ending, at: moment)
        guard Glibc.write(descriptor, text, text.utf8.count) == text.utf8.count, rename(temporary, path) == 0 else {
            throw Self.failure(temporary)
        }
    }

    private static func failure(_ path: String) -> GatewayError {
        GatewayError("cannot write \(path): \(String(cString: strerror(errno)))")
    }
}
