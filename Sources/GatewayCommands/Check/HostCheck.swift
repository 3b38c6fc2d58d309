// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import GatewayConfiguration
internal import Glibc
internal import MailModel

/// Whether this machine gives what a configuration needs: a state directory for the gateway's user, and ports that nobody else has.
struct HostCheck {
    /// The user that the gateway runs as, where its directory is that of `owner`.
    struct ServiceUser {
        var uid: uid_t
        var name: String
    }

    /// The account that the package makes for the gateway; nil where there is none.
    var packaged = getpwnam("ceralacca").map { ServiceUser(uid: $0.pointee.pw_uid, name: "ceralacca") }
    /// Who asks.
    var caller = geteuid()
    /// Where systemd makes the directory itself.
    static let madeBySystemd = "/var/lib/ceralacca"

    func look(_ question: HostQuestion, state: String) -> HostAnswer? {
        switch question {
        case .state(let path): look(at: path)
        case .listener(let address, let port): port == 0 ? nil : PortCheck(address: address, port: port).look(state)
        }
    }

    // MARK: State

    private func look(at path: String) -> HostAnswer? {
        var status = stat()
        guard stat(path, &status) == 0 else { return missing(path, errno) }
        guard let user = user(of: path, status) else {
            let owner = Self.name(status.st_uid)
            return HostAnswer(
                "\(path) belongs to \(owner): run this as root, or as the gateway's user, to have it looked at: "
                    + "runuser -u \(owner) -- ceralacca check",
                isObstacle: false
            )
        }
        guard status.st_uid == user.uid else {
            if status.st_uid != 0, CommandEnvironment.current.runningGateway(path) == nil {
                let owner = Self.name(status.st_uid)
                return HostAnswer(
                    "\(path) belongs to \(owner), which is right where the unit says User=\(owner); the package's user is \(user.name)",
                    isObstacle: false
                )
            }
            return HostAnswer(
                "\(path) belongs to \(Self.name(status.st_uid)), and the gateway runs as \(user.name), which cannot write there: "
                    + "chown -R \(user.name): \(path)",
                isObstacle: true
            )
        }
        guard status.st_mode & S_IRWXU == S_IRWXU else {
            return HostAnswer("\(path) may not be written by its own owner: chmod 700 \(path)", isObstacle: true)
        }
        if let words = notWritable(path, user) {
            return HostAnswer("\(path) cannot be written: \(words)", isObstacle: true)
        }
        // That one is root's in every file system of its own.
        let foreign = Self.names(in: path).filter { $0 != "lost+found" }.filter { name in
            var status = stat()
            return lstat("\(path)/\(name)", &status) == 0 && status.st_uid != user.uid
        }
        guard foreign.isEmpty else {
            return HostAnswer(
                "in \(path) not all belongs to \(user.name), which cannot write it then: "
                    + "\(foreign.sorted().prefix(5).joined(separator: ", ")) (of a command or gateway that ran as somebody else?): "
                    + "chown -R \(user.name): \(path)",
                isObstacle: true
            )
        }
        guard status.st_mode & (S_IRWXG | S_IRWXO) == 0 else {
            return HostAnswer("others than its owner may look into \(path): chmod 700 \(path)", isObstacle: false)
        }
        return nil
    }

    /// The user of a gateway that runs there; else the packaged one; else whoever has the directory. Nil where another one than root asks, and has it
    /// not: the gateway need not be his.
    private func user(of path: String, _ status: stat) -> ServiceUser? {
        var process = stat()
        if let running = CommandEnvironment.current.runningGateway(path), stat("/proc/\(running)", &process) == 0 {
            return ServiceUser(uid: process.st_uid, name: Self.name(process.st_uid))
        }
        if let packaged { return packaged }
        guard caller == 0 || caller == status.st_uid else { return nil }
        return ServiceUser(uid: status.st_uid, name: Self.name(status.st_uid))
    }

    private func missing(_ path: String, _ code: Int32) -> HostAnswer? {
        guard code == ENOENT else {
            return HostAnswer(
                "\(path) cannot be looked at: \(String(cString: strerror(code))). Run this as root or as the gateway's user.",
                isObstacle: false
            )
        }
        let parent = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        let mayMake = packaged == nil && access(parent.isEmpty ? "/" : parent, W_OK | X_OK) == 0
        guard path != Self.madeBySystemd, !mayMake else { return nil }
        let name = packaged?.name ?? Self.name(geteuid())
        return HostAnswer(
            "there is no directory \(path), and \(name) may not make it: install -d -o \(name) -m 700 \(path)",
            isObstacle: true
        )
    }

    /// Why the user cannot write to its directory; nil when it can, as far as this process sees.
    private func notWritable(_ path: String, _ user: ServiceUser) -> String? {
        var system = statvfs()
        if statvfs(path, &system) == 0, system.f_flag & UInt(ST_RDONLY) != 0 { return "its file system is read-only" }
        guard geteuid() == user.uid, access(path, R_OK | W_OK | X_OK) != 0 else { return nil }
        return String(cString: strerror(errno))
    }

    private static func name(_ uid: uid_t) -> String {
        getpwuid(uid).map { String(cString: $0.pointee.pw_name) } ?? "user \(uid)"
    }

    /// The names in a directory; none when it cannot be read.
    static func names(in path: String) -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }
}
