// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOHTTP1
import Synchronization

/// An HTTPS server that gives each host its policy of MTA-STS, and counts the questions.
package final class PolicyServer: Sendable {
    /// Its port.
    package let port = Ports.take()
    private let address: String
    private let policies: [String: String]
    private let authority: CertificateAuthority
    private let listener = HTTPSListener()
    private let asked = Mutex<[String]>([])

    /// A server at `address`; `policies` by host.
    package init(address: String, authority: CertificateAuthority, policies: [String: String]) {
        self.address = address
        self.authority = authority
        self.policies = policies
    }

    /// The hosts that were asked for, in order.
    package var questions: [String] { asked.withLock { $0 } }

    /// Begins to listen.
    package func start() async throws {
        try await listener.start(on: address, port: port, by: authority) { [self] in Handler(server: self) }
    }

    /// Stops listening.
    package func stop() async throws {
        try await listener.stop()
    }

    fileprivate func answer(_ head: HTTPRequestHead) -> String? {
        let host = String((head.headers.first(name: "host") ?? "").prefix { $0 != ":" })
        asked.withLock { $0.append(host) }
        return head.uri == "/.well-known/mta-sts.txt" ? policies[host] : nil
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private let server: PolicyServer

        init(server: PolicyServer) { self.server = server }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            guard case .head(let head) = unwrapInboundIn(data) else { return }
            let policy = server.answer(head)
            let headers: HTTPHeaders = ["content-type": "text/plain", "content-length": "\((policy ?? "").utf8.count)"]
            let answer = HTTPResponseHead(version: .http1_1, status: policy == nil ? .notFound : .ok, headers: headers)
            context.write(wrapOutboundOut(.head(answer)), promise: nil)
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: policy ?? "")))), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }
    }
}
