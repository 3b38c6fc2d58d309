// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Logging

/// `--log` and `--log-level`, for commands that run for long.
struct LogOptions: ParsableArguments {
    @Option(name: .long, help: "The shape of log lines: text or json.")
    var log: LogFormatArgument = LogFormatArgument(format: .text)
    @Option(
        name: .long,
        help: "Events below this level are not logged: trace, debug, info, notice, warning, error, critical."
    )
    var logLevel: LogLevelArgument = LogLevelArgument(level: .info)

    /// Has every logger of this process write so; once a process.
    func bootstrap() {
        let format = log.format
        let level = logLevel.level
        LoggingSystem.bootstrap { GatewayLogHandler(label: $0, format: format, level: level) }
    }
}

/// A shape on the command line.
struct LogFormatArgument: ExpressibleByArgument {
    let format: GatewayLogHandler.Format

    init(format: GatewayLogHandler.Format) {
        self.format = format
    }

    init?(argument: String) {
        guard let format = GatewayLogHandler.Format(rawValue: argument) else { return nil }
        self.format = format
    }

    static var allValueStrings: [String] { GatewayLogHandler.Format.allCases.map(\.rawValue) }
    var defaultValueDescription: String { format.rawValue }
}

/// A level on the command line.
struct LogLevelArgument: ExpressibleByArgument {
    let level: Logger.Level

    init(level: Logger.Level) {
        self.level = level
    }

    init?(argument: String) {
        guard let level = Logger.Level(rawValue: argument.lowercased()) else { return nil }
        self.level = level
    }

    static var allValueStrings: [String] { Logger.Level.allCases.map(\.rawValue) }
    var defaultValueDescription: String { level.rawValue }
}
