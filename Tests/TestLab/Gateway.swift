// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
package import Glibc

/// The built `ceralacca` running as a process, the way an administrator runs it.
package final class Gateway: Sendable {
    /// Its configuration.
    package let file: GatewayFile
    /// All that it logged, over all its lives.
    package var log: String { "\(file.directory)/gateway.log" }
    private let process = Box()

    /// A gateway with the configuration `file`. Call `start`.
    package init(_ file: GatewayFile) { self.file = file }

    /// The program: beside the test bundle, or what CERALACCA_BINARY names.
    package static var program: String {
        if let named = ProcessInfo.processInfo.environment["CERALACCA_BINARY"] { return named }
        var path = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &path, path.count - 1)
        let own = String(decoding: path.prefix(max(0, count)).map(UInt8.init(bitPattern:)), as: UTF8.self)
        return own.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" } + "/ceralacca"
    }

    /// Its process id; nil while it does not run.
    package var pid: pid_t? { process.current?.pid }

    /// Starts it; returns when both listeners answer.
    package func start() async throws {
        try file.write()
        let started = try ChildProcess(Self.program, ["serve", "--config", file.path], log: log)
        process.set(started)
        for port in [file.exchangePort, file.internetPort] {
            guard try await Ports.waitForAnswer(port, within: .seconds(30), unless: { started.ending != nil }) else {
                throw LabError("the gateway does not answer on \(port): \(started.tail())")
            }
        }
    }

    /// Ends it without warning, as a power cut would.
    package func kill() async {
        guard let running = process.take() else { return }
        running.signal(SIGKILL)
        _ = await running.wait(within: .seconds(10))
    }

    /// Asks it to stop.
    /// - Returns: how it ended and how long that took; the ending is nil when it did not stop within 20 s and was killed.
    @discardableResult
    package func stop() async -> (ending: ChildProcess.Ending?, after: Duration) {
        guard let running = process.take() else { return (nil, .zero) }
        let begin = ContinuousClock.now
        running.signal(SIGTERM)
        let ending = await running.wait(within: .seconds(20))
        if ending == nil {
            running.signal(SIGKILL)
            _ = await running.wait(within: .seconds(10))
        }
        return (ending, ContinuousClock.now - begin)
    }

    /// Sends it a signal.
    package func signal(_ number: Int32) { process.current?.signal(number) }

    /// Runs another command of the program with the same configuration.
    package func command(_ arguments: [String]) throws(LabError) -> Command.Result {
        try Command.outcome(Self.program, arguments + ["--config", file.path])
    }

    /// The lines of its log that contain `text`.
    package func lines(with text: String) -> [String] {
        Files.text(log).split(separator: "\n").filter { $0.contains(text) }.map(String.init)
    }

    /// Waits until a line of its log contains `text`, at most `limit`.
    package func waitForLine(_ text: String, within limit: Duration) async throws -> Bool {
        let end = ContinuousClock.now + limit
        while ContinuousClock.now < end {
            if !lines(with: text).isEmpty { return true }
            try await Task.sleep(for: .milliseconds(50))
        }
        return false
    }

    /// The last lines of its log, for the message of a failure.
    package func tail(_ count: Int = 40) -> String { Files.tail(log, count) }

    /// Resident memory in megabytes: now, and the most so far.
    package var memory: (now: Double, peak: Double) {
        guard let pid else { return (0, 0) }
        let status = Files.text("/proc/\(pid)/status")
        func value(_ name: String) -> Double {
            let line = status.split(separator: "\n").first { $0.hasPrefix(name) }
            let number = line?.split(whereSeparator: { " \t".contains($0) }).dropFirst().first
            return (number.flatMap { Double($0) } ?? 0) / 1024
        }
        return (value("VmRSS:"), value("VmHWM:"))
    }

    /// Forgets the peak of resident memory: it is measured from now on.
    package func resetPeak() {
        guard let pid, let handle = fopen("/proc/\(pid)/clear_refs", "w") else { return }
        fputs("5", handle)
        fclose(handle)
    }
}
