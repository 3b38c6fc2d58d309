// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import TestLab
import Testing

extension EndToEnd {
    /// Access tokens in place of passwords, against an authorization server of the lab, Dovecot and Postfix, who ask it whose a token is.
    @Suite struct OAuthTests {
        private static let address = "pec1@pec.test"

        /// A world whose one account logs in with tokens.
        private static func with(
            _ grant: String,
            secret: String? = nil,
            retrieval: String = "pop3",
            _ body: (World, AuthorizationServer) async throws -> Void
        ) async throws {
            try await World.with(boxes: 2, withTokens: true) { file, provider in
                guard let provider, let tokens = provider.tokens else { throw LabError("no authorization server") }
                var account = GatewayFile.Account(address, fetch: "{protocol: \(retrieval), every: 1s, keep: 0d}")
                var reference: String?
                if let secret {
                    try Files.write(secret, to: "\(file.directory)/client-secret", mode: 0o600)
                    reference = "{file: \(file.directory)/client-secret}"
                }
                account.oauth = tokens.entries(grant: grant, withSecret: reference)
                file.accounts = [account]
                let entries = GatewayFile.provider(
                    submit: "smtps://localhost:\(provider.smtps)",
                    pop3: "pop3s://localhost:\(provider.dovecot.pop3s)",
                    imap: "imaps://localhost:\(provider.dovecot.imaps)",
                    authority: provider.authority,
                    isCertified: false
                )
                file.providers = [("pec", entries)]
                let key = "\(file.directory)/vault.key"
                try Files.write(String(repeating: "0f", count: 32), to: key, mode: 0o600)
                file.more = "vault: {key: {file: \(key)}}\n"
            } _: { world in
                try await body(world, try #require(world.provider?.tokens))
                // P7: neither the log, nor any file of the state, nor what commands say, shows what the server gave out.
                for secret in try #require(world.provider?.tokens).secrets {
                    let search = try Command.outcome(
                        "grep",
                        ["-rlaF", "-e", secret, world.gateway.log, world.gateway.file.state]
                    )
                    #expect(search.code == 1, "\(secret) is found in \(search.output)")
                }
            }
        }

        /// Signs in as a person does: opens the address that the command shows with a browser, which the server sends back.
        private static func signInByBrowser(_ world: World, _ tokens: AuthorizationServer) async throws -> String {
            let log = "\(world.directory)/sign-in.\(UInt32.random(in: 0...UInt32.max))"
            let process = try ChildProcess(
                Gateway.program,
                ["account", "sign-in", address, "--config", world.gateway.file.path],
                log: log
            )
            let end = ContinuousClock.now + .seconds(60)
            var url: Substring?
            while url == nil, process.ending == nil, ContinuousClock.now < end {
                url = Files.text(log).split(whereSeparator: \.isWhitespace).first { $0.hasPrefix(tokens.base) }
                try await Task.sleep(for: .milliseconds(20))
            }
            let arguments = [
                "-s", "-L", "--cacert", tokens.authority.root, String(try #require(url, "\(process.tail())")),
            ]
            let page = try Command.outcome("curl", arguments)
            #expect(page.output.contains("You may close this page"), "\(page.output)")
            let processes = try Command.outcome("ps", ["-eo", "args"]).output
            #expect(
                tokens.secrets.allSatisfy { secret in !processes.contains(secret) || secret.hasPrefix("code-") },
                "P7"
            )
            #expect(await process.wait(within: .seconds(60)) == .exited(0), "\(process.tail())")
            let words = Files.text(log)
            #expect(tokens.secrets.allSatisfy { !words.contains($0) }, "P7")
            return words
        }

        private static func retrieved(_ number: Int) -> KnownMessage {
            KnownMessage(run: "oauth-in", number: number, from: "ada@fuori.test", to: address)
        }

        private static func sent(_ number: Int) -> KnownMessage {
            KnownMessage(run: "oauth-out", number: number, from: address, to: "pec2@pec.test")
        }

        private static func send(_ world: World, _ numbers: Range<Int>) async {
            let sender = Sender(port: world.gateway.file.exchangePort, from: address, to: ["pec2@pec.test"])
            let attempts = await sender.send(numbers, sent)
            #expect(attempts.allSatisfy { $0.reply.code == 250 }, world.lastWords)
        }

        @Test(.timeLimit(.minutes(5)))
        func `Tokens expire, rotate, are revoked and signed in for again, and no message is lost or comes twice`()
            async throws
        {
            try await Self.with("authorization_code") { world, tokens in
                let dovecot = try #require(world.provider).dovecot
                let (box, other) = (try dovecot.maildir(Self.address), try dovecot.maildir("pec2@pec.test"))
                // Nobody has signed in: an alert says what to do, mail waits.
                let isAsked = try await world.gateway.waitForLine(
                    "ceralacca account sign-in \(Self.address)",
                    within: .seconds(60)
                )
                #expect(isAsked, world.lastWords)
                #expect(try world.gateway.command(["status"]).output.contains("account:\(Self.address):sign-in"))
                for number in 0..<5 { try box.add(Self.retrieved(number).octets, name: number) }
                await Self.send(world, 0..<5)
                tokens.change { $0.accessLife = 10 }
                let words = try await Self.signInByBrowser(world, tokens)
                #expect(words.contains("The tokens are of \(Self.address)"), "\(words)")
                #expect(words.contains("ok: submission of") && words.contains("ok: maildrop of"), "\(words)")
                #expect(await world.exchange.journal.waitForNumbers(5, within: .seconds(60)), world.lastWords)
                // What was given back to the queue meanwhile is due within a minute.
                let isSent = try await other.wait(for: 5, within: .seconds(100))
                #expect(isSent, world.lastWords)
                // Tokens of ten seconds: they are renewed ahead of their end, again and again, while mail flows.
                let renewals = tokens.count("refresh_token")
                for number in 5..<15 {
                    try box.add(Self.retrieved(number).octets, name: number)
                    try await Task.sleep(for: .seconds(1))
                }
                await Self.send(world, 5..<10)
                #expect(await world.exchange.journal.waitForNumbers(15, within: .seconds(60)), world.lastWords)
                #expect(tokens.count("refresh_token") > renewals, "renewed while mail flows")
                // A refresh token that is revoked: an alert, nothing lost, and a sign-in beside the running gateway mends it.
                tokens.revokeAll()
                let isRefused = try await world.gateway.waitForLine("the lab says invalid_grant", within: .seconds(60))
                #expect(isRefused, world.lastWords)
                for number in 15..<20 { try box.add(Self.retrieved(number).octets, name: number) }
                await Self.send(world, 10..<15)
                let shown = try world.gateway.command(["account", "status", Self.address]).output
                #expect(
                    shown.contains("sign-in") && shown.contains("ceralacca account sign-in \(Self.address)"),
                    "\(shown)"
                )
                tokens.change { $0.accessLife = 3600 }
                _ = try await Self.signInByBrowser(world, tokens)
                #expect(await world.exchange.journal.waitForNumbers(20, within: .seconds(90)), world.lastWords)
                let isComplete = try await other.wait(for: 15, within: .seconds(100))
                #expect(isComplete, world.lastWords)
                #expect(try await box.waitUntilEmpty(within: .seconds(60)), world.lastWords)
                let isEnded = try await world.gateway.waitForLine("alert ends", within: .seconds(30))
                #expect(isEnded, world.lastWords)
                #expect(
                    world.gateway.lines(with: "\(Self.address):login").isEmpty,
                    "nothing speaks of a wrong password"
                )
                let records = world.exchange.journal.taken.filter { $0.number != nil }
                world.expectEach(20, in: records, allowed: FlowTests.retrieved, Self.retrieved)
                world.expectEach(
                    15,
                    in: other.records,
                    allowed: ["Return-Path", "Delivered-To", "Received"],
                    Self.sent
                )
            }
        }

        @Test(.timeLimit(.minutes(3)))
        func `A code for a device is shown, and the server's pace is kept`() async throws {
            try await Self.with("device_code") { world, tokens in
                tokens.change { $0.deviceAnswers = ["authorization_pending", "slow_down", "authorization_pending"] }
                let begin = ContinuousClock.now
                let outcome = try world.gateway.command(["account", "sign-in", Self.address])
                #expect(outcome.code == 0, "\(outcome.output)")
                #expect(outcome.output.contains("WDJB-MJHT") && outcome.output.contains("\(tokens.base)/activate"))
                #expect(ContinuousClock.now - begin >= .seconds(14), "1 s, 1 s, 6 s, 6 s")
                #expect(tokens.secrets.allSatisfy { !outcome.output.contains($0) }, "P7")
                let box = try #require(world.provider).dovecot.maildir(Self.address)
                try box.add(Self.retrieved(0).octets, name: 0)
                #expect(await world.exchange.journal.waitForNumbers(1, within: .seconds(60)), world.lastWords)
                let listed = try world.gateway.command(["secret", "list"]).output
                #expect(listed.contains("oauth-tokens.\(Self.address)") && listed.contains("tokens"), "\(listed)")
            }
        }

        @Test(.timeLimit(.minutes(3)))
        func `The browser is elsewhere: its address is pasted, and a wrong one changes nothing`() async throws {
            try await Self.with("authorization_code") { world, tokens in
                for (suffix, ending) in [("x", ChildProcess.Ending.exited(1)), ("", .exited(0))] {
                    let (pipe, log) = ("\(world.directory)/pipe\(suffix)", "\(world.directory)/paste\(suffix)")
                    try Command.run("mkfifo", [pipe])
                    let process = try ChildProcess(
                        "/bin/sh",
                        [
                            "-c", "exec \"$0\" account sign-in --paste --config \"$1\" \"$2\" < \"$3\"",
                            Gateway.program,
                            world.gateway.file.path, Self.address, pipe,
                        ],
                        log: log
                    )
                    let writer = try ChildProcess(
                        "/bin/sh",
                        ["-c", "exec sleep 60 > \"$0\"", pipe],
                        log: "\(log).writer"
                    )
                    let end = ContinuousClock.now + .seconds(60)
                    var url: Substring?
                    while url == nil, process.ending == nil, ContinuousClock.now < end {
                        url = Files.text(log).split(whereSeparator: \.isWhitespace).first { $0.hasPrefix(tokens.base) }
                        try await Task.sleep(for: .milliseconds(20))
                    }
                    let redirection = try Command.outcome(
                        "curl",
                        [
                            "-s", "--cacert", tokens.authority.root, "-w", "%{redirect_url}",
                            String(try #require(url, "\(process.tail())")),
                        ]
                    ).output
                    #expect(redirection.hasPrefix("http://127.0.0.1:"), "\(redirection)")
                    try Command.run("/bin/sh", ["-c", "echo \"$0\" > \"$1\"", "\(redirection)\(suffix)", pipe])
                    #expect(await process.wait(within: .seconds(60)) == ending, "\(process.tail())")
                    writer.signal(SIGKILL)
                    #expect(tokens.secrets.allSatisfy { !Files.text(log).contains($0) }, "P7")
                }
                #expect(tokens.count("authorization_code") == 1, "a wrong state redeems no code")
            }
        }

        @Test(.timeLimit(.minutes(3)), arguments: ["pop3", "imap"])
        func `Client credentials need no sign-in, and a refused token is renewed before anybody is told`(
            _ retrieval: String
        ) async throws {
            let secret = AuthorizationServer.clientSecret
            try await Self.with("client_credentials", secret: secret, retrieval: retrieval) { world, tokens in
                let box = try #require(world.provider).dovecot.maildir(Self.address)
                try box.add(Self.retrieved(0).octets, name: 0)
                #expect(await world.exchange.journal.waitForNumbers(1, within: .seconds(60)), world.lastWords)
                let outcome = try world.gateway.command(["account", "sign-in", Self.address])
                #expect(outcome.code == 0 && outcome.output.contains("needs no sign-in"), "\(outcome.output)")
                let check = try world.gateway.command(["check", "--connect"])
                #expect(check.code == 0, "\(check.output)")
                try await Task.sleep(for: .seconds(11))  // the token's age from which on a refusal is worth another one
                tokens.revokeAccessTokens()
                try box.add(Self.retrieved(1).octets, name: 1)
                #expect(await world.exchange.journal.waitForNumbers(2, within: .seconds(60)), world.lastWords)
                #expect(world.gateway.lines(with: "alert begins").isEmpty, world.lastWords)
            }
        }
    }
}
