// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import GatewayConfiguration
internal import Glibc
internal import MailModel
internal import NIOCore

/// Whether a listener's port can be bound, and who has it when it cannot.
struct PortCheck {
    let address: String
    let port: Int

    /// What is in the way; nil when nothing is, or when the gateway on `state` itself has the port.
    func look(_ state: String) -> HostAnswer? {
        let failure = bind()
        guard failure != 0 else { return nil }
        let gateway = CommandEnvironment.current.runningGateway(state)
        switch failure {
        case EADDRINUSE:
            let holder = PortHolder.find(address: address, port: port)
            // Without a word on who has it, a gateway that runs is taken for it.
            if let gateway, holder == nil || holder?.process == gateway { return nil }
            let words = holder.map { "\($0.name) (process \($0.process))" } ?? "another program (ss -ltnp says which)"
            return HostAnswer(
                "port \(port) is taken by \(words): stop it before the gateway starts, or name another port",
                isObstacle: true
            )
        case EACCES, EPERM:
            guard gateway == nil else { return nil }
            return HostAnswer(
                "this user may not open port \(port), as all below 1024: the service may, by AmbientCapabilities=CAP_NET_BIND_SERVICE of "
                    + "its unit (packaging/ceralacca.service), and a gateway that is started without that right cannot",
                isObstacle: false
            )
        case EADDRNOTAVAIL:
            return HostAnswer(
                "\(address) is no address of this machine, and the gateway cannot start where it is none: ip address lists them",
                isObstacle: false
            )
        default:
            return HostAnswer(
                "\(address) port \(port) cannot be bound: \(String(cString: strerror(failure)))",
                isObstacle: true
            )
        }
    }

    /// Binds as a listener does, accepts nothing, and lets go.
    ///
    /// - Returns: the error number; 0 when it could be bound.
    private func bind() -> Int32 {
        let place: SocketAddress
        do {
            place = try SocketAddress(ipAddress: address, port: port)
        } catch {
            // A name: which addresses it has is known at the start.
            return 0
        }
        let descriptor = socket(place.protocol.rawValue, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return errno }
        defer { close(descriptor) }
        var one: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
        return place.withSockAddr { Glibc.bind(descriptor, $0, socklen_t($1)) == 0 ? 0 : errno }
    }
}

/// The process that listens at a port.
struct PortHolder {
    let process: Int32
    let name: String

    /// Who listens at `port` of `address`, or of all addresses; nil when nobody does, or when this user is not told.
    static func find(address: String, port: Int) -> PortHolder? {
        let sockets = Set(
            ["tcp", "tcp6"].flatMap {
                listening(at: port, of: address, in: StateDirectory.read("/proc/net/\($0)") ?? "")
            }
        )
        guard !sockets.isEmpty else { return nil }
        for process in HostCheck.names(in: "/proc").compactMap({ Int32($0) }).sorted() {
            for file in HostCheck.names(in: "/proc/\(process)/fd") {
                guard let target = link("/proc/\(process)/fd/\(file)"), sockets.contains(target) else { continue }
                let name = StateDirectory.read("/proc/\(process)/comm")?.split(separator: "\n").first.map(String.init)
                return PortHolder(process: process, name: PlainText.line(name ?? "a program"))
            }
        }
        return nil
    }

    /// The sockets, as `/proc` names them (`socket:[1234]`), that a table of the kernel's shows listening at `port` in the way of `address`.
    static func listening(at port: Int, of address: String, in table: String) -> [String] {
        let wanted = IPAddress.parse(address)
        return table.split(separator: "\n").dropFirst().compactMap { line in
            let fields = line.split(separator: " ")
            // sl  local_address rem_address st … inode; 0A: LISTEN.
            guard fields.count > 9, fields[3] == "0A", let colon = fields[1].lastIndex(of: ":"),
                Int(fields[1][fields[1].index(after: colon)...], radix: 16) == port,
                isInTheWay(octets(fields[1][..<colon]), of: wanted)
            else { return nil }
            return "socket:[\(fields[9])]"
        }
    }

    /// All addresses are in the way of each, and each of all; an IPv4 address that a socket of IPv6 has is that address.
    private static func isInTheWay(_ local: [UInt8], of wanted: [UInt8]?) -> Bool {
        guard let wanted, local.contains(where: { $0 != 0 }), wanted.contains(where: { $0 != 0 }) else { return true }
        return local == wanted || local.suffix(4) == wanted[...] && local.starts(with: mapped) && wanted.count == 4
    }

    /// In front of an IPv4 address in one of IPv6 (RFC 4291 §2.5.5.2).
    private static let mapped = [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF]

    /// The address of a table: hexadecimal, in words of four octets with the last one first.
    private static func octets(_ text: Substring) -> [UInt8] {
        let digits = text.utf8.compactMap(Hexadecimal.value)
        let octets = stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
        return stride(from: 0, to: octets.count, by: 4).flatMap { octets[$0..<min($0 + 4, octets.count)].reversed() }
    }

    private static func link(_ path: String) -> String? {
        var octets = [UInt8](repeating: 0, count: 256)
        let count = octets.withUnsafeMutableBytes { buffer in
            buffer.withMemoryRebound(to: CChar.self) { characters in
                characters.baseAddress.map { readlink(path, $0, characters.count) } ?? -1
            }
        }
        return count > 0 ? String(decoding: octets[..<count], as: UTF8.self) : nil
    }
}
