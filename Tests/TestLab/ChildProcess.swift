// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
package import Glibc
import Synchronization

/// A process that the laboratory started, known by its id; its output goes to a file.
package final class ChildProcess: Sendable {
    /// How a process ended.
    package enum Ending: Equatable, Sendable {
        /// It called exit with this code.
        case exited(Int32)
        /// This signal ended it.
        case signalled(Int32)
    }

    private struct Life {
        var ending: Ending?
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    /// Its process id.
    package let pid: pid_t
    /// The file that takes its standard output and standard error.
    package let log: String
    private let life = Mutex(Life())

    /// Starts `executable`, found in PATH, with `arguments`; it reads the file `input`, and what it prints is appended to `log`.
    package init(
        _ executable: String,
        _ arguments: [String],
        environment: [String: String] = [:],
        input: String = "/dev/null",
        log: String
    ) throws(LabError) {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_APPEND, 0o644)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        Self.keepDescriptorsToOurselves()
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var variables = ProcessInfo.processInfo.environment
        variables["PATH"] = (variables["PATH"] ?? "") + ":/usr/sbin:/usr/bin:/sbin:/bin"
        variables.merge(environment) { $1 }
        let argv = ([executable] + arguments).map { strdup($0) } + [nil]
        let envp = variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for pointer in argv + envp { free(pointer) } }
        var child: pid_t = 0
        let path = executable.contains("/") ? executable : Self.find(executable)
        let code = posix_spawn(&child, path, &actions, &attributes, argv, envp)
        guard code == 0 else {
            throw LabError("cannot start \(path): \(String(cString: strerror(code)))")
        }
        self.pid = child
        self.log = log
        Thread.detachNewThread { [self] in watch() }
    }

    /// How it ended; nil while it runs.
    package var ending: Ending? { life.withLock(\.ending) }

    /// Sends it a signal; nothing once it has ended.
    package func signal(_ number: Int32) {
        life.withLock { if $0.ending == nil { kill(pid, number) } }
    }

    /// Waits for its end, at most `limit`.
    /// - Returns: how it ended; nil when it still runs.
    package func wait(within limit: Duration) async -> Ending? {
        let alarm = Task { [self] in
            try await Task.sleep(for: limit)
            let waiters = life.withLock { life in
                defer { life.waiters = [] }
                return life.waiters
            }
            for waiter in waiters { waiter.resume() }
        }
        await withCheckedContinuation { continuation in
            let over = life.withLock { life in
                if life.ending == nil { life.waiters.append(continuation) }
                return life.ending != nil
            }
            if over { continuation.resume() }
        }
        alarm.cancel()
        return ending
    }

    /// The last `count` lines that it printed.
    package func tail(_ count: Int = 40) -> String { Files.tail(log, count) }

    private func watch() {
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        let low = status & 0x7f
        let waiters = life.withLock { life in
            life.ending = low == 0 ? .exited((status >> 8) & 0xff) : .signalled(low)
            defer { life.waiters = [] }
            return life.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    /// A listening socket that a child inherits would go on listening after the sink has stopped.
    private static func keepDescriptorsToOurselves() {
        guard let handle = opendir("/proc/self/fd") else { return }
        defer { closedir(handle) }
        while let entry = readdir(handle) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if let descriptor = Int32(name), descriptor > 2 { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        }
    }

    private static func find(_ name: String) -> String {
        let path = (ProcessInfo.processInfo.environment["PATH"] ?? "") + ":/usr/sbin:/usr/bin:/sbin:/bin"
        for directory in path.split(separator: ":") where access("\(directory)/\(name)", X_OK) == 0 {
            return "\(directory)/\(name)"
        }
        return name
    }
}
