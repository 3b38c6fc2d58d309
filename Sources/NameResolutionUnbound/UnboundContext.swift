// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import CUnbound
import Glibc
import NameResolution
import Synchronization

/// One context of libunbound, which resolves in a thread of its own, and a thread of ours that takes its answers.
///
/// ```text
/// ask ─▶ libunbound's thread ─▶ descriptor ─▶ our thread: ub_process ─▶ answered ─▶ the query's end
///                                                └─ nothing in time: timedOut, by the oldest question's deadline
/// ```
final class UnboundContext: Sendable {
    /// The context; libunbound guards it by locks of its own, and it is deleted once, by our thread, when nothing is asked any more.
    private struct Handle: @unchecked Sendable { let pointer: OpaquePointer }

    /// What libunbound gives back with an answer, by its address.
    private final class Ticket: Sendable {
        let query: UnboundQuery
        unowned let context: UnboundContext

        init(_ query: UnboundQuery, _ context: UnboundContext) {
            self.query = query
            self.context = context
        }
    }

    private struct Open {
        /// What libunbound works on, each until its callback, those too that are out of time.
        var tickets: [ObjectIdentifier: Ticket] = [:]
        /// Those for which libunbound has no room yet, in order.
        var waiting: [UnboundQuery] = []
        /// All that was asked, oldest first, each until it has its end.
        var deadlines: [(query: UnboundQuery, at: ContinuousClock.Instant)] = []
        var isStopping = false
    }

    /// Questions that libunbound has at the same time: with many more it takes a server that is merely slow for one that is down.
    private static let parallelQuestions = 200

    private let handle: Handle
    private let settings: UnboundSettings
    private let open = Mutex(Open())
    private let wakeReader: Int32
    private let wakeWriter: Int32

    init(_ settings: UnboundSettings) throws(NameResolutionError) {
        guard let pointer = ub_ctx_create() else {
            throw NameResolutionError(.failed, "libunbound has no memory for a context")
        }
        do throws(NameResolutionError) {
            try Self.set(pointer, settings)
        } catch {
            ub_ctx_delete(pointer)
            throw error
        }
        var pipes: [Int32] = [-1, -1]
        guard pipe(&pipes) == 0 else {
            ub_ctx_delete(pointer)
            throw NameResolutionError(.failed, "no pipe for the resolver: \(String(cString: strerror(errno)))")
        }
        for end in pipes {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        handle = Handle(pointer: pointer)
        self.settings = settings
        wakeReader = pipes[0]
        wakeWriter = pipes[1]
        try beginThread()
    }

    private func beginThread() throws(NameResolutionError) {
        var thread = pthread_t()
        let retained = Unmanaged.passRetained(self)
        let code = pthread_create(
            &thread,
            nil,
            { raw in
                guard let raw else { return nil }
                Unmanaged<UnboundContext>.fromOpaque(raw).takeRetainedValue().run()
                return nil
            },
            retained.toOpaque()
        )
        guard code == 0 else {
            retained.release()
            end()
            throw NameResolutionError(.failed, "no thread for the resolver: \(String(cString: strerror(code)))")
        }
        pthread_detach(thread)
    }

    // MARK: Settings

    /// What libunbound is told once; the servers that are asked answer for all names, also for those that it would answer by itself.
    private static let options = [
        ("do-not-query-localhost:", "no"), ("unblock-lan-zones:", "yes"), ("insecure-lan-zones:", "yes"),
        ("local-zone:", "test. transparent"), ("outgoing-range:", "256"), ("num-queries-per-thread:", "512"),
        // Servers that did not answer are asked again after a minute, not after a quarter of an hour.
        ("infra-host-ttl:", "60"),
    ]

    private static func set(_ pointer: OpaquePointer, _ settings: UnboundSettings) throws(NameResolutionError) {
        ub_ctx_debugout(pointer, nil)
        for (name, value) in options { try check(ub_ctx_set_option(pointer, name, value), "\(name) \(value)") }
        var servers = settings.servers
        if servers.isEmpty {
            if access(settings.resolverFile, F_OK) == 0 {
                try check(ub_ctx_resolvconf(pointer, settings.resolverFile), settings.resolverFile)
            } else {
                servers = [UnboundSettings.Server(address: "127.0.0.1")]  // as resolv.conf(5) says
            }
        }
        for server in servers {
            try check(ub_ctx_set_fwd(pointer, "\(server.address)@\(server.port)"), server.address)
        }
        if let file = settings.trustAnchor {
            guard access(file, R_OK) == 0 else {
                throw NameResolutionError(.failed, "\(file): \(String(cString: strerror(errno)))")
            }
            try check(ub_ctx_add_ta_file(pointer, file), file)
        }
        try check(ub_ctx_async(pointer, 1), "async")
        // The first call that is no setting reads the trust anchor: here, so that a wrong one is told of and not met by each question.
        try check(ub_ctx_data_remove(pointer, "nothing.invalid."), settings.trustAnchor ?? "settings")
    }

    private static func check(_ code: Int32, _ what: String) throws(NameResolutionError) {
        guard code == 0 else { throw NameResolutionError(.failed, "\(what): \(String(cString: ub_strerror(code)))") }
    }

    // MARK: Questions

    /// Asks; the query gets its end from here.
    func ask(_ query: UnboundQuery) {
        let refusal: String? = open.withLock { open in
            guard !open.isStopping else { return "the resolver has been stopped" }
            guard open.tickets.count + open.waiting.count < settings.maximumQuestions else {
                return "too many questions are open"
            }
            let isFirst = open.deadlines.isEmpty
            open.deadlines.append((query, .now + settings.timeout))
            if isFirst { wake() }
            guard open.tickets.count < Self.parallelQuestions else {
                open.waiting.append(query)
                return nil
            }
            return give(query, &open)
        }
        if let refusal { query.finish(.failure(NameResolutionError(.failed, "\(query): \(refusal)"))) }
    }

    /// Gives a question to libunbound.
    /// - Returns: why it does not take it; nil when it does.
    private func give(_ query: UnboundQuery, _ open: inout Open) -> String? {
        let ticket = Ticket(query, self)
        var number: Int32 = 0
        let code = ub_resolve_async(
            handle.pointer,
            query.name,
            Int32(query.type.rawValue),
            1,
            Unmanaged.passUnretained(ticket).toOpaque(),
            { data, code, result in
                defer { ub_resolve_free(result) }
                guard let data else { return }
                let ticket = Unmanaged<Ticket>.fromOpaque(data).takeUnretainedValue()
                ticket.context.answered(ticket, code, result)
            },
            &number
        )
        guard code == 0 else { return String(cString: ub_strerror(code)) }
        open.tickets[ObjectIdentifier(ticket)] = ticket
        return nil
    }

    /// Ends the thread, and with it the context.
    func stop() {
        open.withLock { open in
            guard !open.isStopping else { return }
            open.isStopping = true
            wake()
        }
    }

    private func answered(_ ticket: Ticket, _ code: Int32, _ result: UnsafeMutablePointer<ub_result>?) {
        open.withLock { open in
            open.tickets[ObjectIdentifier(ticket)] = nil
            while open.tickets.count < Self.parallelQuestions, let next = open.waiting.first {
                open.waiting.removeFirst()
                guard !next.isFinished, !open.isStopping, let refusal = give(next, &open) else { continue }
                next.finish(.failure(NameResolutionError(.failed, "\(next): \(refusal)")))
            }
        }
        ticket.query.finish(ticket.query.read(code, result))
    }

    // MARK: The thread

    private func run() {
        while let wait = nextWait() {
            var descriptors = [
                pollfd(fd: ub_fd(handle.pointer), events: Int16(POLLIN), revents: 0),
                pollfd(fd: wakeReader, events: Int16(POLLIN), revents: 0),
            ]
            poll(&descriptors, nfds_t(descriptors.count), wait)
            if descriptors[1].revents != 0 { drain() }
            if descriptors[0].revents != 0 { ub_process(handle.pointer) }
        }
        end()
    }

    /// Gives what is out of time its end.
    /// - Returns: milliseconds until the next deadline, -1 when nothing is asked; nil once the context is to end.
    private func nextWait() -> Int32? {
        let now = ContinuousClock.now
        let (late, wait): ([UnboundQuery], Int32?) = open.withLock { open in
            guard !open.isStopping else { return ([], nil) }
            let over = open.deadlines.prefix { $0.at <= now || $0.query.isFinished }
            open.deadlines.removeFirst(over.count)
            guard let next = open.deadlines.first else { return (over.map(\.query), -1) }
            let milliseconds = (next.at - now) / .milliseconds(1)
            return (over.map(\.query), Int32(min(max(milliseconds, 0) + 1, 60_000)))
        }
        for query in late {
            query.finish(
                .failure(NameResolutionError(.timedOut, "\(query): no answer within \(settings.timeout)"))
            )
        }
        return wait
    }

    private func end() {
        let (rest, _) = open.withLock { open in
            open.isStopping = true
            defer {
                open.tickets = [:]
                open.waiting = []
            }
            return (open.deadlines.map(\.query), ub_ctx_delete(handle.pointer))
        }
        close(wakeReader)
        close(wakeWriter)
        for query in rest {
            query.finish(.failure(NameResolutionError(.failed, "\(query): the resolver has been stopped")))
        }
    }

    private func wake() {
        var octet: UInt8 = 0
        _ = write(wakeWriter, &octet, 1)
    }

    private func drain() {
        var octets = [UInt8](repeating: 0, count: 64)
        while read(wakeReader, &octets, octets.count) > 0 {}
    }
}
