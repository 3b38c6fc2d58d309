// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import GatewayConfiguration
internal import GatewayRuntime
internal import Glibc
internal import MailModel
internal import MailQueue
internal import OAuthProtocol
internal import OAuthTransport
internal import QueueSQLite
internal import SecretsVault
internal import SenderScreening

/// What commands need of the process around them; tests put their own in its place.
struct CommandEnvironment: Sendable {
    /// The store as commands use it, beside the running gateway.
    typealias Store = QueueStore & AccountLedger & AlertStore & ServerLedger & TrackingStore & ArchiveStore
        & ScreeningLedger & VaultStore & RetrievalLedger

    /// Writes octets to standard output.
    var write: @Sendable ([UInt8]) throws(CommandFailure) -> Void = { octets throws(CommandFailure) in
        try Self.writeAll(octets, to: STDOUT_FILENO)
    }
    /// Writes a line to standard error.
    var warn: @Sendable (String) -> Void = { line in
        do { try Self.writeAll(Array("\(line)\n".utf8), to: STDERR_FILENO) } catch {
            // Nobody is left to tell.
        }
    }
    /// Reads a secret: from standard input, or from the terminal, which then does not show it.
    var readSecret: @Sendable (_ prompt: String) throws(CommandFailure) -> [UInt8] = { prompt throws(CommandFailure) in
        try SecretInput.read(prompt)
    }
    /// The same, asked for once: for one that is tried at once.
    var readSecretOnce: @Sendable (_ prompt: String) throws(CommandFailure) -> [UInt8] = {
        prompt throws(CommandFailure) in try SecretInput.read(prompt, isRepeated: false)
    }
    /// True when somebody sits in front of standard input.
    var isTerminal: @Sendable () -> Bool = { isatty(STDIN_FILENO) == 1 }
    /// Asks whoever sits at the terminal for a line.
    var ask: @Sendable (_ prompt: String) throws(CommandFailure) -> String = { prompt throws(CommandFailure) in
        try Terminal.ask(prompt)
    }
    /// Reads a line of standard input, which a terminal shows.
    var readLine: @Sendable () throws(CommandFailure) -> Secret = { () throws(CommandFailure) in
        try SecretInput.readVisibleLine()
    }
    /// The way to authorization servers.
    var authorizationServer: any AuthorizationServerReaching = AuthorizationServerConnection()
    /// The environment's variables.
    var variable: @Sendable (String) -> String? = { name in getenv(name).map { String(cString: $0) } }
    /// The clock.
    var clock: any WallClock = SystemClock()
    /// Opens the store of a state directory.
    var open: @Sendable (_ directory: String) throws(QueueError) -> any Store = { directory throws(QueueError) in
        try SQLiteQueue.open(directory: directory, upgrades: false)
    }
    /// The error number with which this user may not read and write a file; 0 when he may.
    var access: @Sendable (_ path: String) -> Int32 = { Glibc.access($0, R_OK | W_OK) == 0 ? 0 : errno }
    /// The process of the running gateway, if there is one.
    var runningGateway: @Sendable (_ directory: String) -> Int32? = { RunningGateway.process(state: $0) }
    /// Sends a signal to a process; false when that failed.
    var signal: @Sendable (_ process: Int32, _ number: Int32) -> Bool = { kill($0, $1) == 0 }
    /// Looks whether this machine gives what a configuration needs.
    var lookAtHost: @Sendable (_ question: HostQuestion, _ state: String) -> HostAnswer? = { question, state in
        HostCheck().look(question, state: state)
    }
    /// The time between two looks at what another process writes.
    var pollInterval = Duration.milliseconds(250)
    /// How long `reload` waits for the gateway's word.
    var reloadPatience = Duration.seconds(5)

    /// The one in use.
    @TaskLocal static var current = CommandEnvironment()

    /// Writes a line to standard output.
    func print(_ line: String) throws { try write(Array("\(line)\n".utf8)) }

    /// Who gives the command, for the history.
    var person: String { variable("SUDO_USER") ?? variable("USER") ?? "uid \(getuid())" }

    static func writeAll(_ octets: [UInt8], to descriptor: Int32) throws(CommandFailure) {
        var start = 0
        while start < octets.count {
            let count = octets[start...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                throw CommandFailure(
                    "cannot write the output: \(String(cString: strerror(errno)))",
                    remedy: "Look where it is sent to."
                )
            }
            start += count
        }
    }
}
