// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import GatewayConfiguration
import Glibc
import QueueSQLite
import Synchronization
import TestLab
import Testing

@testable import GatewayCommands

struct HostCheckTests {
    private static let nobody: uid_t = 65_534

    private func directory(owner: uid_t, mode: mode_t = 0o700) throws -> String {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("state-\(UUID().uuidString)").path
        try #require(mkdir(path, mode) == 0 && chmod(path, mode) == 0)
        try #require(chown(path, owner, owner) == 0)
        return path
    }

    /// What is said of a state directory of a gateway that runs as nobody.
    private func look(_ path: String) -> HostAnswer? {
        HostCheck(packaged: .init(uid: Self.nobody, name: "nobody")).look(.state(path), state: path)
    }

    @Test func `a state directory of somebody else, or that its owner may not write, is an obstacle`() throws {
        let right = try directory(owner: Self.nobody)
        #expect(look(right) == nil)
        let foreign = try directory(owner: 0)
        let words = try #require(look(foreign))
        #expect(words.isObstacle && words.words.contains("the gateway runs as nobody"), "\(words)")
        #expect(words.words.contains("chown -R nobody: \(foreign)"))
        let locked = try directory(owner: Self.nobody, mode: 0o500)
        #expect(look(locked)?.words.contains("chmod 700") == true && look(locked)?.isObstacle == true)
        let open = try directory(owner: Self.nobody, mode: 0o755)
        #expect(look(open)?.words.contains("others than its owner") == true && look(open)?.isObstacle == false)
        let absent = "\(right)/none"
        #expect(look(absent)?.words.contains("install -d -o nobody -m 700 \(absent)") == true)
        #expect(look(HostCheck.madeBySystemd + "-none")?.isObstacle == true)
        for path in [right, foreign, locked, open] { try FileManager.default.removeItem(atPath: path) }
    }

    @Test func `somebody else than root and the owner is told whom to be, and never to take the directory`() throws {
        let path = try directory(owner: Self.nobody)
        var check = HostCheck(packaged: nil)
        check.caller = 4711
        let answer = try #require(check.look(.state(path), state: path))
        #expect(!answer.isObstacle && answer.words.contains("belongs to nobody: run this as root"), "\(answer)")
        #expect(answer.words.contains("runuser -u nobody -- ceralacca check") && !answer.words.contains("chown"))
        for caller in [0, Self.nobody] {
            check.caller = caller
            #expect(check.look(.state(path), state: path) == nil)
        }
        try FileManager.default.removeItem(atPath: path)
    }

    @Test func `a directory of a user that is neither root nor the package's is right for a unit that says so`() throws
    {
        let path = try directory(owner: 4711)
        let answer = try #require(look(path))
        #expect(!answer.isObstacle && answer.words.contains("User=") && !answer.words.contains("chown"), "\(answer)")
        try FileManager.default.removeItem(atPath: path)
    }

    @Test func `the lost+found of a file system is passed over`() throws {
        let path = try directory(owner: Self.nobody)
        try #require(mkdir("\(path)/lost+found", 0o700) == 0)
        #expect(look(path) == nil)
        try FileManager.default.removeItem(atPath: path)
    }

    @Test func `a file of root's in the gateway's directory is named`() throws {
        let path = try directory(owner: Self.nobody)
        try Data().write(to: URL(fileURLWithPath: "\(path)/queue.sqlite-wal"))
        let answer = try #require(look(path))
        #expect(answer.isObstacle && answer.words.contains("queue.sqlite-wal"), "\(answer)")
        try FileManager.default.removeItem(atPath: path)
    }

    @Test func `what root's commands open of somebody else's database leaves nothing of root's`() async throws {
        let path = try directory(owner: Self.nobody)
        await (try SQLiteQueue.open(directory: path)).close()
        for name in try FileManager.default.subpathsOfDirectory(atPath: path) {
            try #require(chown("\(path)/\(name)", Self.nobody, Self.nobody) == 0)
        }
        #expect(look(path) == nil)
        let store = try SQLiteQueue.open(directory: path, upgrades: false)
        _ = try await store.retryAll(now: CommandWorld.start)
        #expect(try FileManager.default.contentsOfDirectory(atPath: path).contains("queue.sqlite-wal"))
        #expect(look(path) == nil, "while it is open, as a command that is killed leaves it")
        await store.close()
        #expect(look(path) == nil)
        try FileManager.default.removeItem(atPath: path)
    }

    @Test func `a port that another program has is named with that program, the gateway's own is right`() throws {
        let port = Ports.take()
        let other = try SilentListener(address: "127.0.0.1", port: port)
        defer { other.stop() }
        func look(gateway: Int32?) -> HostAnswer? {
            var environment = CommandEnvironment()
            environment.runningGateway = { _ in gateway }
            return CommandEnvironment.$current.withValue(environment) {
                HostCheck(packaged: nil).look(.listener(address: "127.0.0.1", port: port), state: "/x")
            }
        }
        let taken = try #require(look(gateway: nil))
        #expect(taken.isObstacle && taken.words.contains("port \(port) is taken by"), "\(taken)")
        #expect(taken.words.contains("(process \(getpid()))"), "\(taken)")
        #expect(look(gateway: getpid() + 1)?.isObstacle == true)
        #expect(look(gateway: getpid()) == nil)
    }

    @Test func `a free port is right, and an address of another machine is a warning`() throws {
        let port = Ports.take()
        for address in ["127.0.0.1", "0.0.0.0"] {
            #expect(PortCheck(address: address, port: port).look("/x") == nil, "\(address)")
        }
        let foreign = PortCheck(address: "192.0.2.1", port: port).look("/x")
        #expect(foreign?.isObstacle == false && foreign?.words.contains("no address of this machine") == true)
    }

    @Test func `the kernel's table says which sockets listen at a port`() {
        let table = """
              sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
               0: 00000000:0019 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0 100
               1: 0100007F:0019 0100007F:9C40 01 00000000:00000000 00:00000000 00000000     0        0 4712 1 0 100
               2: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4713 1 0 100
            """
        func sockets(_ port: Int, _ address: String) -> [String] {
            PortHolder.listening(at: port, of: address, in: table)
        }
        #expect(sockets(25, "10.0.0.2") == ["socket:[4711]"] && sockets(26, "10.0.0.2") == [])
        #expect(sockets(8080, "127.0.0.1") == ["socket:[4713]"] && sockets(8080, "0.0.0.0") == ["socket:[4713]"])
        #expect(sockets(8080, "10.0.0.2") == [], "another address of this machine")
        let mapped = """
              sl  local_address                         remote_address                        st tx rx tr tm->when retrnsmt uid timeout inode
               0: 0000000000000000FFFF00000200000A:0019 00000000000000000000000000000000:0000 0A 0 0 0 0 0 4714 1 0 100
               1: B80D0120000000000000000001000000:0019 00000000000000000000000000000000:0000 0A 0 0 0 0 0 4715 1 0 100
            """
        #expect(PortHolder.listening(at: 25, of: "10.0.0.2", in: mapped) == ["socket:[4714]"])
        #expect(PortHolder.listening(at: 25, of: "2001:db8::1", in: mapped) == ["socket:[4715]"])
    }

    @Test func `check says what is in the way of a start, with its place, and ends with 1`() async throws {
        let world = try CommandWorld()
        world.host.withLock {
            $0 = { question in
                switch question {
                case .state: HostAnswer("others may look into it", isObstacle: false)
                case .listener(_, let port): HostAnswer("port \(port) is taken by master", isObstacle: true)
                }
            }
        }
        let outcome = await world.run("check")
        #expect(outcome.status == 1)
        #expect(outcome.text.contains("is right"))
        #expect(outcome.errors.contains("x.yaml:5:39: listeners[0].address: port 2525 is taken by master"))
        #expect(outcome.errors.contains("others may look into it (warning)"))
        #expect(outcome.errors.contains("cannot start by it on this machine: 1 obstacle"))
        let remarks = try await world.run("check", "--json").objects
        #expect(remarks.map { $0["severity"] as? String } == ["obstacle", "warning", "warning"])
        #expect(remarks.map { $0["path"] as? String } == ["listeners[0].address", "state", "certified"])
    }
}
