// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
public import MailModel
package import SMTPDelivery

/// The file in `state` that says which routes the running gateway leaves alone and until when, for `ceralacca queue list`.
///
/// A line a route: its name, a space, milliseconds since 1970. It is written when it changes and lost without harm.
public struct PauseFile: Sendable {
    /// Its path.
    public let path: String

    /// The file of the gateway whose state is in `directory`.
    public init(state directory: String) {
        path = "\(directory)/lanes.paused"
    }

    /// What a text of this file says; a line that is none is passed over.
    public static func read(_ text: String) -> [Route: Timestamp] {
        var pauses: [Route: Timestamp] = [:]
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: " ")
            guard parts.count == 2, let route = Route(String(parts[0])), let moment = Int64(parts[1]) else { continue }
            pauses[route] = Timestamp(milliseconds: moment)
        }
        return pauses
    }

    /// The text that says it.
    package static func text(_ pauses: [LanePause]) -> String {
        pauses.map { "\($0.route) \($0.until.milliseconds)\n" }.sorted().joined()
    }

    /// Puts `text` in the place of what the file said, as a whole.
    func write(_ text: String) throws(GatewayError) {
        let temporary = "\(path).new"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.failure(temporary) }
        defer { close(descriptor) }
        guard Glibc.write(descriptor, text, text.utf8.count) == text.utf8.count, rename(temporary, path) == 0 else {
            throw Self.failure(temporary)
        }
    }

    private static func failure(_ path: String) -> GatewayError {
        GatewayError("cannot write \(path): \(String(cString: strerror(errno)))")
    }
}
