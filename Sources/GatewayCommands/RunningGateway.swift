// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import GatewayRuntime
internal import Glibc

/// Finds the gateway that runs on a state directory.
enum RunningGateway {
    /// Its process; nil when none runs.
    ///
    /// It holds a lock on its state directory, and the kernel says who does. Where that is not told, the number is in `ceralacca.pid`: a
    /// gateway that was killed leaves that file behind, and its number may be another's by now, so the lock must be held too.
    static func process(state: String) -> Int32? {
        var status = stat()
        let locks = StateDirectory.read("/proc/locks").map {
            $0.split(separator: "\n").map { $0.split(separator: " ") }
        }
        let hasLock = stat("\(state)/gateway.lock", &status) == 0
        if hasLock, let holder = locks.flatMap({ holder(of: status, $0) }) { return holder }
        guard let text = StateDirectory.read(ProcessFile(state: state).path),
            let process = Int32(text.prefix { ("0"..."9").contains($0) }), process > 1
        else { return nil }
        guard kill(process, 0) == 0 || errno == EPERM else { return nil }
        guard hasLock, let locks else { return process }
        let isHeld = locks.contains { line in line.contains { $0.hasSuffix(":\(status.st_ino)") } }
        return isHeld ? process : nil
    }

    /// The process that holds the lock on the file of `status`; nil when none does, or when the file system counts its devices otherwise.
    private static func holder(of status: stat, _ locks: [[Substring]]) -> Int32? {
        func hexadecimal(_ number: UInt) -> String { (number < 16 ? "0" : "") + String(number, radix: 16) }
        let device = UInt(status.st_dev)
        let major = (device >> 8) & 0xFFF | (device >> 32) & ~0xFFF
        let minor = device & 0xFF | (device >> 12) & ~0xFF
        let file = "\(hexadecimal(major)):\(hexadecimal(minor)):\(status.st_ino)"
        // 1: FLOCK  ADVISORY  WRITE 1234 fe:01:5678 0 EOF; those that wait have -> behind their number.
        for fields in locks where fields.count >= 6 && fields[1] == "FLOCK" && fields[5] == file {
            if let process = Int32(fields[4]), process > 1 { return process }
        }
        return nil
    }
}

/// What commands look at in a state directory without opening the queue.
enum StateDirectory {
    /// True when a gateway has made a queue there.
    ///
    /// - Throws: when this user may not look there, so that nothing is taken for absent that is only hidden.
    static func hasQueue(_ path: String) throws(CommandFailure) -> Bool {
        switch CommandEnvironment.current.access("\(path)/queue.sqlite") {
        case 0: return true
        case EACCES, EPERM:
            throw CommandFailure("may not look into \(path)", remedy: "Run this as root or as the user ceralacca.")
        default: return false
        }
    }

    /// True when the directory is this user's.
    static func isOwn(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_uid == geteuid()
    }

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
