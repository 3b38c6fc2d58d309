// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc

/// Runs a command to its end.
package enum Command {
    /// How a command ended and what it printed.
    package struct Result: Sendable {
        /// Its exit code; 128 and the signal's number when a signal ended it.
        package var code: Int32
        /// Its standard output and standard error.
        package var output: String
    }

    /// Runs `executable` with `arguments`, in `directory` where one is given, and waits for it, whatever its exit code; it reads the file `input`.
    package static func outcome(
        _ executable: String,
        _ arguments: [String],
        environment: [String: String] = [:],
        directory: String? = nil,
        input: String = "/dev/null"
    ) throws(LabError) -> Result {
        var template = Array("/tmp/ceralacca-command-XXXXXX".utf8CString)
        let file = mkstemp(&template)
        guard file >= 0 else { throw LabError("no temporary file: \(String(cString: strerror(errno)))") }
        close(file)
        let log = template.withUnsafeBufferPointer {
            String(decoding: $0.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        }
        defer { unlink(log) }
        let line = (directory.map { ["env", "-C", $0] } ?? []) + [executable] + arguments
        let process = try ChildProcess(
            line[0],
            Array(line.dropFirst()),
            environment: environment,
            input: input,
            log: log
        )
        while true {
            switch process.ending {
            case .exited(let code): return Result(code: code, output: Files.text(log))
            case .signalled(let number): return Result(code: 128 + number, output: Files.text(log))
            case nil: usleep(2_000)
            }
        }
    }

    /// Runs `executable` with `arguments`; throws with all that it printed when it fails.
    @discardableResult
    package static func run(
        _ executable: String,
        _ arguments: [String],
        environment: [String: String] = [:],
        directory: String? = nil
    ) throws(LabError) -> String {
        let result = try outcome(executable, arguments, environment: environment, directory: directory)
        guard result.code == 0 else {
            throw LabError("\(executable) \(arguments.joined(separator: " ")): exit \(result.code): \(result.output)")
        }
        return result.output
    }

    /// True when `executable` stands in a directory where servers and their tools lie.
    package static func exists(_ executable: String) -> Bool {
        ["/usr/sbin", "/usr/bin", "/sbin", "/bin", "/usr/local/bin"].contains {
            access("\($0)/\(executable)", X_OK) == 0
        }
    }
}

extension Command {
    /// True when this process runs as root.
    package static var isRoot: Bool { geteuid() == 0 }
}
