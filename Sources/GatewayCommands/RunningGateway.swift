// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import GatewayRuntime
internal import Glibc

/// Finds the gateway that runs on a state directory.
enum RunningGateway {
    /// Its process; nil when none runs.
    ///
    /// The number is in `ceralacca.pid`. A gateway that was killed leaves that file behind, and its number may be another's by now: so the lock
    /// that a gateway holds on its state directory must be held too.
    static func process(state: String) -> Int32? {
        guard let text = StateDirectory.read(ProcessFile(state: state).path),
            let process = Int32(text.prefix { ("0"..."9").contains($0) }), process > 1
        else { return nil }
        guard kill(process, 0) == 0 || errno == EPERM else { return nil }
        var status = stat()
        guard stat("\(state)/gateway.lock", &status) == 0 else { return process }
        guard let locks = StateDirectory.read("/proc/locks") else { return process }
        // 1: FLOCK  ADVISORY  WRITE 1234 fe:01:5678 0 EOF
        let suffix = ":\(status.st_ino)"
        let isHeld = locks.split(separator: "\n").contains { line in
            line.split(separator: " ").contains { $0.hasSuffix(suffix) }
        }
        return isHeld ? process : nil
    }
}

/// What commands look at in a state directory without opening the queue.
enum StateDirectory {
    /// True when a gateway has made a queue there.
    static func hasQueue(_ path: String) -> Bool { access("\(path)/queue.sqlite", R_OK | W_OK) == 0 }

    /// A small file; nil when it cannot be read.
    static func read(_ path: String) -> String? {
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var octets: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 16_384)
        while octets.count < 1_048_576 {
            let count = Glibc.read(descriptor, &piece, piece.count)
            guard count > 0 else { break }
            octets += piece[..<count]
        }
        return String(decoding: octets, as: UTF8.self)
    }
}
