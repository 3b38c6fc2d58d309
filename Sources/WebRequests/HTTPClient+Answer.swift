// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import AsyncHTTPClient
public import NIOCore
public import NIOHTTP1

/// What a web server answered.
public struct WebAnswer: Sendable {
    /// Its status.
    public var status: HTTPResponseStatus
    /// Its header fields.
    public var headers: HTTPHeaders
    /// Its body, or the beginning of it.
    public var body: ByteBuffer

    /// An answer.
    public init(status: HTTPResponseStatus, headers: HTTPHeaders, body: ByteBuffer) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}

extension HTTPClient {
    /// Carries out a request, with one deadline over head and body together: a server that drips octets is ended like one that is silent.
    ///
    /// The client's own deadline ends with the head.
    /// - Parameters:
    ///   - request: the request.
    ///   - octets: how much of the body is wanted; of a longer one at least one octet more is in the answer, which so tells it.
    ///   - limit: for all of it.
    /// - Returns: the answer, whatever its status.
    /// - Throws: `HTTPClientError.deadlineExceeded` after `limit`; what the client and its connection throw.
    public func answer(
        to request: HTTPClientRequest,
        upTo octets: Int,
        within limit: Duration
    ) async throws -> WebAnswer {
        try await withThrowingTaskGroup(of: WebAnswer.self) { tasks in
            defer { tasks.cancelAll() }
            tasks.addTask { try await self.whole(request, octets, .now() + TimeAmount(limit)) }
            tasks.addTask {
                try await _Concurrency.Task.sleep(for: limit)
                throw HTTPClientError.deadlineExceeded
            }
            guard let answer = try await tasks.next() else { throw HTTPClientError.cancelled }
            return answer
        }
    }

    private func whole(
        _ request: HTTPClientRequest,
        _ octets: Int,
        _ deadline: NIODeadline
    ) async throws -> WebAnswer {
        let response = try await execute(request, deadline: deadline)
        var body = ByteBuffer()
        for try await piece in response.body {
            body.writeImmutableBuffer(piece)
            if body.readableBytes > octets { break }
        }
        return WebAnswer(status: response.status, headers: response.headers, body: body)
    }
}
