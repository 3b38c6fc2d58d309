// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import MailTransport
import NIOCore
import NIOPosix
import Testing

@testable import Sandbox

struct POP3ServiceTests {
    @Test
    func `a maildrop is listed, retrieved and emptied, and locked meanwhile`() async throws {
        let world = try await ProviderWorld.make()
        try await world.run {
            await world.core.maildrops.deposit(Array("Subject: uno\r\n\r\n.punto\r\n".utf8), for: world.bruno.address)
            await world.core.maildrops.deposit(Array("Subject: due\r\n\r\nx\r\n".utf8), for: world.bruno.address)
            let client = try await world.pop3()
            #expect(try await client.line().hasPrefix("+OK"))
            #expect(try await client.say("USER bruno@pec.example.it").hasPrefix("+OK"))
            #expect(try await client.say("PASS segreto-b").hasPrefix("+OK"))
            #expect(try await client.say("STAT") == "+OK 2 43")
            let second = try await world.pop3()
            _ = try await second.line()
            _ = try await second.say("USER bruno@pec.example.it")
            #expect(try await second.say("PASS segreto-b").contains("[IN-USE]"))
            await second.close()
            #expect(try await client.say("UIDL 1") == "+OK 1 00000001")
            #expect(try await client.say("RETR 1").hasPrefix("+OK"))
            #expect(try await client.lines(until: ".") == ["Subject: uno", "", "..punto"])
            #expect(try await client.say("DELE 1").hasPrefix("+OK"))
            #expect(try await client.say("QUIT").hasPrefix("+OK"))
            await client.close()
            #expect(await world.core.maildrops.messages(for: world.bruno.address).map(\.uniqueID) == ["00000002"])
        }
    }

    @Test
    func `a wrong password, an unknown login and a session cut short leave everything as it was`() async throws {
        let world = try await ProviderWorld.make()
        try await world.run {
            await world.core.maildrops.deposit(Array("x\r\n".utf8), for: world.bruno.address)
            for (login, password) in [("bruno@pec.example.it", "segreto"), ("nessuno", "segreto-b"), ("", "")] {
                let client = try await world.pop3()
                _ = try await client.line()
                _ = try await client.say("USER \(login)")
                #expect(try await client.say("PASS \(password)").hasPrefix("-ERR"))
                await client.close()
            }
            let client = try await world.pop3()
            _ = try await client.line()
            _ = try await client.say("USER bruno@pec.example.it")
            #expect(try await client.say("PASS segreto-b").hasPrefix("+OK"))
            #expect(try await client.say("DELE 1").hasPrefix("+OK"))
            await client.close()
            let account = world.bruno.address
            _ = try await world.core.events.first { event in
                if case .retrieved(let address, _, let deleted) = event {
                    address == account && deleted == 0
                } else {
                    false
                }
            }
            #expect(await world.core.maildrops.messages(for: account).count == 1)
            #expect(await world.core.maildrops.open(account) != nil, "the lock was given back")
        }
    }

    @Test
    func `noise instead of commands is answered or cut off`() async throws {
        let world = try await ProviderWorld.make()
        try await world.run {
            for noise in [
                "\0\0\0\r\n", String(repeating: "A", count: 20_000) + "\r\n", "RETR 99999999999999999999\r\n",
            ] {
                let client = try await world.pop3()
                _ = try await client.line()
                #expect(try await client.say(String(noise.dropLast())).hasPrefix("-ERR"))
                await client.close()
            }
        }
    }
}
