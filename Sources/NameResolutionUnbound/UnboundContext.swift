// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import CUnbound
import Glibc
import NameResolution
import Synchronization

/// One context of libunbound, which resolves in a thread of its own, and a thread of ours that takes its answers.
///
/// ```text
/// ask ─▶ question ─▶ libunbound's thread ─▶ descriptor ─▶ our thread: ub_process ─▶ answered ─▶ the queries' end
///           │  equal ones are asked once           └─ nothing in time: timedOut, by the oldest query's deadline
///           └─ nobody waits for it any more: ub_cancel, its place is free
/// ```
final class UnboundContext: Sendable {
    /// The context; libunbound guards it by locks of its own, and it is deleted once, by our thread, when nothing is asked any more.
    private struct Handle: @unchecked Sendable { let pointer: OpaquePointer }

    /// What libunbound gives back with an answer, by its address.
    private final class Ticket: Sendable {
        let key: UnboundQuery.Key
        unowned let context: UnboundContext

        init(_ key: UnboundQuery.Key, _ context: UnboundContext) {
            self.key = key
            self.context = context
        }
    }

    /// What is asked once, however many wait for the answer.
    private struct Question {
        var waiters: [UnboundQuery]
        /// While libunbound works on it: by what it is called back, and cancelled.
        var asked: (ticket: Ticket, number: Int32)?
    }

    private struct Open {
        var questions: [UnboundQuery.Key: Question] = [:]
        /// How many of them libunbound works on.
        var asked = 0
        /// Those for which libunbound has no room yet, in order, and some that are gone.
        var waiting: [UnboundQuery.Key] = []
        /// All that was asked, oldest first, each until it has its end.
        var deadlines: [(query: UnboundQuery, at: ContinuousClock.Instant)] = []
        /// Those for which nobody waits any more.
        var abandoned: [UnboundQuery] = []
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
            // Cancelled before it was asked.
            guard !query.isFinished else { return nil }
            guard open.questions[query.key] != nil || open.questions.count < settings.maximumQuestions else {
                return "too many questions are open"
            }
            let isFirst = open.deadlines.isEmpty
            open.deadlines.append((query, .now + settings.timeout))
            if isFirst { wake() }
            guard open.questions[query.key] == nil else {
                open.questions[query.key]?.waiters.append(query)
                return nil
            }
            open.questions[query.key] = Question(waiters: [query])
            guard open.asked < Self.parallelQuestions else {
                open.waiting.append(query.key)
                return nil
            }
            return give(query.key, &open)
        }
        if let refusal { query.finish(.failure(NameResolutionError(.failed, "\(query): \(refusal)"))) }
    }

    /// Nobody waits for a query any more.
    func abandon(_ query: UnboundQuery) {
        open.withLock { open in
            guard !open.isStopping, open.questions[query.key] != nil else { return }
            open.abandoned.append(query)
            wake()
        }
    }

    /// Gives a question to libunbound.
    /// - Returns: why it does not take it, which is then forgotten; nil when it does.
    private func give(_ key: UnboundQuery.Key, _ open: inout Open) -> String? {
        let ticket = Ticket(key, self)
        var number: Int32 = 0
        let code = ub_resolve_async(
            handle.pointer,
            key.name,
            Int32(key.type.rawValue),
            1,
            Unmanaged.passUnretained(ticket).toOpaque(),
            { data, code, result in
                defer { ub_resolve_free(result) }
                guard let data else { return }
                let ticket = Unmanaged<Ticket>.fromOpaque(data).takeUnretainedValue()
                ticket.context.answered(ticket.key, code, result)
            },
            &number
        )
        guard code == 0 else {
            open.questions[key] = nil
            return String(cString: ub_strerror(code))
        }
        open.questions[key]?.asked = (ticket, number)
        open.asked += 1
        return nil
    }

    /// Gives libunbound what it has room for by now.
    /// - Returns: what it does not take, and why.
    private func fill(_ open: inout Open) -> [(query: UnboundQuery, refusal: String)] {
        var refused: [(query: UnboundQuery, refusal: String)] = []
        while open.asked < Self.parallelQuestions, !open.waiting.isEmpty {
            let key = open.waiting.removeFirst()
            guard let question = open.questions[key], question.asked == nil else { continue }
            guard let refusal = give(key, &open) else { continue }
            refused += question.waiters.map { ($0, refusal) }
        }
        return refused
    }

    /// One who waited does so no more; with the last of them the question ends, and its place is free.
    ///
    /// On our thread alone: so libunbound calls nobody back for what is cancelled.
    private func leave(_ query: UnboundQuery, _ open: inout Open) {
        guard var question = open.questions[query.key] else { return }
        question.waiters.removeAll { $0 === query }
        guard question.waiters.isEmpty else {
            open.questions[query.key] = question
            return
        }
        open.questions[query.key] = nil
        guard let asked = question.asked else { return }
        open.asked -= 1
        ub_cancel(handle.pointer, asked.number)
    }

    /// Ends the thread, and with it the context.
    func stop() {
        open.withLock { open in
            guard !open.isStopping else { return }
            open.isStopping = true
            wake()
        }
    }

    private func answered(_ key: UnboundQuery.Key, _ code: Int32, _ result: UnsafeMutablePointer<ub_result>?) {
        let (waiters, refused) = open.withLock { open in
            let question = open.questions.removeValue(forKey: key)
            if question?.asked != nil { open.asked -= 1 }
            return (question?.waiters ?? [], fill(&open))
        }
        for query in waiters { query.finish(query.read(code, result)) }
        finish(refused)
    }

    private func finish(_ refused: [(query: UnboundQuery, refusal: String)]) {
        for (query, refusal) in refused {
            query.finish(.failure(NameResolutionError(.failed, "\(query): \(refusal)")))
        }
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

    /// Gives what is out of time its end, and its place to what waits.
    /// - Returns: milliseconds until the next deadline, -1 when nothing is asked; nil once the context is to end.
    private func nextWait() -> Int32? {
        let now = ContinuousClock.now
        let (late, refused, wait) = open.withLock { open -> ([UnboundQuery], [(UnboundQuery, String)], Int32?) in
            guard !open.isStopping else { return ([], [], nil) }
            let over = open.deadlines.prefix { $0.at <= now || $0.query.isFinished }.map(\.query)
            open.deadlines.removeFirst(over.count)
            for query in over + open.abandoned { leave(query, &open) }
            open.abandoned = []
            let refused = fill(&open)
            guard let next = open.deadlines.first else { return (over, refused, -1) }
            let milliseconds = (next.at - now) / .milliseconds(1)
            return (over, refused, Int32(min(max(milliseconds, 0) + 1, 60_000)))
        }
        for query in late {
            query.finish(
                .failure(NameResolutionError(.timedOut, "\(query): no answer within \(settings.timeout)"))
            )
        }
        finish(refused)
        return wait
    }

    private func end() {
        let (rest, _) = open.withLock { open in
            open.isStopping = true
            // Those who call back are there until libunbound's thread has ended.
            defer { open.questions = [:] }
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
