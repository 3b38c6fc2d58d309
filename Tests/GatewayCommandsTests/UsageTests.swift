// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import GatewayRuntime
import MailModel
import Synchronization
import Testing

@testable import GatewayCommands

struct UsageTests {
    @Test func `without an argument the commands are listed`() async throws {
        let outcome = try await CommandWorld().run()
        #expect(outcome.status == 0)
        for command in ["check", "status", "queue", "quarantine", "account", "provider", "secret", "reload", "version"]
        {
            #expect(outcome.text.contains("\n  \(command) "), "\(command)")
        }
    }

    @Test(arguments: [["queue"], ["--help"], ["queue", "list", "--help"], ["account", "fetch", "--help"]])
    func `help is on standard output and ends well`(_ arguments: [String]) async throws {
        let world = try CommandWorld()
        let outcome =
            switch arguments.count {
            case 1: await world.run(arguments[0])
            case 3: await world.run(arguments[0], arguments[1], arguments[2])
            default: await world.run()
            }
        #expect(outcome.status == 0)
        #expect(outcome.text.contains("USAGE:"))
        #expect(outcome.errors.isEmpty)
    }

    @Test func `a wrong usage ends with 64 and says what is wrong`() async throws {
        let world = try CommandWorld()
        for outcome in [
            await world.run("quue"), await world.run("queue", "show"), await world.run("queue", "show", "xyz"),
            await world.run("queue", "list", "--limit", "0"), await world.run("queue", "list", "--state", "flying"),
            await world.run("queue", "list", "--nonsense"),
            await world.run("queue", "list", "--all", "--state", "held"),
            await world.run("account", "fetch"), await world.run("account", "fetch", "a@b", "--wait", "x"),
        ] {
            #expect(outcome.status == 64, "\(outcome.errors)")
            #expect(outcome.errors.contains("Error:"))
            #expect(outcome.output.isEmpty)
        }
    }

    @Test func `a wrong configuration ends with 78 in every command`() async throws {
        let world = try CommandWorld()
        try world.write("x.yaml", "hostname: relay.azienda.it\npostmastr: a@b.it\nexchange: {servers: []}\n")
        for outcome in [
            await world.run("check"), await world.run("status"), await world.run("queue", "list"),
            await world.run("account", "list"), await world.run("reload"), await world.run("quarantine", "list"),
        ] {
            #expect(outcome.status == 78)
            #expect(outcome.errors.contains("x.yaml:2:1: postmastr: unknown key (did you mean 'postmaster'?)"))
            #expect(outcome.errors.contains("x.yaml:3:21: exchange.servers"))
            #expect(outcome.errors.contains("2 mistakes"))
        }
    }

    @Test func `the file of --config goes before the variable`() async throws {
        let world = try CommandWorld()
        let outcome = await world.run("check", "--config", "/nowhere/y.yaml")
        #expect(outcome.status == 78)
        #expect(outcome.errors.contains("/nowhere/y.yaml:1:1: cannot be read: there is no such file"))
    }

    @Test func `check says that a configuration is right, and JSON tells its warnings`() async throws {
        let world = try CommandWorld()
        #expect(
            await world.run("check").text.contains("is right: 1 listener, 2 accounts, 1 Exchange server, relay smtp://")
        )
        // The bundled lists are older than a year by then.
        #expect(try await world.run("check", "--json").objects.map { $0["path"] as? String } == ["certified"])
        try world.write("pec", "")
        let outcome = await world.run("check", "--json")
        #expect(outcome.status == 78)
        let remarks = try outcome.objects
        #expect(remarks.map { $0["line"] as? Int } == [8, 9])
        #expect(remarks.allSatisfy { $0["severity"] as? String == "mistake" })
    }

    @Test func `check names the dates of the bundled lists, and remarks on one that is older than a year`() async throws
    {
        let world = try CommandWorld()
        #expect(await world.run("check").text.contains(BundledLists.dates))
        let later = await world.run("check", now: CommandWorld.start + .seconds(800 * 86_400))
        #expect(later.status == 0 && later.errors.contains("older than a year"))
        #expect(
            later.errors.contains("Install a newer Ceralacca") && later.errors.contains("certified.provider_domains")
        )
        let remarks = try await world.run("check", "--json", now: CommandWorld.start + .seconds(800 * 86_400)).objects
        #expect(remarks.map { $0["path"] as? String } == ["certified"])
        #expect((remarks[0]["message"] as? String)?.contains("older than a year") == true)
        let earlier = await world.run("check", now: CommandWorld.start - .seconds(500 * 86_400))
        #expect(earlier.status == 0 && !earlier.errors.contains("older than a year"))
        let help = await world.run("inspect", "--help").text.split(whereSeparator: \.isWhitespace)
        #expect(help.joined(separator: " ").contains(BundledLists.dates))
    }

    @Test func `version is a version`() async throws {
        #expect(try await CommandWorld().run("version").text == "ceralacca \(ProgramVersion.text)\n")
    }

    @Test func `the version is an option too`() async throws {
        let outcome = try await CommandWorld().run("--version")
        #expect(outcome.status == 0 && outcome.text == "ceralacca \(ProgramVersion.text)\n")
    }

    @Test func `where no gateway has ever run, listings of what it does say so`() async throws {
        let world = try CommandWorld()
        let text = try String(contentsOfFile: "\(world.directory)/x.yaml", encoding: .utf8)
        try world.write("x.yaml", text.replacingOccurrences(of: "/state", with: "/other"))
        let accounts = await world.run("account", "list")
        #expect(accounts.status == 0 && accounts.text.contains("not used yet") && !accounts.text.contains("  ok"))
        for outcome in [accounts, await world.run("tls-report"), await world.run("account", "status", "--json")] {
            #expect(outcome.status == 0)
            #expect(outcome.errors.contains("no gateway has ever run on \(world.directory)/other"), "\(outcome.errors)")
        }
    }

    @Test func `a state without a queue is told as such`() async throws {
        let world = try CommandWorld()
        let text = try String(contentsOfFile: "\(world.directory)/x.yaml", encoding: .utf8)
        try world.write("x.yaml", text.replacingOccurrences(of: "/state", with: "/other"))
        let outcome = await world.run("queue", "list")
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("there is no queue in \(world.directory)/other"))
        #expect(!FileManager.default.fileExists(atPath: "\(world.directory)/other"))
        #expect(await world.run("account", "list").status == 0)
    }

    @Test func `reload signals the gateway, but not for a broken file, and says when none runs`() async throws {
        let world = try CommandWorld()
        let idle = await world.run("reload")
        #expect(idle.status == 1)
        #expect(idle.errors.contains("no gateway runs on"))
        world.startGateway()
        let silent = await world.run("reload")
        #expect(silent.status == 0)
        #expect(silent.text.contains("was asked to read its configuration again; journalctl -u ceralacca -n 20 says"))
        #expect(world.sent == [4711, 1])
        try world.write("x.yaml", "hostname: [\n")
        let broken = await world.run("reload")
        #expect(broken.status == 78 && broken.errors.contains("goes on with the configuration it had"))
        #expect(world.sent == [4711, 1])
    }

    @Test func `reload tells what the gateway made of it`() async throws {
        let world = try CommandWorld()
        world.startGateway()
        world.answer.withLock { $0 = .applied(path: "/etc/other.yaml") }
        let applied = await world.run("reload")
        #expect(applied.status == 0)
        #expect(applied.text == "The gateway (process 4711) uses /etc/other.yaml now.\n")
        world.answer.withLock { $0 = .refused(reason: "cannot listen on\n10.0.0.2:2525") }
        let refused = await world.run("reload")
        #expect(refused.status == 1)
        #expect(refused.errors.contains("goes on with the configuration it had: cannot listen on; 10.0.0.2:2525"))
        world.answer.withLock { $0 = nil }
        #expect(await world.run("reload").text.contains("was asked"), "the last outcome is not this one's")
    }

    @Test func `a state that may not be looked into is not taken for an empty one`() async throws {
        let world = try CommandWorld()
        world.accessError.withLock { $0 = EACCES }
        for outcome in [
            await world.run("reload"), await world.run("queue", "list"), await world.run("status"),
            await world.run("account", "list"),
        ] {
            #expect(outcome.status == 1)
            #expect(outcome.errors.contains("may not look into \(world.directory)/state"))
            #expect(outcome.errors.contains("Run this as root or as the user ceralacca."))
        }
    }

    @Test func `without a gateway, status fails and says how to start one`() async throws {
        let world = try CommandWorld()
        let words =
            "no gateway runs on \(world.directory)/state: systemctl start ceralacca, then journalctl -u ceralacca"
        let status = await world.run("status")
        #expect(status.status == 1)
        #expect(status.errors.contains(words))
        for outcome in [await world.run("account", "list"), await world.run("account", "status", "--json")] {
            #expect(outcome.status == 0)
            #expect(outcome.errors.contains(words))
        }
        world.startGateway()
        #expect(await world.run("status").status == 0)
        #expect(await world.run("account", "list").errors.isEmpty)
    }
}
