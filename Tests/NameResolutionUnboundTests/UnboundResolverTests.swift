// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import NameResolution
import NameResolutionUnbound
import TestLab
import Testing

/// Against Debian's NSD with zones that are signed, not signed, and signed wrongly.
@Suite struct UnboundResolverTests {
    @Test(.timeLimit(.minutes(5)))
    func `a signed zone is secure, an unsigned one is not, and what does not exist is an answer`() async throws {
        try await withServer { server, resolver in
            let secure = try await resolver.resolve("mail.firmato.test", .a)
            #expect(secure.records == [[127, 0, 0, 2]] && secure.security == .secure)
            #expect(secure.canonicalName == "mail.firmato.test")
            let mx = try await resolver.resolve("firmato.test.", .mx)
            #expect(mx.records == [[0, 10] + Self.wire("mail.firmato.test")] && mx.security == .secure)
            let tlsa = try await resolver.resolve("_25._tcp.mail.firmato.test", .tlsa)
            #expect(tlsa.records == [[3, 1, 1] + [UInt8](repeating: 0xAB, count: 32)] && tlsa.security == .secure)
            let plain = try await resolver.resolve("mail.semplice.test", .aaaa)
            #expect(plain.records == [[UInt8](repeating: 0, count: 15) + [1]] && plain.security == .insecure)

            let none = try await resolver.resolve("mail.firmato.test", .aaaa)
            #expect(none.records.isEmpty && !none.isNameAbsent && none.security == .secure)
            let absent = try await resolver.resolve("niente.firmato.test", .a)
            #expect(absent.records.isEmpty && absent.isNameAbsent && absent.security == .secure)
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func `an alias leads to the records at its end, and is as secure as its weakest link`() async throws {
        try await withServer { _, resolver in
            let inside = try await resolver.resolve("alias.firmato.test", .a)
            #expect(inside.records == [[127, 0, 0, 2]] && inside.security == .secure)
            #expect(inside.canonicalName == "mail.firmato.test")
            let outside = try await resolver.resolve("fuori.firmato.test", .a)
            #expect(outside.records == [[127, 0, 0, 3]] && outside.security == .insecure)
            #expect(outside.canonicalName == "mail.semplice.test")
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func `a false proof is an error that says so, and never an answer`() async throws {
        try await withServer { _, resolver in
            for (name, type) in [("mail.falso.test", DNSRecordType.a), ("falso.test", .mx)] {
                let error = await #expect(throws: NameResolutionError.self) { try await resolver.resolve(name, type) }
                #expect(error?.code == .bogus, "\(String(describing: error))")
                #expect(error?.description.contains("DNSSEC") == true)
            }
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func `without a trust anchor nothing is secure and nothing is bogus`() async throws {
        try await withServer(isValidating: false) { _, resolver in
            let signed = try await resolver.resolve("mail.firmato.test", .a)
            #expect(signed.security == .insecure)
            let changed = try await resolver.resolve("mail.falso.test", .a)
            #expect(changed.records == [[126, 0, 0, 4]])
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func `a dead server costs no more than the deadline, and is asked again once it is back`() async throws {
        try await withServer(timeout: .milliseconds(500)) { server, resolver in
            await server.stop()
            let begin = ContinuousClock.now
            let error = await #expect(throws: NameResolutionError.self) {
                try await resolver.resolve("mail.firmato.test", .a)
            }
            #expect(error?.code == .timedOut)
            #expect(ContinuousClock.now - begin < .seconds(5))
            try await server.start()
            var answer: DNSAnswer?
            while answer == nil {
                do throws(NameResolutionError) { answer = try await resolver.resolve("mail.semplice.test", .a) } catch {
                    #expect(error.code != .bogus)
                }
            }
            #expect(answer?.records == [[127, 0, 0, 3]])
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func `a thousand questions at once each get their answer, and those beyond the bound an error at once`()
        async throws
    {
        try await withServer(timeout: .seconds(120), maximumQuestions: 1200) { _, resolver in
            let outcomes = await withTaskGroup(of: Result<DNSAnswer, NameResolutionError>.self) { group in
                for number in 0..<3000 {
                    group.addTask {
                        do throws(NameResolutionError) {
                            return .success(try await resolver.resolve("n\(number).semplice.test", .a))
                        } catch { return .failure(error) }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            var answers = 0
            for outcome in outcomes {
                switch outcome {
                case .success(let answer):
                    answers += 1
                    #expect(answer.isNameAbsent)
                case .failure(let error): #expect(error.description.contains("too many questions"))
                }
            }
            #expect(answers >= 1000)
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func `a cancelled task and a stopped resolver leave nobody waiting`() async throws {
        try await withServer(timeout: .seconds(60)) { server, resolver in
            await server.stop()
            let waiting = Task { () -> NameResolutionError? in
                do throws(NameResolutionError) {
                    _ = try await resolver.resolve("mail.firmato.test", .a)
                    return nil
                } catch { return error }
            }
            waiting.cancel()
            #expect(await waiting.value?.code == .timedOut)
            let stopped = Task { () -> NameResolutionError? in
                do throws(NameResolutionError) {
                    _ = try await resolver.resolve("mail.semplice.test", .a)
                    return nil
                } catch { return error }
            }
            resolver.stop()
            #expect(await stopped.value?.code == .failed)
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func `a question that is out of time, or for which nobody waits any more, leaves its place to others`()
        async throws
    {
        try await withMutedServer(timeout: .milliseconds(700), maximumQuestions: 3) { resolver in
            for round in 0..<4 {
                let errors = await withTaskGroup(of: NameResolutionError?.self) { group in
                    for number in 0..<3 { group.addTask { await Self.error("\(round)-\(number).muto.test", resolver) } }
                    return await group.reduce(into: []) { $0.append($1) }
                }
                #expect(errors.map { $0?.code } == [.timedOut, .timedOut, .timedOut], "\(errors)")
            }
            #expect(await Self.error("mail.semplice.test", resolver) == nil)
        }
        try await withMutedServer(timeout: .seconds(120), maximumQuestions: 2) { resolver in
            for number in 0..<20 {
                let question = Task { await Self.error("\(number).muto.test", resolver) }
                // Cancelled before it is asked, or after: it holds no place either way.
                if number % 2 == 0 { await Task.yield() }
                question.cancel()
                // Its place comes free a moment later.
                let error = await question.value
                #expect(error?.code == .timedOut || error?.description.contains("too many questions") == true)
            }
            var error = await Self.error("mail.semplice.test", resolver)
            while error?.description.contains("too many questions") == true {
                error = await Self.error("mail.semplice.test", resolver)
            }
            #expect(error == nil)
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func `equal questions are asked once, and who is cancelled takes the answer from nobody`() async throws {
        try await withMutedServer(timeout: .seconds(60), maximumQuestions: 1) { resolver in
            let gone = Task { await Self.error("mail.semplice.test", resolver) }
            let answers = await withTaskGroup(of: Result<DNSAnswer, NameResolutionError>.self) { group in
                for number in 0..<50 {
                    group.addTask {
                        let name = ["mail.semplice.test", "MAIL.semplice.test."][number % 2]
                        do throws(NameResolutionError) { return .success(try await resolver.resolve(name, .a)) } catch {
                            return .failure(error)
                        }
                    }
                }
                gone.cancel()
                return await group.reduce(into: []) { $0.append($1) }
            }
            for answer in answers {
                guard case .success(let answer) = answer else {
                    Issue.record("\(answer)")
                    continue
                }
                #expect(answer.records == [[127, 0, 0, 3]])
            }
            _ = await gone.value
        }
    }

    private static func error(_ name: String, _ resolver: UnboundResolver) async -> NameResolutionError? {
        do throws(NameResolutionError) {
            _ = try await resolver.resolve(name, .a)
            return nil
        } catch { return error }
    }

    /// A server that never answers for what lies below `muto.test`.
    private func withMutedServer(
        timeout: Duration,
        maximumQuestions: Int,
        _ body: (UnboundResolver) async throws -> Void
    ) async throws {
        try await withServer(isValidating: false) { server, _ in
            let muted = try await MutedNameServer(upstream: server.port, silent: "muto")
            let resolver = try UnboundResolver(
                UnboundSettings(
                    servers: [.init(address: "127.0.0.1", port: muted.port)],
                    timeout: timeout,
                    maximumQuestions: maximumQuestions
                )
            )
            try await body(resolver)
            resolver.stop()
            try await muted.stop()
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func `changed settings are taken without a restart, and wrong ones are told of`() async throws {
        try await withServer(isValidating: false) { server, resolver in
            let unproved = try await resolver.resolve("mail.firmato.test", .a)
            #expect(unproved.security == .insecure)
            let servers = [UnboundSettings.Server(address: "127.0.0.1", port: server.port)]
            try resolver.update(UnboundSettings(servers: servers, trustAnchor: server.trustAnchor))
            let proved = try await resolver.resolve("mail.firmato.test", .a)
            #expect(proved.security == .secure)
            let missing = #expect(throws: NameResolutionError.self) {
                try resolver.update(UnboundSettings(servers: servers, trustAnchor: "/nowhere/root.key"))
            }
            #expect(missing?.description.contains("/nowhere/root.key") == true)
            #expect(throws: NameResolutionError.self) {
                try resolver.update(UnboundSettings(servers: [.init(address: "nessuno")]))
            }
            let kept = try await resolver.resolve("mail.firmato.test", .a)
            #expect(kept.security == .secure)
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func `a name that the DNS cannot hold does not exist`() async throws {
        try await withServer { _, resolver in
            let long = String(repeating: "a", count: 64)
            for name in ["\(long).test", "a..test", ".test", "", "città.test", "a b.test", #"a\.b.test"#] {
                let answer = try await resolver.resolve(name, .a)
                #expect(answer.isNameAbsent, "\(name)")
            }
        }
    }

    private static func wire(_ name: String) -> [UInt8] {
        name.split(separator: ".").flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) } + [0]
    }

    private func withServer(
        isValidating: Bool = true,
        timeout: Duration = .seconds(10),
        maximumQuestions: Int = 2000,
        _ body: (NameServer, UnboundResolver) async throws -> Void
    ) async throws {
        let directory = try Files.makeTemporaryDirectory("dns")
        defer { Files.remove(directory) }
        let digest = String(repeating: "ab", count: 32)
        let server = try NameServer(
            in: directory,
            [
                .init(
                    "firmato.test",
                    .signed,
                    """
                    @ IN MX 10 mail
                    mail IN A 127.0.0.2
                    alias IN CNAME mail
                    fuori IN CNAME mail.semplice.test.
                    _25._tcp.mail IN TLSA 3 1 1 \(digest)
                    """
                ),
                .init("semplice.test", .unsigned, "mail IN A 127.0.0.3\nmail IN AAAA ::1"),
                .init("falso.test", .bogus, "@ IN MX 10 mail\nmail IN A 127.0.0.4"),
            ]
        )
        try await server.start()
        let resolver = try UnboundResolver(
            UnboundSettings(
                servers: [.init(address: "127.0.0.1", port: server.port)],
                trustAnchor: isValidating ? server.trustAnchor : nil,
                timeout: timeout,
                maximumQuestions: maximumQuestions
            )
        )
        do {
            try await body(server, resolver)
        } catch {
            await server.stop()
            throw error
        }
        resolver.stop()
        await server.stop()
    }
}
