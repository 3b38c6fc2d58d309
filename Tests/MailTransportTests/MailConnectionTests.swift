// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import MailTransport
import NIOCore
import NIOPosix
import Testing

@Suite struct MailConnectionTests {
    private let group = MultiThreadedEventLoopGroup.singleton
    private let certificates: TestCertificates

    init() throws {
        certificates = try TestCertificates()
    }

    private func endpoint(
        _ scheme: Endpoint.Scheme,
        _ port: Int,
        tls: TLSPolicy,
        trusting: Bool = true,
        host: String = "localhost"
    ) -> Endpoint {
        Endpoint(scheme: scheme, host: host, port: port, tls: tls, trust: trusting ? certificates.authority : nil)
    }

    private func failure(of endpoint: Endpoint, within limit: Duration = .seconds(5)) async -> TransportError? {
        do throws(TransportError) {
            let connection = try await MailConnector(group: group).connect(to: endpoint, within: limit)
            await connection.close()
            return nil
        } catch {
            return error
        }
    }

    @Test func `octets come as the server sends them and the end of the stream is an error of its own`() async throws {
        let server = try await ScriptedServer(greeting: "220 ready\r\n", answers: ["NOOP": "250 ok\r\n"])
        let connection = try await MailConnector(group: group)
            .connect(to: endpoint(.smtp, server.port, tls: .none), within: .seconds(5))
        #expect(String(buffer: try await connection.read(within: .seconds(5))) == "220 ready\r\n")
        try await connection.write(ByteBuffer(string: "NOOP\r\n"), within: .seconds(5))
        #expect(String(buffer: try await connection.read(within: .seconds(5))) == "250 ok\r\n")
        try await connection.write(ByteBuffer(string: "what\r\n"), within: .seconds(5))
        let ending = await #expect(throws: TransportError.self) { try await connection.read(within: .seconds(5)) }
        #expect(ending?.code == .closed)
        try await server.stop()
    }

    @Test func `who waits without reading is told once of octets, and of the end`() async throws {
        let server = try await ScriptedServer(greeting: nil, answers: ["NOOP": "250 ok\r\n"])
        let connection = try await MailConnector(group: group)
            .connect(to: endpoint(.smtp, server.port, tls: .none), within: .seconds(5))
        let (told, tell) = AsyncStream.makeStream(of: Int.self)
        var turns = told.makeAsyncIterator()
        #expect(try await connection.readAvailable() == nil)
        connection.notify { tell.yield(1) }
        try await connection.write(ByteBuffer(string: "NOOP\r\n"), within: .seconds(5))
        #expect(await turns.next() == 1)
        // Octets that are there are told at once.
        connection.notify { tell.yield(2) }
        #expect(await turns.next() == 2)
        #expect(try await connection.readAvailable().map { String(buffer: $0) } == "250 ok\r\n")
        connection.notify { tell.yield(3) }
        try await connection.write(ByteBuffer(string: "what\r\n"), within: .seconds(5))
        #expect(await turns.next() == 3)
        let ending = await #expect(throws: TransportError.self) { try await connection.readAvailable() }
        #expect(ending?.code == .closed)
        connection.notify { tell.yield(4) }
        #expect(await turns.next() == 4)
        try await server.stop()
    }

    @Test func `a silent server is given up after the limit`() async throws {
        let server = try await ScriptedServer(greeting: nil)
        let connection = try await MailConnector(group: group)
            .connect(to: endpoint(.smtp, server.port, tls: .none), within: .seconds(5))
        let error = await #expect(throws: TransportError.self) { try await connection.read(within: .milliseconds(50)) }
        #expect(error?.code == .timedOut)
        await connection.close()
        try await server.stop()
    }

    @Test func `a cancelled wait ends at once`() async throws {
        let server = try await ScriptedServer(greeting: nil)
        let connection = try await MailConnector(group: group)
            .connect(to: endpoint(.smtp, server.port, tls: .none), within: .seconds(5))
        let reading = Task { try await connection.read(within: .seconds(60)) }
        reading.cancel()
        await #expect(throws: TransportError.self) { try await reading.value }
        await connection.close()
        try await server.stop()
    }

    @Test func `a server that closes each connection at once ends the attempt, or the first read, with words`()
        async throws
    {
        let closing = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.close()
            }
        let server = try await closing.bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(server.localAddress?.port)
        let (connector, endpoint) = (
            MailConnector(group: MultiThreadedEventLoopGroup.singleton), endpoint(.smtp, port, tls: .none)
        )
        let ends = await withTaskGroup(of: TransportError.Code?.self) { tasks in
            for _ in 0..<200 {
                tasks.addTask {
                    do throws(TransportError) {
                        let connection = try await connector.connect(to: endpoint, within: .seconds(10))
                        defer { Task { await connection.close() } }
                        _ = try await connection.read(within: .seconds(10))
                        return nil
                    } catch {
                        return error.code
                    }
                }
            }
            return await tasks.reduce(into: []) { $0.append($1) }
        }
        #expect(ends.count == 200 && ends.allSatisfy { $0 == .closed || $0 == .refused })
        try await server.close()
    }

    @Test func `nobody listening and no such host are told apart`() async throws {
        let server = try await ScriptedServer(greeting: nil)
        let port = server.port
        try await server.stop()
        let refused = await failure(of: endpoint(.smtp, port, tls: .none))
        #expect(refused?.code == .refused)
        #expect(refused?.message.contains("localhost:\(port)") == true)
        let nameless = await failure(of: endpoint(.smtp, 25, tls: .none, host: "nowhere.invalid"))
        #expect(nameless?.code == .name)
        #expect(nameless?.message.hasPrefix("cannot find an address of nowhere.invalid: ") == true)
        #expect(nameless?.message.contains("Error") == false, "\(nameless?.message ?? "")")
    }

    @Test func `implicit TLS verifies root and host name`() async throws {
        let right = try await ScriptedServer(
            greeting: "220 ready\r\n",
            tls: certificates.serverContext("localhost"),
            implicit: true
        )
        let wrong = try await ScriptedServer(
            greeting: "220 ready\r\n",
            tls: certificates.serverContext("other"),
            implicit: true
        )
        #expect(await failure(of: endpoint(.smtps, right.port, tls: .verify)) == nil)
        let untrusted = await failure(of: endpoint(.smtps, right.port, tls: .verify, trusting: false))
        #expect(untrusted?.code == .tls)
        #expect(untrusted?.message.contains("not trusted") == true)
        for raw in [" at /", "SSL", "sslError", "VERIFY"] {
            #expect(untrusted?.message.contains(raw) == false, "\(untrusted?.message ?? "")")
        }
        let misnamed = await failure(of: endpoint(.smtps, wrong.port, tls: .verify))
        #expect(misnamed?.code == .tls)
        #expect(misnamed?.message.contains("another host") == true)
        #expect(await failure(of: endpoint(.smtps, wrong.port, tls: .require, trusting: false)) == nil)
        try await right.stop()
        try await wrong.stop()
    }

    @Test func `a port that does not speak TLS is named as such`() async throws {
        let server = try await ScriptedServer(greeting: "220 in clear\r\n")
        let error = await failure(of: endpoint(.smtps, server.port, tls: .verify))
        #expect(error?.code == .tls)
        #expect(error?.message.contains("does not speak TLS") == true)
        try await server.stop()
    }

    @Test func `STARTTLS turns the same connection into TLS`() async throws {
        let server = try await ScriptedServer(
            greeting: "220 ready\r\n",
            answers: ["STARTTLS": "220 go\r\n", "NOOP": "250 ok\r\n"],
            tls: certificates.serverContext("localhost")
        )
        let connection = try await MailConnector(group: group)
            .connect(to: endpoint(.smtp, server.port, tls: .verify), within: .seconds(5))
        _ = try await connection.read(within: .seconds(5))
        #expect(await connection.isSecure() == false)
        try await connection.write(ByteBuffer(string: "STARTTLS\r\n"), within: .seconds(5))
        _ = try await connection.read(within: .seconds(5))
        try await connection.startTLS(within: .seconds(5))
        #expect(await connection.isSecure())
        try await connection.write(ByteBuffer(string: "NOOP\r\n"), within: .seconds(5))
        #expect(String(buffer: try await connection.read(within: .seconds(5))) == "250 ok\r\n")
        await connection.close()
        try await server.stop()
    }

    @Test func `octets in clear behind the go-ahead end the connection`() async throws {
        let server = try await ScriptedServer(
            greeting: "220 ready\r\n",
            answers: ["STARTTLS": "220 go\r\n250 injected\r\n", "NOOP": "250 ok\r\n"]
        )
        let connection = try await MailConnector(group: group)
            .connect(to: endpoint(.smtp, server.port, tls: .verify), within: .seconds(5))
        _ = try await connection.read(within: .seconds(5))
        // The go-ahead and what was slipped in come together; a second answer shows that all of it has arrived.
        try await connection.write(ByteBuffer(string: "STARTTLS\r\n"), within: .seconds(5))
        #expect(String(buffer: try await connection.read(within: .seconds(5))).hasPrefix("220 go\r\n"))
        try await connection.write(ByteBuffer(string: "NOOP\r\n"), within: .seconds(5))
        let flag = try await MailConnector(group: group)
            .connect(to: endpoint(.smtp, server.port, tls: .none), within: .seconds(5))
        _ = try await flag.read(within: .seconds(5))
        try await flag.write(ByteBuffer(string: "NOOP\r\n"), within: .seconds(5))
        _ = try await flag.read(within: .seconds(5))
        await flag.close()
        let error = await #expect(throws: TransportError.self) { try await connection.startTLS(within: .seconds(5)) }
        #expect(error?.code == .injection)
        await #expect(throws: TransportError.self) { try await connection.read(within: .seconds(5)) }
        try await server.stop()
    }

    @Test func `a server that floods an owner who does not read is slowed down, and nothing is lost`() async throws {
        let flood = String(repeating: "0123456789abcde\n", count: 1 << 19)  // 8 MiB
        let server = try await ScriptedServer(greeting: flood)
        let connection = try await MailConnector(group: group)
            .connect(to: endpoint(.smtp, server.port, tls: .none), within: .seconds(5))
        var received = 0
        while received < flood.utf8.count { received += try await connection.read(within: .seconds(5)).readableBytes }
        #expect(received == flood.utf8.count)
        await connection.close()
        try await server.stop()
    }
}
