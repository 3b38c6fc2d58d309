// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc

/// A program that runs on a terminal of its own, and somebody who answers its questions.
package final class PseudoTerminal {
    /// TIOCSPTLCK and TIOCGPTN of Linux.
    private static let (unlock, tellNumber): (UInt, UInt) = (0x4004_5431, 0x8004_5430)
    private let terminal: Int32
    private let pid: pid_t
    /// All that the terminal has shown.
    package private(set) var screen = ""

    /// Starts `program` with `arguments` on a new terminal.
    package init(_ program: String, _ arguments: [String]) throws(LabError) {
        terminal = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        var (number, lock): (Int32, Int32) = (0, 0)
        guard terminal >= 0, ioctl(terminal, Self.unlock, &lock) == 0, ioctl(terminal, Self.tellNumber, &number) == 0
        else { throw LabError("no pseudo-terminal: \(String(cString: strerror(errno)))") }
        let name = "/dev/pts/\(number)"
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, name, O_RDWR | O_NOCTTY, 0)
        posix_spawn_file_actions_adddup2(&actions, 0, 1)
        posix_spawn_file_actions_adddup2(&actions, 0, 2)
        let argv = ([program] + arguments).map { strdup($0) } + [nil]
        let envp = ProcessInfo.processInfo.environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for pointer in argv + envp { free(pointer) } }
        var child: pid_t = 0
        let code = posix_spawn(&child, program, &actions, nil, argv, envp)
        pid = child
        guard code == 0 else { throw LabError("cannot start \(program): \(String(cString: strerror(code)))") }
    }

    deinit { close(terminal) }

    /// Waits until the terminal shows `question` behind what was answered last, and types `answer` and return.
    package func answer(_ question: String, _ answer: String, within seconds: Int = 60) throws(LabError) {
        let start = answered
        let end = time(nil) + seconds
        while !screen.dropFirst(start).contains(question) {
            guard time(nil) < end, read() else {
                throw LabError("'\(question)' was not asked; the terminal shows:\n\(screen)")
            }
        }
        answered = screen.count
        let octets = Array("\(answer)\n".utf8)
        guard write(terminal, octets, octets.count) == octets.count else { throw LabError("nobody reads the answer") }
    }

    private var answered = 0

    /// Waits for the end of the program.
    /// - Returns: its exit code; 128 and the signal's number when a signal ended it.
    package func finish(within seconds: Int = 60) throws(LabError) -> Int32 {
        let end = time(nil) + seconds
        var status: Int32 = 0
        while waitpid(pid, &status, WNOHANG) == 0 {
            _ = read(patience: 50)
            guard time(nil) < end else {
                kill(pid, SIGKILL)
                throw LabError("it did not end; the terminal shows:\n\(screen)")
            }
        }
        while read(patience: 50) {}
        return status & 0x7f == 0 ? (status >> 8) & 0xff : 128 + status & 0x7f
    }

    /// Takes what the terminal shows next; false when that is nothing, or the program has left it.
    private func read(patience milliseconds: Int32 = 5000) -> Bool {
        var descriptor = pollfd(fd: terminal, events: Int16(POLLIN), revents: 0)
        guard poll(&descriptor, 1, milliseconds) > 0 else { return milliseconds == 5000 }
        var piece = [UInt8](repeating: 0, count: 4096)
        let count = Glibc.read(terminal, &piece, piece.count)
        guard count > 0 else { return false }
        screen += String(decoding: piece[..<count], as: UTF8.self)
        return true
    }
}
