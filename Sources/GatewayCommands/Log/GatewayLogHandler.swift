// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import GatewayRuntime
public import Logging
internal import MailModel

/// Writes log lines to standard error: one line an event, whatever a remote server put into its words.
///
/// ```text
/// 2026-11-23T10:00:00.123Z INFO message accepted queueID=01KBR0S2M0Q3RTX5 session=s7 peer=10.0.0.10 size=10240
/// {"time":"2026-11-23T10:00:00.123Z","level":"info","message":"message accepted","queueID":"01KBR0S2M0Q3RTX5",…}
/// ```
public struct GatewayLogHandler: LogHandler {
    /// The two shapes of a line.
    public enum Format: String, Hashable, Sendable, CaseIterable {
        /// For people.
        case text
        /// For programs: an object a line.
        case json
    }

    /// Events below this level are dropped.
    public var logLevel: Logger.Level
    /// What every event of this logger carries.
    public var metadata: Logger.Metadata = [:]
    /// What the running task adds.
    public var metadataProvider: Logger.MetadataProvider?
    private let format: Format
    private let label: String
    private let clock: any WallClock
    private let sink: any LogSink

    /// A handler that writes to standard error.
    public init(label: String, format: Format = .text, level: Logger.Level = .info) {
        self.init(label: label, format: format, level: level, clock: SystemClock(), sink: StandardErrorSink.shared)
    }

    init(label: String, format: Format, level: Logger.Level, clock: any WallClock, sink: any LogSink) {
        self.label = label
        self.format = format
        logLevel = level
        self.clock = clock
        self.sink = sink
    }

    /// One of the fields that every event of this logger carries.
    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// Writes one event as one line.
    public func log(event: LogEvent) {
        var fields = metadata
        if let provided = metadataProvider?.get() { fields.merge(provided) { $1 } }
        if let given = event.metadata { fields.merge(given) { $1 } }
        if let error = event.error, fields["error"] == nil { fields["error"] = "\(error)" }
        let line = LogLine(
            moment: clock.now(),
            level: event.level,
            label: label,
            message: event.message.description,
            fields: fields
        )
        sink.write(format == .text ? line.text : line.json)
    }
}
